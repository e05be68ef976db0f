"""What is usual for a pair: how a day compares with the pair's own past. Pure maths, on many pairs at once.

The past are the Sundays of the `usual_window` days before the day, from the pair's first incident on. On each of
them stand the pair's own conflict pressure C', and what the last days had brought, N (`trend.py`). The day's own
figures are put among these: a percentile is the share of Sundays with less, where those with as much count half;
a ratio is that to the median.

C' remembers a war for a year; N tells when one begins. They rank no pairs: each pair is its own measure.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.scoring.context.wavelet_matrix import WaveletMatrix
from projections.scoring.decay import WEEK, weeks_within
from projections.scoring.models import Model
from projections.scoring.pressures import Weighed

_SUNDAY: Final = 3  # day 3, 1970-01-04, was one
_TOLERANCE: Final = 1e-9  # what differs by less counts as equal


class Rank(NamedTuple):
    """Where a figure stands among those of the past: its percentile, 0..100, and how many times the median it is.

    `ratio` is None where the median is too little to be known.
    """

    percentile: float
    ratio: float | None


class Usual(NamedTuple):
    """How a day compares with a pair's own past of some `weeks`: its conflict pressure, and what came lately."""

    weeks: int
    pressure: Rank
    news: Rank


@dataclass(frozen=True, slots=True)
class RankColumns:
    """Ranks as columns; a ratio that is not known is NaN."""

    percentile: Floats
    ratio: Floats

    def __iter__(self) -> Iterator[Rank]:
        for percentile, ratio in zip(self.percentile.tolist(), self.ratio.tolist(), strict=True):
            yield Rank(percentile, None if math.isnan(ratio) else ratio)


@dataclass(frozen=True, slots=True)
class UsualColumns:
    """What is usual on each of some days, as columns; nothing is where `weeks` is 0."""

    weeks: Ints
    pressure: RankColumns
    news: RankColumns

    @classmethod
    def none(cls, days: int) -> "UsualColumns":
        """Return the columns of some days on which nothing is known."""
        nothing = RankColumns(np.zeros(days), np.full(days, np.nan))
        return cls(np.zeros(days, dtype=np.int64), nothing, nothing)

    def __len__(self) -> int:
        return len(self.weeks)

    def __iter__(self) -> Iterator[Usual | None]:
        for weeks, *ranks in zip(self.weeks.tolist(), self.pressure, self.news, strict=True):
            yield Usual(weeks, *ranks) if weeks else None


class DaysOfPair(NamedTuple):
    """A pair on some days: its own conflict pressure and what the last days brought on each, as in `Today`."""

    pressure: Floats
    news: Floats
    first_day: int | None


class Today(NamedTuple):
    """A pair on a day: its own conflict pressure, what the last days brought, and its first incident's day."""

    pressure: float
    news: float
    first_day: int | None


def usual_on(day: int, today: Sequence[Today], own: Sequence[Weighed], model: Model) -> list[Usual | None]:
    """Return what is usual for each of some pairs, given their own incidents: those of `usual_memory` at least.

    None for a pair of which the log knew nothing on any Sunday before the day.
    """
    on = _sundays(day, model)
    some = [index for index, each in enumerate(today) if each.first_day is not None and each.first_day <= on[-1]]
    found: list[Usual | None] = [None] * len(today)
    if not some:
        return found
    pressures, news = _weekly([own[index] for index in some], on, model)
    since = np.searchsorted(on, [today[index].first_day or 0 for index in some])
    of_pressure = _ranks(np.array([today[index].pressure for index in some]), pressures, since, model)
    of_news = _ranks(np.array([today[index].news for index in some]), news, since, model)
    for index, first, *ranks in zip(some, since.tolist(), of_pressure, of_news, strict=True):
        found[index] = Usual(len(on) - first, *ranks)
    return found


def _weekly(own: Sequence[Weighed], on: Ints, model: Model) -> tuple[Floats, Floats]:
    """Return the conflict pressures of some pairs on some days, and what the days before each had brought."""
    row = np.repeat(np.arange(len(own)), [len(columns.day) for columns in own])
    days, weights, material = (
        np.concatenate([getattr(columns, name) for columns in own]) for name in ("day", "weight", "material")
    )
    hostile = np.flatnonzero((weights < 0) & (days <= on[-1]))
    conflict = _ordered(row[hostile], days[hostile], weights[hostile], material[hostile])
    return model.weekly_conflict(*conflict, len(own), on), _weekly_news(*conflict, len(own), on, model)


def _ordered(row: Ints, days: Ints, weights: Floats, material: Bools) -> tuple[Ints, Ints, Floats, Bools]:
    """Return incidents by row, day, and what they are: by every way they come in, sums have the same digits."""
    first = days.min() if len(days) else 0
    key = (row * (days.max(initial=0) - first + 1) + days - first) * 2 + material
    order = np.argsort(key, kind="stable")  # quick, as they come in nearly this order
    key, heavier = key[order], weights[order]
    if ((key[1:] == key[:-1]) & (heavier[1:] < heavier[:-1])).any():
        order = order[np.lexsort((heavier, key))]
    return row[order], days[order], weights[order], material[order]


def usual_memory(model: Model) -> tuple[int, int]:
    """Return how many days back incidents count for what is usual: words, and deeds."""
    of_words, of_deeds = model.window
    return model.usual_window + of_words, model.usual_window + of_deeds


def usual_over(on: Ints, today: DaysOfPair, own: Weighed, model: Model) -> UsualColumns:
    """Return what is usual for a pair on each of some days, which are in order, given all of its own incidents."""
    if today.first_day is None or not len(on):
        return UsualColumns.none(len(on))
    sundays = _sundays(int(on[-1]), model, max(today.first_day, int(on[0]) - model.usual_window))
    if not len(sundays):
        return UsualColumns.none(len(on))
    begins, ends = (np.searchsorted(sundays, on - back) for back in (model.usual_window, 0))
    pressures, news = (weekly[0] for weekly in _weekly([own], sundays, model))
    return UsualColumns(
        ends - begins,
        _ranks_over(today.pressure, pressures, begins, ends, model),
        _ranks_over(today.news, news, begins, ends, model),
    )


def _ranks_over(values: Floats, past: Floats, begins: Ints, ends: Ints, model: Model) -> RankColumns:
    """Return where the value of each day stands among those of the past from one place until before another."""
    figures = WaveletMatrix.of(past)
    slack = _TOLERANCE * np.maximum(values, 1.0)
    below = figures.ranks(begins, ends, values - slack, values + slack)
    weeks = ends - begins
    percentile = 100.0 * below / 2 / np.maximum(weeks, 1)
    median = _medians(figures, begins, ends)
    ratio = np.full(len(values), np.nan)
    np.divide(values, median, out=ratio, where=median >= model.unknown_below)
    return RankColumns(percentile, ratio)


def _medians(figures: WaveletMatrix, begins: Ints, ends: Ints) -> Floats:
    """Return the median of each stretch, 0 where nothing is in it: found once for those that follow alike."""
    is_other = np.ones(len(begins), dtype=np.bool_)
    is_other[1:] = (begins[1:] != begins[:-1]) | (ends[1:] != ends[:-1])
    firsts = np.flatnonzero(is_other)
    begins, ends, lasting = begins[firsts], ends[firsts], np.diff(firsts, append=len(begins))
    weeks = ends - begins
    medians = np.zeros(len(firsts))
    some = weeks > 0
    begins, ends, weeks = begins[some], ends[some], weeks[some]
    middle = np.concatenate(((weeks - 1) // 2, weeks // 2))
    low, high = figures.in_order(np.tile(begins, 2), np.tile(ends, 2), middle).reshape(2, -1)
    medians[some] = (low + high) / 2
    return medians.repeat(lasting)


def _sundays(day: int, model: Model, first: int | None = None) -> Ints:
    """Return the Sundays before a day, those of the past that it is compared with or from a day on."""
    last = day - 1 - (day - 1 - _SUNDAY) % WEEK
    if first is None:
        first = day - model.usual_window
    return np.arange(last - (last - first) // WEEK * WEEK, last + 1, WEEK)


def _weekly_news(
    row: Ints, days: Ints, weights: Floats, material: Bools, rows: int, on: Ints, model: Model
) -> Floats:
    total = np.zeros(rows * len(on))
    for chosen, at, ages in weeks_within(days, model.trend_window, on):
        left = np.abs(weights[chosen]) * model.remaining(ages, material[chosen])
        total += np.bincount(row[chosen] * len(on) + at, weights=left, minlength=len(total))
    return total.reshape(rows, len(on))


def _ranks(values: Floats, past: Floats, since: Ints, model: Model) -> list[Rank]:
    """Return where the value of each row stands among its past, from its place `since` on."""
    weeks = past.shape[1] - since
    slack = _TOLERANCE * np.maximum(values, 1.0)
    known = np.where(np.arange(past.shape[1]) < since[:, None], -1.0, past)  # which sorts before all that is known
    below = (known < (values - slack)[:, None]).sum(axis=1) - since
    not_above = (known <= (values + slack)[:, None]).sum(axis=1) - since
    known.sort(axis=1)
    row = np.arange(len(values))
    medians = (known[row, since + (weeks - 1) // 2] + known[row, since + weeks // 2]) / 2
    percentiles = 100.0 * (below + not_above) / 2 / weeks
    return [
        Rank(percentile, value / median if median >= model.unknown_below else None)
        for percentile, value, median in zip(percentiles.tolist(), values.tolist(), medians.tolist(), strict=True)
    ]
