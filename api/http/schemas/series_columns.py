"""The points of series by column: what a table of them has, without a model for each."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from api.http.formats.columns import Column, ColumnValues
from api.http.schemas.agreements import CeasefireOut, ceasefires_over
from projections.pairs import Pair
from projections.queries.question import Question
from projections.queries.tension_series import TensionPoints
from projections.scoring.context.usual import Rank
from projections.scoring.states import NOTHING_KNOWN
from projections.times import to_date


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
    return ColumnValues([[value for one in made for value in one.values_of(column.name)] for column in columns])


class _PointColumns:
    """The columns of one series, each made once it is asked for."""

    def __init__(self, series: SeriesOfPair, question: Question, how_sure: bool) -> None:
        self.pair, self.found = series
        self.question = question
        self.context = self.found.context_columns(question.model)
        self.sure: Sequence[tuple[float, float] | None] = [None] * self.rows
        if how_sure:
            known = zip(self.context.states, self.found.intervals(question), strict=True)
            self.sure = [None if state in NOTHING_KNOWN else interval for state, interval in known]

    def values_of(self, name: str) -> Sequence[Any]:
        """Return the value at each point, None where there is none."""
        return _MADE[name](self)

    @property
    def rows(self) -> int:
        """How many points there are."""
        return len(self.found.points)

    def ceasefires(self) -> Sequence[Sequence[CeasefireOut]]:
        """Return the ceasefires in force at each point."""
        return ceasefires_over(self.found.ceasefires())


def _of_point(name: str, made: _PointColumns) -> Sequence[Any]:
    return [float(getattr(point, name)) for point in made.found.points]


def _sure(end: int, made: _PointColumns) -> Sequence[Any]:
    return [None if interval is None else interval[end] for interval in made.sure]


def _trend(name: str, made: _PointColumns) -> Sequence[Any]:
    return [None if trend is None else getattr(trend, name) for trend in made.context.trends]


def _weeks(made: _PointColumns) -> Sequence[Any]:
    return [None if usual is None else usual.weeks for usual in made.context.usual]


def _rank(of: str, name: str, made: _PointColumns) -> Sequence[Any]:
    ranks: list[Rank | None] = [None if usual is None else getattr(usual, of) for usual in made.context.usual]
    return [None if rank is None else getattr(rank, name) for rank in ranks]


def _last_clash(made: _PointColumns) -> Sequence[Any]:
    return [None if clash is None else clash.incident for clash in made.context.last_clashes]


def _last_clash_day(made: _PointColumns) -> Sequence[Any]:
    return [None if clash is None else to_date(clash.day) for clash in made.context.last_clashes]


def _quiet_days(made: _PointColumns) -> Sequence[Any]:
    last = zip(made.found.points, made.context.last_clashes, strict=True)
    return [None if clash is None else point.day - clash.day for point, clash in last]


_MADE: Final[Mapping[str, Callable[[_PointColumns], Sequence[Any]]]] = {
    "a": lambda made: [made.pair[0]] * made.rows,
    "b": lambda made: [made.pair[1]] * made.rows,
    "day": lambda made: [to_date(point.day) for point in made.found.points],
    "tension": partial(_of_point, "tension"),
    "tension_low": partial(_sure, 0),
    "tension_high": partial(_sure, 1),
    "cooperation": partial(_of_point, "cooperation"),
    "conflict_pressure": partial(_of_point, "conflict"),
    "cooperation_pressure": partial(_of_point, "cooperation_pressure"),
    "spillover_pressure": partial(_of_point, "spillover"),
    "peak": partial(_of_point, "peak"),
    "model": lambda made: [made.question.model.name] * made.rows,
    "state": lambda made: made.context.states,
    "ceasefire": _PointColumns.ceasefires,
    "trend": partial(_trend, "direction"),
    "trend_change": partial(_trend, "change"),
    "new_pressure": partial(_trend, "news"),
    "usual_weeks": _weeks,
    "usual_percentile": partial(_rank, "pressure", "percentile"),
    "usual_ratio": partial(_rank, "pressure", "ratio"),
    "usual_new_percentile": partial(_rank, "news", "percentile"),
    "usual_new_ratio": partial(_rank, "news", "ratio"),
    "last_clash": _last_clash,
    "last_clash_day": _last_clash_day,
    "quiet_days": _quiet_days,
}
