"""The curve of a pair: the stretch that is shown, its points as a table, and all of it as a small picture."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from heapq import nsmallest
from itertools import chain, pairwise
from typing import Final, NamedTuple

import numpy as np

from projections.queries.question import Question
from projections.queries.tension_series import MAX_POINTS, Interval, Point, curve_of, number_of_points
from projections.scoring.incidents import Incident
from projections.scoring.pair_history import PairHistory
from projections.scoring.states import State
from projections.times import FIRST_DAY, to_date

_USUAL: Final = 730  # days that are shown where nothing else is asked for
_LONGEST: Final = 200_000  # days that are shown unasked: five hundred years
_AFTER_THE_LAST: Final = 365  # days before the last incident that are shown at least
_MOST_POINTS: Final = {
    Interval.DAY: 1_100,
    Interval.WEEK: 1_200,
    Interval.MONTH: MAX_POINTS,
}  # of a curve, unasked
_MOST_ROWS: Final = {Interval.DAY: 100, Interval.WEEK: 110, Interval.MONTH: 600}  # of the table
_MOST_SURE: Final = 200  # points that say how sure they are: each costs as much as a relation
_SAMPLES: Final = 400  # days of the small picture
_PARTS: Final = 60  # of a stretch, in each of which the heaviest incidents are marked
_MARKS: Final = 2  # that are marked of each, of conflict and of cooperation
HEIGHT: Final = 100  #: of the small picture, in points of tension
WIDTH: Final = 1000


class ShownStretch(NamedTuple):
    """From which day to which a curve is shown, and how far apart its points are."""

    first: int
    last: int
    interval: Interval


class CurveRow(NamedTuple):
    """A point of the curve in its table; `change` is that of the tension since the row before."""

    day: date
    tension: float
    change: float | None
    peak: float
    cooperation: float
    state: State


class CurveSentence(NamedTuple):
    """What there is to say of a stretch: its ends, the most tense interval, and how it was by then."""

    before: CurveRow
    after: CurveRow
    highest: CurveRow


class WholeCurve(NamedTuple):
    """The whole history as a small picture: its days, and the path of its tension in `WIDTH` times `HEIGHT`."""

    first: int
    last: int
    path: str

    def place(self, day: int) -> float:
        """Return where a day is, from the left."""
        return round(
            WIDTH * (min(max(day, self.first), self.last) - self.first) / max(self.last - self.first, 1), 1
        )


def shown_stretch(
    history: PairHistory, question: Question, first: int | None, last: int | None, interval: Interval | None
) -> ShownStretch:
    """Return the stretch that is shown: what was asked for, or the last two years with something in them."""
    last = question.day if last is None else last
    if first is None:
        oldest, newest = history.days() or (last, last)
        usual = min(last - _USUAL, newest - _AFTER_THE_LAST)
        first = max(min(oldest, last), usual, last - _LONGEST, FIRST_DAY)
    if interval is None:
        few = (each for each in Interval if number_of_points(first, last, each) <= _MOST_POINTS[each])
        interval = next(few, Interval.MONTH)
    return ShownStretch(min(first, last), last, interval)


def interval_of_sure(stretch: ShownStretch) -> Interval | None:
    """Return how far apart points are that say how sure they are, None where the stretch is too long."""
    longer = list(Interval)[list(Interval).index(stretch.interval) :]
    return next((each for each in longer if number_of_points(*stretch[:2], each) <= _MOST_SURE), None)


def curve_rows(history: PairHistory, question: Question, stretch: ShownStretch) -> tuple[Interval, list[CurveRow]]:
    """Return the curve as the rows of a table, the latest last; by a longer interval where they would be many.

    Of more months than a table has, the last. Raises `TooManyPoints`.
    """
    longer = list(Interval)[list(Interval).index(stretch.interval) :]
    of_few = (each for each in longer if number_of_points(*stretch[:2], each) <= _MOST_ROWS[each])
    interval = next(of_few, Interval.MONTH)
    found = curve_of(history, question._replace(day=stretch.last), stretch.first, interval)
    rows = [_row(point, state) for point, state in found]
    changed = [row._replace(change=row.tension - before.tension) for before, row in pairwise(rows)]
    return interval, [*rows[:1], *changed][-_MOST_ROWS[Interval.MONTH] :]


def _row(point: Point, state: State) -> CurveRow:
    return CurveRow(to_date(point.day), point.tension, None, point.peak, point.cooperation, state)


def curve_sentence(rows: Sequence[CurveRow]) -> CurveSentence | None:
    """Return what there is to say of a curve in a sentence, None if it has no points."""
    if not rows:
        return None
    return CurveSentence(rows[0], rows[-1], max(rows, key=lambda row: row.peak))


def whole_curve(history: PairHistory, question: Question, stretch: ShownStretch) -> WholeCurve:
    """Return the whole history as a small picture."""
    oldest, _ = history.days() or (stretch.first, stretch.last)
    first, last = min(oldest, stretch.first), max(question.day, stretch.last)
    days = np.unique(np.linspace(first, last, min(_SAMPLES, last - first + 1)).astype(np.int64))
    tension = history.series_on(days, question.model).tension
    scale = WIDTH / max(last - first, 1)
    points = zip(((days - first) * scale).tolist(), tension.tolist(), strict=True)
    path = "M" + "L".join(f"{x:.0f} {HEIGHT - y:.1f}" for x, y in points)
    return WholeCurve(first, last, path)


def marked_incidents(history: PairHistory, question: Question, stretch: ShownStretch) -> list[Incident]:
    """Return the pair's own incidents that are marked on a stretch, by day: the heaviest of each part of it.

    Each weighs what it did on its own day; conflict and cooperation are marked apart. Many weigh the same, so that
    the heaviest of the whole stretch would stand in a corner of it.
    """
    until = min(stretch.last, question.day)
    length = max((stretch.last - stretch.first + 1) / _PARTS, 1)
    by_part: defaultdict[tuple[int, bool], list[Incident]] = defaultdict(list)
    for each in history.own.incidents:
        if stretch.first <= each.day <= until and each.weight:
            by_part[int((each.day - stretch.first) / length), each.weight < 0].append(each)
    heaviest = (nsmallest(_MARKS, found, key=_heaviest_first) for found in by_part.values())
    return sorted(chain.from_iterable(heaviest), key=lambda each: (each.day, each.id))


def _heaviest_first(incident: Incident) -> tuple[float, int, str]:
    return -abs(incident.weight), incident.day, incident.id
