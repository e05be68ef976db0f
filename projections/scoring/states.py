"""The states of a relation: the rules, and the runs of states over a daily series.

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

from projections.arrays import Floats, Ints
from projections.scoring.models import Model


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
    """A relation on some days, which are in order: all of a stretch, or those on which something may turn."""

    days: Ints
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


_TOLERANCE: Final = 1e-9  # of a bound: far above what sums of floats are off by, far below what is told apart
_STATES: Final = tuple(State)
_RULES: Final = tuple(_rules(_Condition(conditions)) for conditions in range(64))
_FIRST_RULE: Final = tuple(rules.index(True) for rules in _RULES)
#: The conditions that a day has rows for: those without points; then those with, as they are, and lowered.
_OF_COUNTS: Final = np.array([_Condition.KNOWN, _Condition.CLASHES], dtype=np.uint8)
_OF_POINTS: Final = np.array(
    [_Condition.HOSTILE, _Condition.STRAINED, _Condition.COOPERATIVE, _Condition.CORDIAL], dtype=np.uint8
)
_COUNTS, _MATCHING, _HOLDING = slice(0, 2), slice(2, 6), slice(6, 10)


def _conditions(series: DailySeries, model: Model) -> NDArray[np.bool_]:
    """Return which conditions each day has: [condition, day], as `_OF_COUNTS` and `_OF_POINTS` name them."""
    holds = np.empty((10, len(series)), dtype=np.bool_)
    _at_least(series.conflict + series.cooperation_pressure, model.unknown_below, holds[0])
    np.greater_equal(series.assaults, model.clashes_for_conflict, out=holds[1])
    for begin, slack in ((_MATCHING.start, 0.0), (_HOLDING.start, model.hysteresis)):
        for at, score in ((begin, series.tension), (begin + 2, series.cooperation)):
            _at_least(score, model.high - slack, holds[at])
            _at_least(score, model.elevated - slack, holds[at + 1])
    return holds


def _at_least(values: Floats, bound: float, holds: NDArray[np.bool_]) -> None:
    """Note for which days a value is at its bound or above; what is at it may be a few last digits off."""
    np.greater_equal(values, bound - _TOLERANCE * abs(bound), out=holds)


def runs(series: DailySeries, model: Model) -> Iterator[tuple[int, State]]:
    """Yield (first day, state) of each run of one state, oldest first.

    Looks only at the days on which a condition turns: between two of them no rule begins or fails. On days that
    the series leaves out nothing may be known.
    """
    if not len(series):
        return
    holds = _conditions(series, model)
    turns = np.flatnonzero((holds[:, 1:] != holds[:, :-1]).any(axis=0)) + 1
    places = np.concatenate(([0], turns))
    at = holds[:, places]
    counts = _OF_COUNTS @ at[_COUNTS]
    matching, holding = (counts + _OF_POINTS @ at[points] for points in (_MATCHING, _HOLDING))
    state = len(_STATES)
    for day, matches, still in zip(series.days[places].tolist(), matching.tolist(), holding.tolist(), strict=True):
        first_match = _FIRST_RULE[matches]
        if first_match < state or not _RULES[still][state]:
            state = first_match
            yield day, _STATES[state]
