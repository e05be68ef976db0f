"""The states of a relation: the rules, and the runs of states over a daily series (design, section 5).

Rules are tried in order and the first that matches gives the state. Against flicker a state is sticky: a rule
that comes earlier takes over as soon as it matches, but the state's own rule has to fail by `hysteresis` points
before a later one may. Counts (clashes, and the pressure below which nothing is known) have no points, so they
decide at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import Final

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


class _Condition(IntFlag):
    """What the rules ask about a day."""

    KNOWN = 1
    HOSTILE = 2
    STRAINED = 4
    CLASHES = 8
    COOPERATIVE = 16
    CORDIAL = 32


def _rules(conditions: _Condition) -> tuple[bool, ...]:
    """Return which rules hold under some conditions, in the order of the states."""
    return (
        _Condition.KNOWN not in conditions,
        _Condition.HOSTILE | _Condition.CLASHES in conditions,
        _Condition.HOSTILE in conditions,
        _Condition.STRAINED | _Condition.CORDIAL in conditions,
        _Condition.STRAINED in conditions,
        _Condition.COOPERATIVE in conditions,
        _Condition.CORDIAL in conditions,
        True,
    )


_STATES: Final = tuple(State)
_RULES: Final = tuple(_rules(_Condition(conditions)) for conditions in range(64))


def _conditions(series: DailySeries, model: Model, slack: float) -> NDArray[np.uint8]:
    """Return each day's conditions, its thresholds lowered by `slack`."""
    high, elevated = model.high - slack, model.elevated - slack
    conditions = np.zeros(len(series), dtype=np.uint8)
    for condition, holds in (
        (_Condition.KNOWN, series.conflict + series.cooperation_pressure >= model.unknown_below),
        (_Condition.HOSTILE, series.tension >= high),
        (_Condition.STRAINED, series.tension >= elevated),
        (_Condition.CLASHES, series.assaults >= model.clashes_for_conflict),
        (_Condition.COOPERATIVE, series.cooperation >= high),
        (_Condition.CORDIAL, series.cooperation >= elevated),
    ):
        conditions |= holds.view(np.uint8) * np.uint8(condition)
    return conditions


def runs(series: DailySeries, model: Model) -> Iterator[tuple[int, State]]:
    """Yield (first day, state) of each run of one state, oldest first.

    Looks only at the days on which a condition turns: between two of them no rule begins or fails.
    """
    if not len(series):
        return
    matching, holding = _conditions(series, model, 0.0), _conditions(series, model, model.hysteresis)
    turns = np.flatnonzero((matching[1:] != matching[:-1]) | (holding[1:] != holding[:-1])) + 1
    state = len(_STATES)
    for at in (0, *turns.tolist()):
        first_match = _RULES[matching[at]].index(True)
        if first_match < state or not _RULES[holding[at]][state]:
            state = first_match
            yield series.first + at, _STATES[state]
