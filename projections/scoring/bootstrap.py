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

from collections.abc import Iterator, Sequence
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
_NONE: Final = np.zeros(0)
_AT_ONCE: Final = 64  # of which the replicates are in memory


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
    return uncertainties([(weights, remaining)], model)[0]


def uncertainties(found: Sequence[tuple[Floats, Floats]], model: Model) -> list[Uncertainty]:
    """Return how sure each of some tensions is, given weights and what remains of each, as `uncertainty`.

    What remains does not matter to a model that does not use the mass.
    """
    starts = range(0, len(found), _AT_ONCE)
    return [each for start in starts for each in _uncertainties(found[start : start + _AT_ONCE], model)]


def _uncertainties(found: Sequence[tuple[Floats, Floats]], model: Model) -> Iterator[Uncertainty]:
    sums = np.zeros((3, len(found), REPLICATES))
    numbers = [_replicate(*each, model, sums[:, row]) for row, each in enumerate(found)]
    tensions = model.scores(*sums)[0]  # of all at once: most of what a score takes is to begin
    tensions.partition((_LOW, _HIGH), axis=1)
    bounds = zip(tensions[:, _LOW].tolist(), tensions[:, _HIGH].tolist(), strict=True)
    for number, (low, high) in zip(numbers, bounds, strict=True):
        yield Uncertainty((low, high), number) if number else NO_UNCERTAINTY


def _replicate(weights: Floats, remaining: Floats, model: Model, sums: Floats) -> float:
    """Set the replicates' sums: of conflict, of cooperation, and of what remains; return the effective number."""
    hostile, friendly = weights < 0, weights > 0
    parts = [-weights[hostile], weights[friendly]]
    if model.uses_mass:
        ordered = [
            _heaviest_first(part, remaining[of]) for part, of in zip(parts, (hostile, friendly), strict=True)
        ]
    else:
        ordered = [(np.sort(part)[::-1], _NONE) for part in parts]
    effective = _effective_number(np.concatenate([ordered[0][0], ordered[1][0]]))
    if not effective:
        return 0.0
    (sums[0], mass), (sums[1], more) = (_replicates(*part, at) for at, part in enumerate(ordered))
    if model.uses_mass:  # which incidents of intensity 0 pull to the middle
        neither = remaining[~(hostile | friendly)]
        sums[2] = mass + more + _replicates(*_heaviest_first(neither, neither), 2)[1]
    return effective


def _heaviest_first(weights: Floats, remaining: Floats) -> tuple[Floats, Floats]:
    """Order by weight: incidents alike in all that matters may change places."""
    order = np.lexsort((remaining, weights))[::-1]
    return weights[order], remaining[order]


def _effective_number(weights: Floats) -> float:
    if not len(weights):
        return 0.0
    relative = weights / weights.max()
    return float(relative.sum() ** 2 / (relative * relative).sum())


def _replicates(weights: Floats, remaining: Floats, at: int) -> tuple[Floats, Floats]:
    """Return the replicates' sums of weights and of what remains, the heaviest first in both."""
    draws, normal = _table()[0][at], _table()[1][at]
    many = len(weights) > _DRAWN_APART
    rest = _mean_draw(_effective_number(weights[_DRAWN_APART:]), normal) if many else None
    sums, masses = (
        _replicated(amounts, draws, rest) if len(amounts) else _NOTHING for amounts in (weights, remaining)
    )
    return sums, masses


def _replicated(amounts: Floats, draws: Floats, rest: Floats | None) -> Floats:
    own = _times(amounts[:_DRAWN_APART], draws)
    return own if rest is None else own + amounts[_DRAWN_APART:].sum() * rest


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
