"""Cells that a spreadsheet would take for formulas."""

import re

import pytest
from detente_client.frames.cells import guarded
from hypothesis import given
from hypothesis import strategies as st

from api.parsing.formula_guard import guard_formulas, unguard_formulas


@given(st.text("a'=-＝;\" \n\r\t\u200b\ufeff\x00\u00a0"))
def test_a_text_is_no_formula_in_its_cell_and_comes_back_as_it_was(text: str) -> None:
    cell = guard_formulas(text)
    assert not re.search(r"(?:^|[;\t\r\n]\"*)\s*[=+\-@＝]", re.sub("[\u200b\ufeff\x00]", " ", cell))
    assert not cell.startswith(("\t", "\r"))
    assert unguard_formulas(cell) == text
    assert guarded(text) == cell  # what the client posts, the service reads


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("\tx", "'\tx"),
        ("\t=1", "'\t'=1"),
        ("'=1", "''=1"),
        ("it's; 'x'", "it's; 'x'"),
        (" =1", " '=1"),
        ("\u200b＝1", "\u200b'＝1"),
    ],
)
def test_apostrophes_stand_where_a_cell_begins(text: str, cell: str) -> None:
    assert guard_formulas(text) == cell
