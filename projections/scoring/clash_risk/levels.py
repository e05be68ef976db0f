"""The levels of the clash risk on any day, worked out from incidents.

Sums are rounded once, as by `math.fsum`: they are the same to the last digit in whichever order incidents are
read.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import fsum

import numpy as np

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.scoring.clash_risk.exact_row_sums import exact_row_sums
from projections.scoring.clash_risk.risk_model import (
    CLASH_HALF_LIVES,
    CONFLICT_HALF_LIFE,
    ELSEWHERE_HALF_LIFE,
    ClashLevels,
)
from projections.scoring.pressures import IncidentColumns

#: For each actor the other actors with whom it clashed, and what these ASSAULTs come to on a day.
ClashesByActor = Mapping[str, Mapping[str, float]]


def levels_of(own: IncidentColumns, day: int, elsewhere: tuple[float, float]) -> ClashLevels:
    """Return the levels on a day of a pair with some incidents, which may be of any day."""
    return levels_of_all([own], day, [elsewhere])[0]


def levels_of_all(
    own: Sequence[IncidentColumns], day: int, elsewhere: Sequence[tuple[float, float]]
) -> list[ClashLevels]:
    """Return the levels on a day of some pairs, each with some incidents, which may be of any day."""
    if not own:
        return []
    row = np.repeat(np.arange(len(own)), [len(columns) for columns in own])
    days, weights, assault = (
        np.concatenate([getattr(columns, name) for columns in own]) for name in ("day", "weight", "assault")
    )
    counts = (weights < 0) & (days <= day)
    clashes, others = np.flatnonzero(counts & assault), np.flatnonzero(counts & ~assault)
    lengths = np.bincount(row[clashes], minlength=len(own))
    of_clashes = [
        exact_row_sums(_faded(weights[clashes], day - days[clashes], life), lengths) for life in CLASH_HALF_LIVES
    ]
    lengths = np.bincount(row[others], minlength=len(own))
    of_others = exact_row_sums(_faded(weights[others], day - days[others], CONFLICT_HALF_LIFE), lengths)
    return list(map(ClashLevels, zip(*of_clashes, strict=True), of_others, elsewhere))


def clashes_by_actor(pairs: Sequence[Pair], pair: Ints, age: Ints, weight: Floats) -> ClashesByActor:
    """Return what ASSAULTs come to that happened `age` days ago, 0 at least; `pair` are indices of `pairs`."""
    order = np.argsort(pair, kind="stable")
    numbers, lengths = np.unique(pair[order], return_counts=True)
    sums = exact_row_sums(_faded(weight[order], age[order], ELSEWHERE_HALF_LIFE), lengths)
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for number, total in zip(numbers.tolist(), sums, strict=True):
        a, b = pairs[number]
        found[a][b] = found[b][a] = total
    return found


def elsewhere_of(pair: Pair, clashes: ClashesByActor) -> tuple[float, float]:
    """Return what the ASSAULTs of each actor of a pair with others come to."""
    a, b = pair
    return _with_others(a, b, clashes), _with_others(b, a, clashes)


def _with_others(actor: str, other: str, clashes: ClashesByActor) -> float:
    levels = clashes.get(actor, {})
    return fsum((*levels.values(), -levels.get(other, 0.0)))  # exact: it is as if that one were left out


def _faded(weight: Floats, age: Ints, half_life: int) -> Floats:
    faded: Floats = np.abs(weight) * np.exp2(-age / half_life)
    return faded
