"""How sure a tension is: a bootstrap over the incidents that make it up. Pure functions.

A replicate counts each incident not once but e times, e drawn from the exponential distribution of mean 1: some
happenings might as well have gone unreported, others been reported in more pieces. The interval holds the middle
80 % of the replicates' tensions.

The draws are a table that is made once, from a fixed seed, and serves every pair and day: the r-th heaviest
incident takes the r-th row. So an interval depends on the weights alone, those of neighbouring days and of
what-ifs can be compared, and there is nothing to draw when a question comes. A row is stratified (a Latin
hypercube): one incident by itself has exactly the quantiles of the distribution. Only the generator's raw bits are
used, which numpy promises to keep.
"""

from functools import cache
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Floats
from projections.scoring.models import Model

SEED: Final = 2026_1
REPLICATES: Final = 999  #: so that the 100th and the 900th in order are the quantiles 0.1 and 0.9

_DRAWN_APART: Final = 64  # of each sign the heaviest incidents have rows of their own, the rest share one
_LOW: Final = 99  # index of the 100th in order
_HIGH: Final = 899
_NOTHING: Final = np.zeros(REPLICATES)


class Uncertainty(NamedTuple):
    """How sure a tension is: an interval of points, None where nothing weighs, and what it rests on.

    `effective_incidents` is (sum of w)^2 / sum of w^2 over the decayed weights w, without sign, of all incidents
    that count for the pair, those that spill over with their share: n if n weigh the same, 0 where nothing weighs.
    """

    interval: tuple[float, float] | None
    effective_incidents: float


NO_UNCERTAINTY: Final = Uncertainty(None, 0.0)


def uncertainty(weights: Floats, remaining: Floats, model: Model) -> Uncertainty:
    """Return how sure the tension is that incidents of some weights come to, in whichever order they are.

    `weights` are decayed and signed, spilled-over ones times their share; `remaining` is the share of each, 0..1.
    """
    hostile, friendly = weights < 0, weights > 0
    parts = [(-weights[hostile], remaining[hostile]), (weights[friendly], remaining[friendly])]
    ordered = [_heaviest_first(*part, model) for part in parts]
    effective = _effective_number(np.concatenate([ordered[0][0], ordered[1][0]]))
    if not effective:
        return NO_UNCERTAINTY
    (conflict, mass), (cooperation, more) = (_replicates(*part, at) for at, part in enumerate(ordered))
    mass = mass + more
    if model.uses_mass:  # which incidents of intensity 0 pull to the middle
        neither = remaining[~(hostile | friendly)]
        mass = mass + _replicates(*_heaviest_first(neither, neither, model), 2)[1]
    tensions = model.scores(conflict, cooperation, mass)[0]
    tensions.partition((_LOW, _HIGH))
    return Uncertainty((float(tensions[_LOW]), float(tensions[_HIGH])), effective)


def _heaviest_first(weights: Floats, remaining: Floats, model: Model) -> tuple[Floats, Floats]:
    """Order by weight: incidents alike in all that matters may change places."""
    if model.uses_mass:
        order = np.lexsort((remaining, weights))[::-1]
        return weights[order], remaining[order]
    return np.sort(weights)[::-1], weights[:0]


def _effective_number(weights: Floats) -> float:
    if not len(weights):
        return 0.0
    relative = weights / weights.max()
    return float(relative.sum() ** 2 / (relative * relative).sum())


def _replicates(weights: Floats, remaining: Floats, at: int) -> tuple[Floats, Floats]:
    """Return the replicates' sums of weights and of what remains, the heaviest first in both."""
    draws, normal = _table()[0][at], _table()[1][at]
    apart = min(len(weights), _DRAWN_APART)
    rest = _mean_draw(_effective_number(weights[apart:]), normal) if len(weights) > apart else None
    sums, masses = (
        _times(amounts[:apart], draws) if len(amounts) else _NOTHING for amounts in (weights, remaining)
    )
    if rest is not None:
        sums, masses = sums + weights[apart:].sum() * rest, masses + remaining[apart:].sum() * rest
    return sums, masses


def _times(amounts: Floats, draws: Floats) -> Floats:
    """Return the sums of some amounts times their draws: without BLAS, whose threads cost more than they save."""
    total: Floats = np.einsum("i,ij->j", amounts, draws[: len(amounts)])
    return total


def _mean_draw(number: float, normal: Floats) -> Floats:
    """Return draws of the mean of some draws, a gamma distribution's (Wilson and Hilferty's approximation)."""
    ninth = 1.0 / (9.0 * number)
    mean: Floats = np.maximum(1.0 - ninth + normal * np.sqrt(ninth), 0.0) ** 3
    return mean


@cache
def _table() -> tuple[Floats, Floats]:
    """Return the draws: exponential ones by sign, row and replicate; and normal ones by sign and replicate."""
    rows = _DRAWN_APART + 1
    bits = np.random.PCG64(SEED).random_raw(3 * rows * REPLICATES).reshape(3, rows, REPLICATES)
    ranks = bits.argsort(axis=2, kind="stable").argsort(axis=2)
    strata = (ranks + 1) / (REPLICATES + 1)
    normal = np.vectorize(NormalDist().inv_cdf)(strata[:, -1])
    return -np.log1p(-strata[:, :-1]), normal
