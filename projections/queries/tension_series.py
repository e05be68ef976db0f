"""A relation over time: a point for each day, week or month."""

from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Ints
from projections.pairs import Pair
from projections.queries.load_pairs import load_pair
from projections.queries.question import Question
from projections.times import to_date


class Interval(StrEnum):
    """How far apart the points of a series are: the last day of each day, ISO week, or month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


MAX_POINTS: Final = 40_000  #: of a series in one answer: a hundred years of days
_SHORTEST: Final = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 28}  # days


class TooManyPoints(ValueError):
    """A series has more than `MAX_POINTS` points."""


class Point(NamedTuple):
    """A relation at the end of one interval; `peak` is the interval's highest tension."""

    day: int
    tension: float
    cooperation: float
    conflict: float
    cooperation_pressure: float
    spillover: float
    peak: float


def series(
    connection: Connection, pair: Pair, question: Question, first: int | None, interval: Interval
) -> list[Point]:
    """Return a pair from `first` (by default the day of its first incident) to the day of a question.

    There is a point for each interval. Raises `TooManyPoints`.
    """
    history, last = load_pair(connection, pair, question), question.day
    days = history.days()
    start = first if first is not None else (days[0] if days else last)
    if start > last:
        return []
    if (last - start) // _SHORTEST[interval] >= MAX_POINTS:
        stretch = f"from {to_date(start)} to {to_date(last)}"
        raise TooManyPoints(f"{stretch} there are more than {MAX_POINTS} points: ask for less")
    ends = _interval_ends(start, last, interval)
    starts = np.concatenate(([start], ends[:-1] + 1))
    on = ends
    if interval is not Interval.DAY:  # a peak is on a day of news or on the first: between them tension only falls
        active = history.active_days(question.model)
        on = np.unique(np.concatenate((starts, active[(active >= start) & (active <= last)], ends)))
    daily = history.series_on(on, question.model)
    peaks = np.maximum.reduceat(daily.tension, np.searchsorted(on, starts))
    at = np.searchsorted(on, ends)
    columns = (
        ends,
        daily.tension[at],
        daily.cooperation[at],
        daily.conflict[at],
        daily.cooperation_pressure[at],
        daily.spillover[at],
        peaks,
    )
    return [Point(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _interval_ends(first: int, last: int, interval: Interval) -> Ints:
    """Return the last day of each interval, that of the latest one being `last` at most."""
    if interval is Interval.DAY:
        return np.arange(first, last + 1)
    if interval is Interval.WEEK:
        ends = np.arange(first + (3 - first) % 7, last + 7, 7)  # Sundays: 1970-01-04 is day 3
    else:
        months = np.arange(*np.array([first, last + 31]).astype("datetime64[D]").astype("datetime64[M]"))
        ends = (months + 1).astype("datetime64[D]").astype(np.int64) - 1
    ends = ends[ends < last]
    return np.append(ends, last)
