"""Weights that fade: what is left of them after some days, and their sums on some days. Pure arrays.

Days are whole numbers, days since 1970-01-01 (UTC).
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from projections.arrays import Floats, Ints

WEEK: Final = 7  #: days

_HALVINGS: Final = 500  # in one stretch of days: 2^500 keeps far from the ends of a float


def decay(age: Floats | Ints, half_life: int | Ints) -> Floats:
    """Return what is left of a weight after `age` days; nothing before its day."""
    return np.where(age >= 0, np.exp2(-np.maximum(age, 0) / half_life), 0.0)


def within(age: Ints, window: int) -> Floats:
    """Return 1 for each age from 0 to `window` - 1 days, else 0."""
    return ((age >= 0) & (age < window)).astype(np.float64)


def sums_within(days: Ints, weights: Floats, window: int, on: Ints) -> Floats:
    """Return for each of some days, in order, the sum of weights of it and the `window` - 1 days before."""
    come, gone = (
        np.bincount(_places(each, on), weights=weights, minlength=len(on) + 1)[: len(on)]
        for each in (days, days + window)
    )
    sums: Floats = (come - gone).cumsum()
    return sums


def decayed_sums(days: Ints, weights: Floats, kinds: Ints, half_lives: tuple[int, ...], on: Ints) -> Floats:
    """Return for each kind and each of some days, in order, the sum of weights that came until then, decayed.

    `kinds` says which row of the result, and which half-life, a weight belongs to. Between two arrivals a sum is
    one number, grown as from the first day, times what decay leaves of it by the day: so there is an addition an
    arrival and not a day. It goes by stretches, as a float ends at 2^1023. Days that are left out cost nothing.
    """
    order = np.argsort(days, kind="stable")
    days, kinds = days[order], kinds[order]
    spread = np.zeros((len(half_lives), len(days)))
    spread[kinds, np.arange(len(days))] = weights[order]
    lives = np.array(half_lives)[:, None]
    stretch = stretch_of(half_lives)
    sums = np.empty((len(half_lives), len(on)))
    level = np.zeros(len(half_lives))
    arrived = at = 0
    while at < len(on):
        begin = int(on[at])
        to = int(np.searchsorted(on, begin + stretch))
        upto = int(np.searchsorted(days, on[to - 1], side="right"))
        turns, asked = days[arrived:upto], on[at:to]
        grown = np.empty((len(half_lives), len(turns) + 1))
        grown[:, 0] = level
        np.multiply(spread[:, arrived:upto], np.exp2((turns - begin) / lives), out=grown[:, 1:])
        edges = np.concatenate(((0,), _places(turns, asked), (len(asked),)))
        lasting = edges[1:] - edges[:-1]
        part = sums[:, at:to]
        np.multiply(
            grown.cumsum(axis=1).repeat(lasting, axis=1),
            _remaining_after(asked - begin, half_lives),
            out=part,
        )
        if to < len(on):
            level = part[:, -1] * np.exp2((on[to - 1] - on[to]) / lives[:, 0])
        arrived, at = upto, to
    return sums


def stretch_of(half_lives: tuple[int, ...]) -> int:
    """Return how many days a sum may grow back to its first day, and stay far from the ends of a float."""
    return _HALVINGS * min(half_lives)


@lru_cache(maxsize=64)
def remaining_by_day(half_lives: tuple[int, ...]) -> Floats:
    """Return what is left of a weight by each day of a stretch: [half-life, day]."""
    remaining: Floats = np.exp2(-np.arange(stretch_of(half_lives)) / np.array(half_lives)[:, None])
    return remaining


def grown_sums(ages: Ints, weights: Floats, kinds: Ints, half_lives: tuple[int, ...], bounds: Ints) -> Floats:
    """Return for each kind and weight the sum of the weights of its group up to it, grown as from age 0.

    Weights are in groups, each in the order of ages; `bounds` says where they begin, and all end. What is left of
    such a sum by an age of less than a stretch is that of `decayed_sums`, to the last digit.
    """
    sums = np.zeros((len(half_lives), len(ages)))
    sums[kinds, np.arange(len(ages))] = weights * np.exp2(ages / np.array(half_lives)[kinds])
    for first, end in pairwise(bounds.tolist()):
        if end - first > 1:
            group = sums[:, first:end]
            np.add.accumulate(group, axis=1, out=group)
    return sums


def sums_at_ends(days: Ints, weights: Floats, half_life: int, ends: Ints) -> Floats:
    """Return for each of some days the sum of weights that came until then, decayed: the last of them is one.

    `days` are in order, and `ends` some of them.
    """
    upto = np.searchsorted(days, ends, side="right")
    starts = np.concatenate(((0,), upto[:-1]))
    ages = ends.repeat(upto - starts) - days
    sums = np.add.reduceat(weights * np.exp2(-ages / half_life), starts)
    for at in range(1, len(ends)):
        sums[at] += sums[at - 1] * 0.5 ** ((ends[at] - ends[at - 1]) / half_life)
    return sums


def sums_by_row(row: Ints, days: Ints, amounts: Floats, half_life: int, rows: int, on: Ints) -> Floats:
    """Return for each of some rows and each of some days, in order, the sum of amounts until then, decayed.

    `row`, `days` and `amounts` are columns: `row` says whose each amount is. The result is [row, day]. Each amount
    is added once, to the first of the days that it reaches, and from there it is the sums that decay.
    """
    at = np.searchsorted(on, days)
    counts = np.flatnonzero(at < len(on))  # the others come behind all of the days
    at = at[counts]
    left = amounts[counts] * np.exp2((days[counts] - on[at]) / half_life)
    came = np.bincount(at * rows + row[counts], weights=left, minlength=rows * len(on))
    sums = came.astype(np.float64).reshape(len(on), rows)
    remaining = np.exp2(-np.diff(on) / half_life)
    for index, share in enumerate(remaining.tolist(), start=1):
        sums[index] += sums[index - 1] * share
    return sums.T


def turnover(row: Ints, days: Ints, weights: Floats, life: tuple[int, int], rows: int, on: Ints) -> Floats:
    """Return what comes to each of some rows by each of some days, less what goes then: [row, day].

    `life` are the half-life of the weights, and how many days they count at all.
    """
    half_life, memory = life
    come, gone = np.searchsorted(on, days), np.searchsorted(on, days + memory + 1)
    total = np.zeros(rows * len(on))
    for at, sign in ((come, 1.0), (gone, -1.0)):
        counts = np.flatnonzero((come < gone) & (at < len(on)))  # the others count on none of the days
        left = sign * weights[counts] * decay(on[at[counts]] - days[counts], half_life)
        total += np.bincount(row[counts] * len(on) + at[counts], weights=left, minlength=len(total))
    return total.reshape(rows, len(on))


def faded(arrived: Floats, step: int, half_life: int) -> Floats:
    """Return the decayed sums of what arrives by rows, at times that are some days apart: [row, time]."""
    sums = np.empty_like(arrived)
    stretch = max(_HALVINGS * half_life // step, 1)
    level = np.zeros(len(arrived))
    for begin in range(0, arrived.shape[1], stretch):
        part = arrived[:, begin : begin + stretch]
        left = np.exp2(-step * np.arange(part.shape[1]) / half_life)
        grown = part / left
        grown[:, 0] += level * 2.0 ** (-step / half_life)
        sums[:, begin : begin + stretch] = grown.cumsum(axis=1) * left
        level = sums[:, begin + part.shape[1] - 1]
    return sums


def weeks_within(days: Ints, window: int, on: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield, of days a week apart, the first that an incident reaches, the second, and so on, within a window.

    Each time they are the places of some incidents, those of the days that these reach, and their ages then.
    """
    first = np.searchsorted(on, days)
    for later in range(-(-window // WEEK)):
        chosen = np.flatnonzero(first + later < len(on))
        at = first[chosen] + later
        ages = on[at] - days[chosen]
        young = ages < window
        yield chosen[young], at[young], ages[young]


def _places(days: Ints, on: Ints) -> Ints:
    """Return for each of some days the place in `on`, which is in order, of the first day that is no earlier."""
    is_whole = len(on) > 0 and on[-1] - on[0] == len(on) - 1
    places: Ints = np.clip(days - on[0], 0, len(on)) if is_whole else np.searchsorted(on, days)
    return places


def _remaining_after(ages: Ints, half_lives: tuple[int, ...]) -> Floats:
    """Return what is left of a weight after each of some ages, in order, which lie within a stretch."""
    remaining = remaining_by_day(half_lives)
    return remaining[:, : len(ages)] if ages[-1] == len(ages) - 1 else remaining[:, ages]
