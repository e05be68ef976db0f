"""Sums that are rounded once, as `math.fsum` has them, of many rows of amounts at once.

Each amount is split at a power of two that is large enough for its row: the upper parts add up exactly in whatever
order, and what the lower parts come to is known to within a bound. Where the sum is rounded alike at both ends of
the bound, it is `fsum`'s; the few rows where it is not are summed by `fsum` itself. The splitting is that of
S. M. Rump, T. Ogita and S. Oishi, Accurate floating-point summation, SIAM J. Sci. Comput. 31 (2008), 189-224.
"""

from math import fsum
from typing import Final

import numpy as np

from projections.arrays import Floats, Ints

_DIGITS: Final = 53  # of a float, binary
_LARGEST: Final = 2.0**900  # beyond it, and below its inverse, parts would overflow or have fewer digits
_FEW: Final = 64  # amounts that `fsum` adds up sooner


def exact_row_sums(amounts: Floats, lengths: Ints) -> list[float]:
    """Return the sum of each row of amounts, `math.fsum` of it to the last digit; 0 of a row without any.

    The rows follow each other in `amounts`, and have `lengths`. Amounts are finite, and no row's sum overflows.
    """
    ends = np.cumsum(lengths)
    if len(amounts) < _FEW:
        return _one_by_one(amounts, ends - lengths, ends)
    sums = np.zeros(len(lengths))
    some = np.flatnonzero(lengths)
    starts, ends, lengths = (ends - lengths)[some], ends[some], lengths[some]
    low, high = _bounds(amounts, starts, lengths)
    sums[some] = low
    open_ = np.flatnonzero(~(low == high))
    sums[some[open_]] = _one_by_one(amounts, starts[open_], ends[open_])
    return sums.tolist()


def _bounds(amounts: Floats, starts: Ints, lengths: Ints) -> tuple[Floats, Floats]:
    """Return between which floats the rounded sum of each row is; NaN where they are not worked out."""
    largest = np.maximum.reduceat(np.abs(amounts), starts)
    is_usual = (largest <= _LARGEST) & (largest >= 1 / _LARGEST)
    largest = np.where(is_usual, largest, 1.0)
    _, exponent = np.frexp(2 * largest * np.maximum(lengths, 4))  # the upper parts stay below 2 to this power
    splitter = np.where(is_usual, np.ldexp(1.5, exponent - 1), np.nan).repeat(lengths)
    upper = (amounts + splitter) - splitter
    above = np.add.reduceat(upper, starts)
    below = np.add.reduceat(amounts - upper, starts)
    unit = np.ldexp(1.0, exponent - _DIGITS)  # each lower part is half of it at most
    error = lengths.astype(np.float64) ** 2 * unit * 2.0**-_DIGITS  # twice the bound of any order of adding
    return above + (below - error), above + (below + error)


def _one_by_one(amounts: Floats, starts: Ints, ends: Ints) -> list[float]:
    return [fsum(amounts[start:end].tolist()) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
