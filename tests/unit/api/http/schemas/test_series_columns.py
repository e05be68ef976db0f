"""Given any history, then a series by column is in every format what it is from models."""

import io
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np
from arro3.io import read_ipc_stream, read_parquet
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from api.http.formats.arrow_tables import write_arrow, write_parquet_table
from api.http.formats.columns import ColumnValues, table_columns
from api.http.formats.csv_tables import rows_of_items, write_csv
from api.http.schemas.relations import PairTensionPoint
from api.http.schemas.series_columns import SeriesOfPair, point_rows, series_columns
from projections.evidence.agreements import AgreementEntry, ClashIncident, DatedEntry, Status
from projections.queries.context.ceasefires import CeasefireHistory
from projections.queries.question import Question
from projections.queries.stored.daily_clashes import DailyClashes
from projections.queries.tension_series import _NO_POINTS, Interval, SeriesPoints, Stretch, TensionPoints, _points
from projections.scoring.models import MODELS
from projections.scoring.pair_history import PairHistory
from tests.unit.projections.scoring.test_pair_history import histories

PAIR = ("RUS", "TUR")
COLUMNS = table_columns(PairTensionPoint)
TEXTS = st.sampled_from(["idlib", "=1+1", "-a;@b", "'=x", 'ü, "y"\n', ""])
DAYS = st.integers(0, 60)
_NO_CLASHES = DailyClashes(np.zeros(0, np.int64), [])


@st.composite
def ceasefires(draw: st.DrawFn) -> list[DatedEntry]:
    """Return an agreement as it stood from some days on, violated or not, in force or not."""
    name, title = draw(TEXTS), draw(st.none() | TEXTS)
    violating = [ClashIncident(day, f"{draw(TEXTS)}:{day}", PAIR) for day in range(3)]
    entries = []
    for day in sorted(draw(st.sets(DAYS, max_size=4))):
        status = draw(st.sampled_from(Status))
        entry = AgreementEntry(name, title, "ceasefire", PAIR, status, 0, day, (day,))
        entries.append(DatedEntry(day, entry, violating, draw(st.integers(0, 3))))
    return entries


@st.composite
def series(draw: st.DrawFn, question: Question) -> SeriesOfPair:
    history: PairHistory = draw(histories())
    stretch = Stretch(draw(st.integers(question.day - 40, question.day)), draw(st.sampled_from(Interval)))
    days = list(accumulate(draw(st.lists(st.integers(1, 40)))))
    clashes = DailyClashes(np.array(days, np.int64), [f"{draw(TEXTS)}:{day}" for day in days])
    agreed = CeasefireHistory(PAIR, draw(st.lists(ceasefires(), max_size=2)))
    points = draw(st.just(_points(history, stretch, question)) | st.just(_NO_POINTS))
    return SeriesOfPair(PAIR, TensionPoints(stretch, points, history, clashes, agreed))


@settings(deadline=None, max_examples=60)
@given(
    st.data(),
    st.integers(0, 12_500),
    st.sampled_from(list(MODELS.values())),
    st.booleans(),
    st.none() | st.just(3),
)
def test_a_series_by_column_is_what_it_is_from_models(
    data: st.DataObject, last: int, model: object, how_sure: bool, digits: int | None
) -> None:
    question = Question(last, model=model)  # type: ignore[arg-type]
    found = data.draw(st.lists(series(question), min_size=1, max_size=2))
    rows = [row for each in found for row in point_rows(each, question, how_sure=how_sure, with_pair=True)]
    points = [PairTensionPoint(**row) for row in rows]
    assert [to_json(row) for row in rows] == [point.model_dump_json().encode() for point in points]
    by_column = series_columns(found, question, COLUMNS, how_sure=how_sure)
    assert len(by_column) == len(points)
    assert [tuple(row) for row in rows_of_items(COLUMNS, by_column)] == [
        tuple(row) for row in rows_of_items(COLUMNS, points)
    ]
    assert _read_back(write_arrow, read_ipc_stream, by_column) == _read_back(write_arrow, read_ipc_stream, points)
    tables = (_read_back(write_parquet_table, read_parquet, items) for items in (by_column, points))
    assert next(tables) == next(tables)
    files = [io.BytesIO(), io.BytesIO()]
    for items, file in zip((by_column, points), files, strict=True):
        write_csv(COLUMNS, [items], file, digits=digits)
    assert files[0].getvalue() == files[1].getvalue()

    for column in COLUMNS:  # one by itself is what it is among the others
        (alone,) = series_columns(found, question, [column], how_sure=how_sure).values
        assert list(alone) == list(by_column.values[COLUMNS.index(column)])


def _read_back(
    write: Callable[..., None], read: Callable[..., Any], items: ColumnValues | list[PairTensionPoint]
) -> dict[str, Any]:
    file = io.BytesIO()
    write(COLUMNS, {}, [items], file)
    table = read(io.BytesIO(file.getvalue())).read_all()
    return {field.name: (str(field.type), table.column(field.name).to_pylist()) for field in table.schema}


@given(st.integers(0, 12_500), st.sampled_from(list(MODELS.values())), st.data())
def test_a_point_is_a_row_of_the_columns(last: int, model: object, data: st.DataObject) -> None:
    question = Question(last, model=model)  # type: ignore[arg-type]
    points = data.draw(series(question)).points.points
    assert list(points) == [points[place] for place in range(len(points))] == points[:]
    assert [point.day for point in points] == points.day.tolist()


@given(st.integers(0, 12_500), st.sampled_from(list(MODELS.values())), st.data())
def test_points_are_equal_if_every_row_is_to_the_last_digit(last: int, model: object, data: st.DataObject) -> None:
    points = data.draw(series(Question(last, model=model))).points.points  # type: ignore[arg-type]
    columns: list[Any] = [column.copy() for column in points.columns]
    assert points == SeriesPoints(*columns)
    assert points != list(points)
    if not len(points):
        return
    assert points != SeriesPoints(*(column[1:] for column in columns))
    column, place = data.draw(st.sampled_from(columns)), data.draw(st.integers(0, len(points) - 1))
    column[place] = column[place] + 1 if column.dtype == np.int64 else np.nextafter(column[place], np.inf)
    assert points != SeriesPoints(*columns)


def test_every_column_of_a_point_is_made() -> None:
    question = Question(0)
    empty = TensionPoints(None, _NO_POINTS, PairHistory.of(PAIR, {}, ()), _NO_CLASHES, CeasefireHistory(PAIR))
    made = series_columns([SeriesOfPair(PAIR, empty)], question, COLUMNS)
    assert [list(values) for values in made.values] == [[]] * len(COLUMNS)
