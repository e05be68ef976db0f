"""Cells of CSV that a spreadsheet would take for formulas: an apostrophe makes texts of them.

A formula begins where a cell does, and also behind a semicolon, where some spreadsheets begin one. A text that has
apostrophes there gets one more, so that it is the same again when that is taken away.
"""

import re
from typing import Final

_SIGN: Final = r"[=+\-@＝＋－＠]"  # full-width ones, too, which some spreadsheets take for the same
_BEGINNING: Final = r"(?:^|[;\t\r\n][ \"]*)"
_FORMULA: Final = re.compile(rf"(^(?='*[\t\r])|{_BEGINNING}(?='*{_SIGN}))")
_GUARDED: Final = re.compile(rf"(^|{_BEGINNING})'(?='*{_SIGN})|^'(?='*[\t\r])")


def guard_formulas(text: str) -> str:
    """Return a text as it stands in a cell, where no spreadsheet takes it, or a part of it, for a formula."""
    return _FORMULA.sub(r"\1'", text)


def unguard_formulas(cell: str) -> str:
    """Return the text of which `guard_formulas` made a cell."""
    return _GUARDED.sub(r"\1", cell)
