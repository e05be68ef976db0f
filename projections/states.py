"""The states of a relation: the rules, and the runs of states over a daily series (design, section 5).

Rules are tried in order and the first that matches gives the state. Against flicker a state is sticky: a rule
that comes earlier takes over as soon as it matches, but the state's own rule has to fail by `hysteresis` points
before a later one may. Counts (clashes, and the pressure below which nothing is known) have no points, so they
decide at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from projections.model import Model
from projections.score import Floats, Ints


class State(StrEnum):
    """How two actors stand, in the order in which the rules are tried."""

    UNKNOWN = "unknown"
    OPEN_CONFLICT = "open_conflict"
    HOSTILE = "hostile"
    STRAINED_COOPERATION = "strained_cooperation"
    STRAINED = "strained"
    COOPERATIVE = "cooperative"
    CORDIAL = "cordial"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class DailySeries:
    """A relation, day by day: the days are `first`, `first + 1`, ..."""

    first: int
    conflict: Floats
    cooperation_pressure: Floats
    tension: Floats
    cooperation: Floats
    spillover: Floats
    assaults: Ints

    def __len__(self) -> int:
        return len(self.tension)


def rules(series: DailySeries, model: Model, slack: float = 0.0) -> NDArray[np.bool_]:
    """Return a row per state, in rule order: on which days its rule holds, its thresholds lowered by `slack`."""
    high, elevated = model.high - slack, model.elevated - slack
    known = series.conflict + series.cooperation_pressure >= model.unknown_below
    hostile = series.tension >= high
    strained = series.tension >= elevated
    return np.array(
        [
            ~known,
            hostile & (series.assaults >= model.clashes_for_conflict),
            hostile,
            strained & (series.cooperation >= elevated),
            strained,
            series.cooperation >= high,
            series.cooperation >= elevated,
            np.ones(len(series), dtype=np.bool_),
        ]
    )


def runs(series: DailySeries, model: Model) -> Iterator[tuple[int, State]]:
    """Yield (first day, state) of each run of one state, oldest first."""
    if not len(series):
        return
    order = tuple(State)
    match = rules(series, model).argmax(axis=0)  # the first rule that holds
    holds = rules(series, model, slack=model.hysteresis)
    at = 0
    while True:
        state = int(match[at])
        yield series.first + at, order[state]
        left = (match[at:] < state) | ~holds[state, at:]
        if not left.any():
            return
        at += int(left.argmax())
