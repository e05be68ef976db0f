"""Cells of CSV that a spreadsheet would take for formulas: an apostrophe makes texts of them.

A formula begins where a cell does, and also behind a semicolon, where some spreadsheets begin one; some leave out
blanks before it, and characters that do not show. A text that has apostrophes there gets one more, so that it is
the same again when that is taken away.
"""

import re
from typing import Final

_SIGN: Final = r"[=+\-@＝＋－＠]"  # full-width ones, too, which some spreadsheets take for the same
#: Spaces, controls, and what has no width, but for what may end a cell.
_BLANK: Final = (
    r" \x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
)
_BEGINNING: Final = rf"(?:^[{_BLANK}]*|[;\t\r\n][\"{_BLANK}]*)"
_FORMULA: Final = re.compile(rf"(^(?='*[\t\r])|{_BEGINNING}(?='*{_SIGN}))")
_GUARDED: Final = re.compile(rf"(^|{_BEGINNING})'(?='*{_SIGN})|^'(?='*[\t\r])")


def guard_formulas(text: str) -> str:
    """Return a text as it stands in a cell, where no spreadsheet takes it, or a part of it, for a formula."""
    if text[:1].isalnum() and ";" not in text and text.isprintable():
        return text  # where none can begin: most texts, which are not looked through
    return _FORMULA.sub(r"\1'", text)


def unguard_formulas(cell: str) -> str:
    """Return the text of which `guard_formulas` made a cell."""
    return _GUARDED.sub(r"\1", cell)
