"""Values as cells of CSV."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final

from detente_client.frames.columns import Column

#: As the service has it, which takes the apostrophes away again: a sign, behind what some spreadsheets leave out.
_BLANK: Final = (
    r" \x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
)
_FORMULA: Final = re.compile(rf"(^(?='*[\t\r])|(?:^[{_BLANK}]*|[;\t\r\n][\"{_BLANK}]*)(?='*[=+\-@＝＋－＠]))")


def guarded(text: str) -> str:
    """Return a text with an apostrophe where a spreadsheet would take it, or a part of it, for a formula."""
    return _FORMULA.sub(r"\1'", text)


def csv_rows(columns: Sequence[Column], items: Iterable[object]) -> Iterator[list[str]]:
    """Yield the cells of each item, as the service's own CSV has them."""
    for item in items:
        yield [_cell(column.value_of(item)) for column in columns]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return (
        guarded(value)
        if isinstance(value, str)
        else (value.isoformat() if isinstance(value, date) else str(value))
    )
