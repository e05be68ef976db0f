"""A relation over time: a point for each day, week or month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, NamedTuple, overload

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Floats, Ints, Recurring
from projections.evidence.agreements import DatedEntry
from projections.pairs import Pair
from projections.queries.context.ceasefires import CeasefireHistory, load_ceasefire_histories
from projections.queries.context.context import Context
from projections.queries.context.over_time import ContextColumns, contexts_over
from projections.queries.load_pairs import load_histories
from projections.queries.question import Question
from projections.queries.stored.daily_clashes import DailyClashes
from projections.queries.stored.pairs_of_history import ReadPairs, no_pairs
from projections.queries.tension_interval import intervals_over
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory, run_on
from projections.scoring.states import State
from projections.times import to_date


class Interval(StrEnum):
    """How far apart the points of a series are: the last day of each day, ISO week, or month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


MAX_POINTS: Final = 40_000  #: of a series in one answer: a hundred years of days
MAX_SURE: Final = 400  #: of which one answer says how sure they are
_MONDAY: Final = 3  # days from a Monday to day 0


class TooManyPoints(ValueError):
    """A series has more than `MAX_POINTS` points, or several have them together."""


class Point(NamedTuple):
    """A relation at the end of one interval; `peak` is the interval's highest tension."""

    day: int
    tension: float
    cooperation: float
    conflict: float
    cooperation_pressure: float
    spillover: float
    peak: float


@dataclass(frozen=True, slots=True, eq=False)
class SeriesPoints(Sequence[Point]):
    """The points of a series as columns, by the names of `Point`, of which each is a row.

    Two are equal if all their rows are, to the last digit.
    """

    day: Ints
    tension: Floats
    cooperation: Floats
    conflict: Floats
    cooperation_pressure: Floats
    spillover: Floats
    peak: Floats

    def __len__(self) -> int:
        return len(self.day)

    @overload
    def __getitem__(self, index: int) -> Point: ...
    @overload
    def __getitem__(self, index: slice) -> list[Point]: ...
    def __getitem__(self, index: int | slice) -> Point | list[Point]:
        if isinstance(index, slice):
            return list(self)[index]
        return Point(*(column[index].item() for column in self.columns))

    def __iter__(self) -> Iterator[Point]:
        return map(Point._make, zip(*(column.tolist() for column in self.columns), strict=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SeriesPoints):
            return NotImplemented
        return all(map(np.array_equal, self.columns, other.columns))

    @property
    def columns(self) -> tuple[Floats | Ints, ...]:
        """All columns, in the order of `Point`."""
        return tuple(getattr(self, each.name) for each in fields(self))


_NO_POINTS: Final = SeriesPoints(np.zeros(0, np.int64), *(np.zeros(0) for _ in range(6)))


class Stretch(NamedTuple):
    """From which day on a series has points, how far apart, and whether that is from the first incident on."""

    start: int
    interval: Interval
    is_complete: bool = True


class TensionPoints(NamedTuple):
    """The points of a series, the latest last, and their stretch, None if there are none; and what they are of."""

    stretch: Stretch | None
    points: SeriesPoints
    history: PairHistory
    clashes: DailyClashes
    ceasefire_history: CeasefireHistory

    @property
    def is_empty(self) -> bool:
        """Whether nothing counts for the two until the last point: no incident, no spill-over, no tie between."""
        if not len(self.points):
            return True
        last, own = int(self.points.day[-1]), self.history.own.columns.day
        known = bool(len(own)) and int(own.min()) <= last
        return not (
            known or any(tie.days[0] <= last for tie in self.history.between) or self.points.spillover.any()
        )

    def contexts(self, model: Model) -> list[tuple[State, Context]]:
        """Return the state at each of the points, and what goes with it."""
        return contexts_over(self.context_columns(model))

    def context_columns(self, model: Model) -> ContextColumns:
        """Return the same by column, each of which is found once it is asked for."""
        points = self.points
        own_conflict = points.conflict - points.spillover
        return ContextColumns(self.history, self.clashes, points.day, own_conflict, model)

    def intervals(self, question: Question) -> list[tuple[float, float] | None]:
        """Return how sure the tension is at each of the points. Raises `TooManyPoints` beyond `MAX_SURE`."""
        if len(self.points) > MAX_SURE:
            raise TooManyPoints(
                f"how sure {len(self.points):,} points are is not told, of at most {MAX_SURE}: ask for less"
            )
        return intervals_over(self.history, self.points.day.tolist(), question)

    def ceasefires(self) -> Recurring[tuple[DatedEntry, ...]]:
        """Return the ceasefires in force between the two at each of the points, by id."""
        return self.ceasefire_history.over(self.points.day)


def tension_points(
    connection: Connection,
    pair: Pair,
    question: Question,
    first: int | None,
    interval: Interval | None,
    read_pairs: ReadPairs = no_pairs,
) -> TensionPoints:
    """Return a pair from `first` to the day of a question, a point for each interval.

    By default that is from the day of its first incident on, by day. Where these are more points than one answer
    has, what was not asked for gives way: the interval is the shortest that goes as far back, or else the first
    day the earliest that the interval allows. Raises `TooManyPoints`.
    """
    (found,) = tension_points_of(connection, [pair], question, first, interval, read_pairs)
    return found


def tension_points_of(
    connection: Connection,
    pairs: Sequence[Pair],
    question: Question,
    first: int | None,
    interval: Interval | None,
    read_pairs: ReadPairs = no_pairs,
) -> list[TensionPoints]:
    """Return each of some pairs as `tension_points` does. Raises `TooManyPoints`."""
    histories = load_histories(connection, pairs, question, read_pairs=read_pairs)
    stretches = [_stretch(history, question, first, interval) for history, _ in histories]
    number = sum(number_of_points(each.start, question.day, each.interval) for each in stretches if each)
    if number > MAX_POINTS:
        several = f"{len(pairs)} pairs have {number:,} points together, and an answer {MAX_POINTS:,}"
        raise TooManyPoints(f"{several}: ask for fewer pairs, a later day or a longer interval")
    ceasefires = load_ceasefire_histories(connection, pairs, question)
    return [
        TensionPoints(
            stretch, _points(history, stretch, question) if stretch else _NO_POINTS, history, clashes, agreed
        )
        for (history, clashes), stretch, agreed in zip(histories, stretches, ceasefires, strict=True)
    ]


def curve_of(
    history: PairHistory, question: Question, first: int, interval: Interval
) -> list[tuple[Point, State]]:
    """Return a history that is at hand from a day to that of a question, with its state at each point.

    Raises `TooManyPoints`.
    """
    _refuse_too_many(first, question.day, interval)
    points, runs = _points(history, Stretch(first, interval), question), history.runs(question.model)
    return [(point, run_on(point.day, runs)[0]) for point in points]


def _stretch(
    history: PairHistory, question: Question, first: int | None, interval: Interval | None
) -> Stretch | None:
    """Return the stretch of a series, None if it has no points. Raises `TooManyPoints`."""
    days, last = history.days(), question.day
    start = first if first is not None else (days[0] if days else last)
    if start > last:
        return None
    if first is None:
        return default_stretch(start, last, interval)
    stretch = Stretch(start, interval or Interval.DAY)
    _refuse_too_many(start, last, stretch.interval)
    return stretch


def default_stretch(start: int, last: int, interval: Interval | None) -> Stretch:
    """Return the stretch of a series whose first day nobody asked for. Raises `TooManyPoints`."""
    _refuse_too_many(start, last, Interval.MONTH)
    if interval is None:
        return Stretch(start, next(each for each in Interval if number_of_points(start, last, each) <= MAX_POINTS))
    too_many = number_of_points(start, last, interval) - MAX_POINTS
    return Stretch(start, interval) if too_many <= 0 else Stretch(_begins(last, interval), interval, False)


def number_of_points(start: int, last: int, interval: Interval) -> int:
    """Return how many intervals there are from a day to a later one, those that they are in included."""
    return _number(last, interval) - _number(start, interval) + 1


def _number(day: int, interval: Interval) -> int:
    """Return the number of the interval that a day is in, among all of its kind."""
    if interval is Interval.DAY:
        return day
    if interval is Interval.WEEK:
        return (day + _MONDAY) // 7
    date = to_date(day)
    return date.year * 12 + date.month - 1


def _begins(last: int, interval: Interval) -> int:
    """Return the first day of the interval with which there are `MAX_POINTS` until a day."""
    number = _number(last, interval) - MAX_POINTS + 1
    return number if interval is Interval.DAY else number * 7 - _MONDAY


def _refuse_too_many(start: int, last: int, interval: Interval) -> None:
    if number_of_points(start, last, interval) > MAX_POINTS:
        stretch = f"from {to_date(start)} to {to_date(last)}"
        raise TooManyPoints(f"{stretch} there are more than {MAX_POINTS} points by {interval}: ask for less")


def _points(history: PairHistory, stretch: Stretch, question: Question) -> SeriesPoints:
    start, interval, last = stretch.start, stretch.interval, question.day
    ends = _interval_ends(start, last, interval)
    starts = np.concatenate(([start], ends[:-1] + 1))
    on = ends
    if interval is not Interval.DAY:  # a peak is on a day of news or on the first: between them tension only falls
        active = history.active_days(question.model)
        on = np.unique(np.concatenate((starts, active[(active >= start) & (active <= last)], ends)))
    daily = history.series_on(on, question.model)
    peaks = np.maximum.reduceat(daily.tension, np.searchsorted(on, starts))
    at = np.searchsorted(on, ends)
    numbers = (
        daily.tension[at],
        daily.cooperation[at],
        daily.conflict[at],
        daily.cooperation_pressure[at],
        daily.spillover[at],
        peaks,
    )
    return SeriesPoints(ends, *(column.astype(np.float64, copy=False) for column in numbers))


def _interval_ends(first: int, last: int, interval: Interval) -> Ints:
    """Return the last day of each interval, that of the latest one being `last` at most."""
    if interval is Interval.DAY:
        return np.arange(first, last + 1)
    if interval is Interval.WEEK:
        ends = np.arange(first + (_MONDAY - first) % 7, last + 7, 7)  # Sundays: 1970-01-04 is day 3
    else:
        months = np.arange(*np.array([first, last + 31]).astype("datetime64[D]").astype("datetime64[M]"))
        ends = (months + 1).astype("datetime64[D]").astype(np.int64) - 1
    ends = ends[ends < last]
    return np.append(ends, last)
