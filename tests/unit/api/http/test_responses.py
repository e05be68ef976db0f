"""Cells of CSV that a spreadsheet would take for formulas, whichever sign it splits at."""

from typing import Any

import pytest

from api.http.responses import to_csv


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("x; -1", "x; '-1"),
        (["a", "@b"], "a;'@b"),
        ("=1;+2", "'=1;'+2"),
        ("a-b+c=d; e", "a-b+c=d; e"),
        ({"k": ";=1"}, '"{""k"": "";\'=1""}"'),
    ],
)
def test_no_cell_begins_a_formula(value: Any, cell: str) -> None:
    assert to_csv([{"column": value}], ["column"]) == f"column\r\n{cell}\r\n"
