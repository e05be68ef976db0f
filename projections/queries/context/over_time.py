"""What goes with a pair on each of some days: its state, and its context as on each day by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from projections.arrays import Ints
from projections.evidence.agreements import ClashIncident
from projections.queries.context.context import Context
from projections.scoring.context.trend import Trend, trends_on
from projections.scoring.context.usual import Today, Usual, usual_over
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.states import NOTHING_KNOWN, State


class OwnConflict(NamedTuple):
    """A day, and a pair's own conflict pressure on it."""

    day: int
    pressure: float


@dataclass(frozen=True)
class ContextColumns:
    """The state of a pair on each of some days, which are in order, and what goes with it.

    Each column is found once it is asked for.
    `clashes_by_day` has one at most of each day, in order.
    """

    history: PairHistory
    clashes_by_day: Sequence[ClashIncident]
    points: Sequence[OwnConflict]
    model: Model

    @cached_property
    def states(self) -> list[State]:
        """The state on each of the days."""
        runs = self.history.runs(self.model)
        at = np.searchsorted([first for first, _ in runs], self._on, side="right").tolist()
        states = [State.UNKNOWN, *(state for _, state in runs)]
        return [states[index] for index in at]

    @cached_property
    def trends(self) -> list[Trend | None]:
        """The trend on each of the days, None where nothing is known."""
        known = zip(self.states, self._all_trends, strict=True)
        return [None if state in NOTHING_KNOWN else trend for state, trend in known]

    @cached_property
    def usual(self) -> list[Usual | None]:
        """What is usual on each of the days, None where nothing is known, or was on any Sunday before."""
        own = self.history.own.columns
        first_day = int(own.day.min()) if len(own) else None
        points = zip(self.points, self._all_trends, strict=True)
        today = [Today(point.pressure, trend.news, first_day) for point, trend in points]
        ranks = zip(self.states, usual_over(self._on.tolist(), today, own, self.model), strict=True)
        return [None if state in NOTHING_KNOWN else rank for state, rank in ranks]

    @cached_property
    def last_clashes(self) -> list[ClashIncident | None]:
        """The last clash until each of the days."""
        clashes = [None, *self.clashes_by_day]
        last = np.searchsorted([clash.day for clash in self.clashes_by_day], self._on, side="right")
        return [clashes[at] for at in last.tolist()]

    @cached_property
    def _on(self) -> Ints:
        return np.array([point.day for point in self.points], dtype=np.int64)

    @cached_property
    def _all_trends(self) -> list[Trend]:
        return trends_on(self._on, self.history.own.columns, self.model)


def contexts_over(columns: ContextColumns) -> list[tuple[State, Context]]:
    """Return the state of a pair, and what goes with it, on each of the days."""
    if not columns.points:
        return []
    found = zip(columns.states, columns.trends, columns.usual, columns.last_clashes, strict=True)
    return [(state, Context(trend, rank, clash)) for state, trend, rank, clash in found]
