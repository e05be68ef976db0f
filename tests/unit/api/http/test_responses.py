"""Which format is asked for, and cells of CSV that a spreadsheet would take for formulas."""

from io import BytesIO
from typing import Any

import pytest
from starlette.types import Scope

from api.http.formats.columns import Column, ColumnType, ListOf, Scalar
from api.http.formats.csv_tables import write_csv
from api.http.formats.negotiation import AnswerFormat, chosen_format
from api.http.problems import Problem


@pytest.mark.parametrize(
    ("type_", "value", "cell"),
    [
        (Scalar.TEXT, "x;=1+1", "x;'=1+1"),
        (Scalar.TEXT, "x; -1", "x; '-1"),
        (ListOf(Scalar.TEXT), ["a", "@b"], "a;'@b"),
        (ListOf(Scalar.TEXT), ["a", "b;=1"], "a;b\\;'=1"),
        (Scalar.TEXT, "=1;+2", "'=1;'+2"),
        (Scalar.TEXT, "a-b+c=d; e", "a-b+c=d; e"),
        (Scalar.JSON, {"k": ";=1"}, "k=\\;'=1"),
        (Scalar.JSON, {"=k": [{"on": True}, None, {}]}, "'=k.0.on=true;'=k.1=;'=k.2="),
        (Scalar.JSON, "=1", "'=1"),
    ],
)
def test_no_cell_begins_a_formula(type_: ColumnType, value: Any, cell: str) -> None:
    column = Column("column", type_, lambda item: item["column"])
    file = BytesIO()
    write_csv([column], [[{"column": value}]], file)
    assert file.getvalue().decode() == f"column\r\n{cell}\r\n"


def _asking(*accepts: bytes, query: bytes = b"") -> Scope:
    """Return the scope of a read with some lines of `Accept`."""
    headers = [(b"accept", accept) for accept in accepts]
    return {"type": "http", "path": "/v1/relations", "query_string": query, "headers": headers}


@pytest.mark.parametrize(
    ("accepts", "query", "asked"),
    [
        ([], b"", AnswerFormat.JSON),
        ([b"*/*"], b"", AnswerFormat.JSON),
        ([b"text/csv"], b"as_of=2020-01-01", AnswerFormat.CSV),
        (
            [b"text/html, application/xml;q=0.9", b"application/x-ndjson;q=0.5, */*;q=0.1"],
            b"",
            AnswerFormat.NDJSON,
        ),
        ([b"text/csv"], b"%66ormat=JSON", AnswerFormat.JSON),
        ([b"text/html, " * 1000 + b"text/csv"], b"", AnswerFormat.CSV),
    ],
)
def test_a_format_is_chosen_by_parameter_or_by_accept(
    accepts: list[bytes], query: bytes, asked: AnswerFormat
) -> None:
    scope = {
        "type": "http",
        "path": "/v1/relations",
        "query_string": query,
        "headers": [(b"accept", accept) for accept in accepts],
    }
    assert [chosen_format(scope), chosen_format(scope)] == [asked, asked]


@pytest.mark.parametrize("length", [1, 1000])
def test_a_format_that_there_is_not_is_refused_each_time(length: int) -> None:
    scope = {
        "type": "http",
        "path": "/v1/relations",
        "query_string": b"",
        "headers": [(b"accept", b",".join([b"image/png"] * length))],
    }
    for _ in range(2):
        with pytest.raises(Problem):
            chosen_format(scope)


@pytest.mark.parametrize("accept", [b"," * 60_000, b"text/csv," * 6_000, b"text/csv" + b";x" * 30_000])
def test_an_accept_of_more_ranges_than_anybody_has_is_refused(accept: bytes) -> None:
    with pytest.raises(Problem) as refused:
        chosen_format(_asking(accept))
    assert refused.value.details.status == 406
    assert "at most 2000 media ranges" in refused.value.details.detail
