"""Weights that fade: what is left of them after some days, and their sums for each day of a stretch. Pure arrays.

Days are whole numbers, days since 1970-01-01 (UTC).
"""

from functools import lru_cache
from typing import Final

import numpy as np

from projections.arrays import Floats, Ints

_HALVINGS: Final = 500  # in one stretch of days: 2^500 keeps far from the ends of a float


def decay(age: Floats | Ints, half_life: int | Ints) -> Floats:
    """Return what is left of a weight after `age` days; nothing before its day."""
    return np.where(age >= 0, np.exp2(-np.maximum(age, 0) / half_life), 0.0)


def within(age: Ints, window: int) -> Floats:
    """Return 1 for each age from 0 to `window` - 1 days, else 0."""
    return ((age >= 0) & (age < window)).astype(np.float64)


def sums_within(days: Ints, weights: Floats, window: int, first: int, last: int) -> Floats:
    """Return for each day from `first` to `last` the sum of weights of it and the `window` - 1 days before."""
    length = max(last - first + 1, 0)
    counted = (days <= last) & (days > first - window)
    arrivals = np.bincount(
        days[counted] - (first - window + 1), weights=weights[counted], minlength=length + window - 1
    )
    running = np.concatenate(([0.0], np.cumsum(arrivals)))
    return running[window : window + length] - running[:length]


def decayed_sums(
    days: Ints, weights: Floats, kinds: Ints, half_lives: tuple[int, ...], first: int, last: int
) -> Floats:
    """Return for each kind and each day from `first` to `last` the sum of weights that came until then, decayed.

    `kinds` says which row of the result, and which half-life, a weight belongs to. Between two arrivals a sum is
    one number, grown as from the first day, times what decay leaves of it by the day: so there is an addition an
    arrival and not a day. It goes by stretches, as a float ends at 2^1023.
    """
    length = max(last - first + 1, 0)
    order = np.argsort(days, kind="stable")
    days, kinds = days[order], kinds[order]
    start, end = np.searchsorted(days, (first, last + 1)).tolist()
    spread = np.zeros((len(half_lives), len(days)))
    spread[kinds, np.arange(len(days))] = weights[order]
    lives = np.array(half_lives)[:, None]
    level = (spread[:, :start] * np.exp2((days[:start] - first) / lives)).sum(axis=1)
    stretch = _HALVINGS * min(half_lives)
    sums = np.empty((len(half_lives), length))
    for begin in range(0, length, stretch):
        size = min(stretch, length - begin)
        upto = end if begin + size == length else int(np.searchsorted(days, first + begin + size))
        turns = days[start:upto] - (first + begin)
        grown = np.empty((len(half_lives), len(turns) + 1))
        grown[:, 0] = level
        np.multiply(spread[:, start:upto], np.exp2(turns / lives), out=grown[:, 1:])
        edges = np.concatenate(((0,), turns, (size,)))
        lasting = edges[1:] - edges[:-1]
        part = sums[:, begin : begin + size]
        np.multiply(
            grown.cumsum(axis=1).repeat(lasting, axis=1), _remaining(half_lives, stretch)[:, :size], out=part
        )
        start, level = upto, part[:, -1] * np.exp2(-1 / lives[:, 0])
    return sums


@lru_cache(maxsize=64)
def _remaining(half_lives: tuple[int, ...], days: int) -> Floats:
    """Return what is left of a weight by each day of a stretch: [half-life, day]."""
    remaining: Floats = np.exp2(-np.arange(days) / np.array(half_lives)[:, None])
    return remaining
