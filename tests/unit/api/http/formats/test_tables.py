"""Tables of every format: odd texts, as reports may have them, are the same in each as they are in JSON."""

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from zipfile import ZipFile

from arro3.io import read_ipc_stream, read_parquet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.http.formats.columns import Column, ListOf, Scalar
from api.http.formats.negotiation import AnswerFormat
from api.http.formats.options import TableOptions
from api.http.formats.tables import Table
from api.parsing.formula_guard import guard_formulas, unguard_formulas

_BEGINNINGS: Final = ["", "=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "'", "''=", "_x0041_"]
#: All that UTF-8 can hold: a lone surrogate is refused where it is posted.
_PLAIN: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ODD: Final = st.builds(str.__add__, st.sampled_from(_BEGINNINGS), _PLAIN)
_LONG: Final = "=" + 'x,"\r\n;' * 20_000


class _Row(NamedTuple):
    text: str | None
    code: str
    words: list[str]


COLUMNS: Final = [
    Column("text", Scalar.TEXT, lambda row: row.text),
    Column("code", Scalar.CODE, lambda row: row.code),
    Column("words", ListOf(Scalar.TEXT), lambda row: row.words),
]
ROWS: Final = st.lists(st.builds(_Row, st.none() | ODD, ODD, st.lists(ODD, max_size=3)), max_size=5)


def _written(form: AnswerFormat, rows: Sequence[_Row]) -> io.BytesIO:
    file = io.BytesIO()
    Table(form, COLUMNS, {}, TableOptions()).write([rows], file)
    file.seek(0)
    return file


def _by_row(table: Any) -> list[_Row]:
    columns = [table[column.name].to_pylist() for column in COLUMNS]
    return [_Row(*row) for row in zip(*columns, strict=True)]


@settings(max_examples=60, deadline=None)
@given(ROWS)
@example([_Row(_LONG, "\x00", ["\x1f;", "\ufeff", _LONG])])
def test_arrow_and_parquet_have_them_as_they_are(rows: list[_Row]) -> None:
    through_json = [_Row(*values) for values in json.loads(json.dumps(rows))]
    assert _by_row(read_ipc_stream(_written(AnswerFormat.ARROW, rows)).read_all()) == through_json
    assert _by_row(read_parquet(_written(AnswerFormat.PARQUET, rows)).read_all()) == through_json


@settings(max_examples=60, deadline=None)
@given(ROWS)
@example([_Row(_LONG, "\x00", ["\x1f;", "\ufeff"])])
def test_csv_has_them_but_for_the_guard_against_formulas(rows: list[_Row]) -> None:
    text = _written(AnswerFormat.CSV, rows).getvalue().decode()
    usual = csv.field_size_limit(len(_LONG) * 2)  # of the whole process: other tests read what is longer
    try:
        header, *read = csv.reader(io.StringIO(text, newline=""))
    finally:
        csv.field_size_limit(usual)
    assert header == [column.name for column in COLUMNS]
    assert [row[:2] for row in read] == [
        [guard_formulas(row.text or ""), guard_formulas(row.code)] for row in rows
    ]
    for cell, row in zip((row[2] for row in read), rows, strict=True):
        assert _words(unguard_formulas(cell)) == (row.words or [""])


def _words(cell: str) -> list[str]:
    """Return the words that a cell of a list has, as the documentation says how."""
    found = re.findall(r"((?:[^;\\]|\\.)*)(?:;|\Z)", cell + ";", re.DOTALL)
    return [re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL) for word in found[:-1]]


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_a_workbook_of_them_has_neither_formulas_nor_links(rows: list[_Row]) -> None:
    with ZipFile(_written(AnswerFormat.XLSX, rows)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert not [name for name in book.namelist() if "rels" in name and "sheet" in name]
    assert sheet.count("<row ") == 1 + len(rows)
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
