"""The points of series by column: what a table of them has, and JSON too, without a model for each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

import numpy as np

from api.http.formats.columns import Column, ColumnValues
from api.http.schemas.agreements import CeasefireOut, ceasefire_of_entry
from api.http.schemas.relations import PairTensionPoint, TensionPoint, UsualOut
from projections.arrays import DayNumbers, Floats, Ints, Numbers, Recurring, concatenated
from projections.pairs import Pair
from projections.queries.question import Question
from projections.queries.tension_series import TensionPoints
from projections.scoring.context.trend import DIRECTIONS
from projections.scoring.context.usual import RankColumns


class SeriesOfPair(NamedTuple):
    """A pair, and its points."""

    pair: Pair
    points: TensionPoints


def series_columns(
    series: Sequence[SeriesOfPair], question: Question, columns: Sequence[Column], *, how_sure: bool = False
) -> ColumnValues:
    """Return the points of some series by column, those of one behind those of another.

    `how_sure` says whether `tension_low` and `tension_high` are known. Raises `TooManyPoints`.
    """
    made = [_PointColumns(each, question, how_sure) for each in series]
    return ColumnValues([concatenated([one.values_of(column.name) for one in made]) for column in columns])


def point_rows(
    series: SeriesOfPair, question: Question, *, how_sure: bool = False, with_pair: bool = False
) -> list[dict[str, Any]]:
    """Return the points of a series as `TensionPoint` has them, or `with_pair` as `PairTensionPoint`.

    Raises `TooManyPoints`.
    """
    made = _PointColumns(series, question, how_sure)
    names = list((PairTensionPoint if with_pair else TensionPoint).model_fields)
    columns = [(_IN_JSON[name] if name in _IN_JSON else _MADE[name])(made) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


class _PointColumns:
    """The columns of one series, each made once it is asked for."""

    def __init__(self, series: SeriesOfPair, question: Question, how_sure: bool) -> None:
        self.pair, self.found = series
        self.question = question
        self.context = self.found.context_columns(question.model)
        nothing = np.full(self.rows, np.nan)
        self.sure: tuple[Floats, Floats] = nothing, nothing
        if how_sure:
            low_high = [(np.nan, np.nan) if each is None else each for each in self.found.intervals(question)]
            sure = np.where(self.context.is_known, np.array(low_high, dtype=np.float64).reshape(-1, 2).T, np.nan)
            self.sure = sure[0], sure[1]

    def values_of(self, name: str) -> Sequence[Any]:
        """Return the value at each point, None where there is none."""
        return _MADE[name](self)

    @property
    def rows(self) -> int:
        """How many points there are."""
        return len(self.found.points)

    @cached_property
    def ceasefires(self) -> Recurring[Sequence[CeasefireOut]]:
        """The ceasefires in force at each point."""
        return self.found.ceasefires().map(lambda in_force: [ceasefire_of_entry(each) for each in in_force])

    def same(self, value: Any) -> Recurring[Any]:
        """Return a column with the same value at each point."""
        return Recurring([value], np.zeros(self.rows, dtype=np.int64))

    def where_known(self, values: Floats | Ints) -> Numbers:
        """Return a column of what is told only where something is known of the pair."""
        return Numbers(values, ~self.context.is_known)

    def where_usual(self, values: Floats | Ints) -> Numbers:
        """Return a column of what is usual, which is nothing where a pair has no past; NaN is nothing, too."""
        return Numbers(values, ~self.context.is_known | (self.context.usual.weeks == 0) | np.isnan(values))


def _of_point(name: str, made: _PointColumns) -> Numbers:
    return Numbers(getattr(made.found.points, name))


def _sure(end: int, made: _PointColumns) -> Numbers:
    return Numbers(made.sure[end], np.isnan(made.sure[end]))


def _direction(made: _PointColumns) -> Recurring[Any]:
    is_known = made.context.is_known
    return Recurring([*DIRECTIONS, None], np.where(is_known, made.context.trends.direction, len(DIRECTIONS)))


def _trend(name: str, made: _PointColumns) -> Numbers:
    return made.where_known(getattr(made.context.trends, name))


def _rank(of: str, name: str, made: _PointColumns) -> Numbers:
    ranks: RankColumns = getattr(made.context.usual, of)
    return made.where_usual(getattr(ranks, name))


def _last_clash(made: _PointColumns) -> Recurring[str | None]:
    return Recurring([None, *made.found.clashes.incident], made.context.number_of_clashes)


def _last_clash_day(made: _PointColumns) -> DayNumbers:
    last = made.context.number_of_clashes
    return DayNumbers(np.concatenate(((0,), made.found.clashes.day))[last], last == 0)


def _quiet_days(made: _PointColumns) -> Numbers:
    last = _last_clash_day(made)
    return Numbers(made.found.points.day - last.values, last.missing)


_MADE: Final[Mapping[str, Callable[[_PointColumns], Sequence[Any]]]] = {
    "a": lambda made: made.same(made.pair[0]),
    "b": lambda made: made.same(made.pair[1]),
    "day": lambda made: DayNumbers(made.found.points.day),
    "tension": partial(_of_point, "tension"),
    "tension_low": partial(_sure, 0),
    "tension_high": partial(_sure, 1),
    "cooperation": partial(_of_point, "cooperation"),
    "conflict_pressure": partial(_of_point, "conflict"),
    "cooperation_pressure": partial(_of_point, "cooperation_pressure"),
    "spillover_pressure": partial(_of_point, "spillover"),
    "peak": partial(_of_point, "peak"),
    "model": lambda made: made.same(made.question.model.name),
    "state": lambda made: made.context.states,
    "ceasefire": lambda made: made.ceasefires,
    "trend": _direction,
    "trend_change": partial(_trend, "change"),
    "new_pressure": partial(_trend, "news"),
    "usual_weeks": lambda made: made.where_usual(made.context.usual.weeks),
    "usual_percentile": partial(_rank, "pressure", "percentile"),
    "usual_ratio": partial(_rank, "pressure", "ratio"),
    "usual_new_percentile": partial(_rank, "news", "percentile"),
    "usual_new_ratio": partial(_rank, "news", "ratio"),
    "last_clash": _last_clash,
    "last_clash_day": _last_clash_day,
    "quiet_days": _quiet_days,
}


# What is an object in JSON, and several columns of a table


def _intervals(made: _PointColumns) -> Iterator[Any]:
    for low, high in zip(*(Numbers(end, np.isnan(end)) for end in made.sure), strict=True):
        yield None if low is None else (low, high)


def _dated_clash(made: _PointColumns) -> Recurring[dict[str, Any] | None]:
    days = DayNumbers(made.found.clashes.day).tolist()
    clashes = ({"incident": id_, "day": day} for id_, day in zip(made.found.clashes.incident, days, strict=True))
    return Recurring([None, *clashes], made.context.number_of_clashes)


def _usual(made: _PointColumns) -> Iterator[Any]:
    names = list(UsualOut.model_fields)
    for usual in zip(*(made.values_of(f"usual_{name}") for name in names), strict=True):
        yield None if usual[0] is None else dict(zip(names, usual, strict=True))


_IN_JSON: Final[Mapping[str, Callable[[_PointColumns], Iterator[Any] | Sequence[Any]]]] = {
    "pair": lambda made: made.same(made.pair),
    "tension_interval": _intervals,
    "usual": _usual,
    "last_clash": _dated_clash,
    "state": lambda made: made.context.states.map(str),
    "trend": lambda made: _direction(made).map(lambda direction: direction and str(direction)),
}
