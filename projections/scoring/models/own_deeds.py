"""The model of pressures in which cooperation lets tension be, and states look at what two actors do themselves.

What differs from the model of pressures is here, and nothing else: docs/score.md says why each of it is so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.scoring.models.base import DAYS, IncidentRules, constant
from projections.scoring.models.pressure import PressureModel
from projections.scoring.models.state_rules import (
    BY_OWN_DEEDS,
    DailySeries,
    PointCondition,
    State,
    StateRules,
    at_least,
)


@dataclass(frozen=True, slots=True)
class OwnDeedsModel(PressureModel):
    """A model of pressures: conflict of clients spills over, and no pressure damps the other's score.

    Its states look at own deeds, at cooperation and at quiet, and never at spill-over alone.
    """

    description: ClassVar[str] = (
        "Decayed conflict and cooperation pressure, each a score of its own; conflict of clients spills over, but"
        " states are of what two actors do to each other."
    )
    uses_alignments: ClassVar[bool] = True
    state_rules: ClassVar[StateRules] = BY_OWN_DEEDS
    incident_rules: ClassVar[IncidentRules] = IncidentRules.BY_PLACE

    damping: float = constant(0.0, (0, 10))  # of one pressure on the other's score
    quiet_window: int = constant(60, DAYS)  # after so many days without own conflict nobody is hostile

    def net_tension(self, own_conflict: Floats, cooperation: Floats) -> Floats:
        """Return the tension, 0..100, of own conflict pressure with the cooperation pressure taken off."""
        return self.tension(np.maximum(own_conflict - cooperation, 0.0), cooperation)

    def state_counts(self, series: DailySeries) -> Sequence[Bools]:
        """Return on which days the two are known and aligned, clash, and have been in conflict of late."""
        return (
            at_least(series.own_conflict + series.cooperation_pressure, self.unknown_below),
            series.aligned,
            series.assaults >= self.clashes_for_conflict,
            series.quiet < self.quiet_window,
        )

    def state_points(self, series: DailySeries) -> Sequence[PointCondition]:
        """Return the conditions of points, in the order of `state_rules`."""
        net = self.net_tension(series.own_conflict, series.cooperation_pressure)
        return (
            PointCondition(net, self.high),
            PointCondition(net, series.cooperation),
            PointCondition(series.tension, self.elevated),
            PointCondition(series.cooperation, self.high),
            PointCondition(series.cooperation, self.elevated),
        )

    def lapsed(self, state: State, day: Ints, weight: Floats, assault: Bools, on: int) -> Bools:
        """Return which own incidents left, on a day, the window within which the rule of a state needs them."""
        if state is not State.HOSTILE:
            return PressureModel.lapsed(self, state, day, weight, assault, on)
        conflict = (weight < 0) & (day <= on)
        left: Bools = conflict & (day == on - self.quiet_window)
        return left if left.any() and not (conflict & (day > on - self.quiet_window)).any() else left & False
