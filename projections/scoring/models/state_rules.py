"""The rules of states: what has to hold on a day. They are tried in the order of the states; the first decides.

Conditions are of two kinds. Those of points, such as a tension of 50, hold on for a few points after they began
(`hysteresis`); the others, such as two clashes in 30 days, decide at once. A scoring model says which conditions a
day has, the rules which of them a state needs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints

NEVER: Final = 1 << 40  #: days since something that has not happened
_TOLERANCE: Final = 1e-9  # of a bound: far above what sums of floats are off by, far below what is told apart


class State(StrEnum):
    """How two actors stand, in the order in which the rules are tried."""

    UNKNOWN = "unknown"
    ALIGNED = "aligned"
    OPEN_CONFLICT = "open_conflict"
    HOSTILE = "hostile"
    STRAINED_COOPERATION = "strained_cooperation"
    STRAINED = "strained"
    COOPERATIVE = "cooperative"
    CORDIAL = "cordial"
    NEUTRAL = "neutral"


#: The states in which nothing is known that two actors did or said to each other lately.
NOTHING_KNOWN: Final = frozenset({State.UNKNOWN, State.ALIGNED})


@dataclass(frozen=True, slots=True)
class DailySeries:
    """A relation on some days, which are in order: all of a stretch, or those on which something may turn.

    `own_conflict` is the conflict pressure without what spills over, `assaults` the own ones within the model's
    window, `quiet` the days since the last own incident of conflict, `NEVER` if there was none. On the days that
    are `aligned` one of the two backs the other.
    """

    days: Ints
    conflict: Floats
    cooperation_pressure: Floats
    tension: Floats
    cooperation: Floats
    spillover: Floats
    own_conflict: Floats
    assaults: Ints
    quiet: Ints
    aligned: Bools

    def __len__(self) -> int:
        return len(self.tension)


class PointCondition(NamedTuple):
    """A condition of points: that a score is at a bound or above, which may be another score."""

    score: Floats
    bound: float | Floats


def at_least(values: Floats, bound: float | Floats, out: Bools | None = None) -> Bools:
    """Return which values are at a bound or above; what is at it may be a few last digits off."""
    found: Bools = np.greater_equal(values, bound - _TOLERANCE * np.abs(bound), out=out)
    return found


_Conditions = Sequence[Bools]


class StateRules:
    """Which state follows from which conditions: `counts` of them without points, then `points` of them with.

    A set of conditions is a number, the i-th of them its i-th bit. `first[n]` is the first state whose rule holds
    under the conditions n, and `holds[n]` says for each state whether its own does.
    """

    def __init__(
        self, counts: int, points: int, rules: Callable[[_Conditions, _Conditions], tuple[Bools, ...]]
    ) -> None:
        sets, bits = np.arange(1 << counts + points), 1 << np.arange(counts + points)
        conditions: list[Bools] = [sets & bit > 0 for bit in bits]
        holds = np.stack(rules(conditions[:counts], conditions[counts:]))
        self.of_counts: Ints = bits[:counts]
        self.of_points: Ints = bits[counts:]
        self.first: list[int] = holds.argmax(axis=0).tolist()
        self.holds: list[list[bool]] = holds.T.tolist()


def _by_tension(counts: _Conditions, points: _Conditions) -> tuple[Bools, ...]:
    known, clashes = counts
    tense, strained, cooperative, cordial = points
    return (
        ~known,
        np.zeros_like(known),
        tense & clashes,
        tense,
        strained & cordial,
        strained,
        cooperative,
        cordial,
        np.ones_like(known),
    )


def _by_own_deeds(counts: _Conditions, points: _Conditions) -> tuple[Bools, ...]:
    known, aligned, clashes, recent = counts
    tense, outweighing, strained, cooperative, cordial = points
    return (
        ~known & ~aligned,
        ~known & aligned,
        tense & clashes,
        tense & outweighing & recent,
        strained & cordial,
        strained,
        cooperative,
        cordial,
        np.ones_like(known),
    )


BY_TENSION: Final = StateRules(2, 4, _by_tension)
BY_OWN_DEEDS: Final = StateRules(4, 5, _by_own_deeds)
