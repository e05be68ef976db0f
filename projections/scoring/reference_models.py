"""The maths of the reference models: what the field uses, as tension and cooperation. Pure functions.

`goldstein-mean` is the decayed mean of the incidents' intensities, -10 hostile .. 10 friendly. It has one axis:
its cooperation is what the tension leaves of 100. `clash-count` is a number of clashes, and knows no cooperation.
"""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.plover import TYPES, Kind

_Number = TypeVar("_Number", float, NDArray[np.float64])
_CLASHES: Final = frozenset(TYPES[Kind.CLASH])

MIDDLE: Final = 50.0  #: the tension at a mean of 0, and where there is nothing to take the mean of
POINTS_PER_SCORE: Final = 5.0  #: of tension, for each unit of the mean


def goldstein_tension(conflict: _Number, cooperation: _Number, mass: _Number) -> _Number:
    """Return the tension, 0..100, of the mean (cooperation - conflict) / mass.

    `conflict` and `cooperation` are decayed sums of intensities without sign, `mass` that of as many ones.
    """
    mean = (cooperation - conflict) / np.where(mass > 0, mass, 1.0)
    held = np.clip(MIDDLE - POINTS_PER_SCORE * mean, 0.0, 100.0)
    return held if isinstance(held, np.ndarray) and held.ndim else float(held)  # type: ignore[return-value]


def clash_weight(plover_type: str | None) -> float:
    """Return what an incident counts: -1 (it is conflict) for a clash, else 0."""
    return -1.0 if plover_type in _CLASHES else 0.0


def within(age: NDArray[np.int64], window: int) -> NDArray[np.float64]:
    """Return 1 for each age from 0 to `window` - 1 days, else 0."""
    return ((age >= 0) & (age < window)).astype(np.float64)


def sums_within(
    days: NDArray[np.int64], weights: NDArray[np.float64], window: int, first: int, last: int
) -> NDArray[np.float64]:
    """Return for each day from `first` to `last` the sum of weights of it and the `window` - 1 days before."""
    length = max(last - first + 1, 0)
    counted = (days <= last) & (days > first - window)
    arrivals = np.bincount(
        days[counted] - (first - window + 1), weights=weights[counted], minlength=length + window - 1
    )
    running = np.concatenate(([0.0], np.cumsum(arrivals)))
    return running[window : window + length] - running[:length]
