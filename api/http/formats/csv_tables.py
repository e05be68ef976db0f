"""Tables as CSV (RFC 4180), for programs and for people.

Lists of words are joined with `;`; what is deeper is JSON, and so is a list of words that have a `;`. Text that a
spreadsheet may take for a formula gets an apostrophe before it, behind `;` too.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from typing import IO, Any, Final

from pydantic_core import to_jsonable_python

from api.http.formats.columns import Column, ColumnValues, ListOf, Scalar
from api.parsing.formula_guard import guard_formulas
from projections.arrays import DayNumbers, Numbers, Recurring

#: What has no values of two kinds that are equal, such as 1 and true.
_ALIKE: Final = (Scalar.TEXT, Scalar.CODE, Scalar.DATE)
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # by which Excel knows UTF-8


def rows_of_items(columns: Sequence[Column], items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield the values of items, in the order of the columns: of models, or of what is at hand by column."""
    if isinstance(items, ColumnValues):
        yield from zip(*items.values, strict=True)
        return
    for item in items:
        yield [column.get(item) for column in columns]


def write_csv(
    columns: Sequence[Column],
    pieces: Iterable[Sequence[Any]],
    file: IO[bytes],
    *,
    bom: bool = False,
    digits: int | None = None,
) -> None:
    """Write a table as CSV with a header; numbers are rounded to so many `digits` behind the point."""
    text = io.TextIOWrapper(file, "utf-8", "surrogatepass", newline="", write_through=False)
    try:
        if bom:
            text.write(_BYTE_ORDER_MARK)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([column.name for column in columns])
        for items in pieces:
            if isinstance(items, ColumnValues):
                cells = [
                    _cells(values, column, digits) for values, column in zip(items.values, columns, strict=True)
                ]
                writer.writerows(zip(*cells, strict=True))
            else:
                writer.writerows([_cell(value, digits) for value in row] for row in rows_of_items(columns, items))
    finally:
        text.detach()


def _cells(values: Sequence[Any], column: Column, digits: int | None) -> Sequence[Any]:
    """Return the cells of a column; the text of what is the same in many is made once."""
    if isinstance(values, Recurring):
        return values.map(lambda value: _cell(value, digits))
    if isinstance(values, DayNumbers):
        return values.texts()
    if isinstance(values, Numbers):
        return values if digits is None else [_cell(value, digits) for value in values]
    if column.type in _ALIKE:
        made = {value: _cell(value, digits) for value in set(values)}
        return [made[value] for value in values]
    if isinstance(column.type, ListOf):
        return ["" if value is not None and not len(value) else _cell(value, digits) for value in values]
    return [_cell(value, digits) for value in values]


def _cell(value: Any, digits: int | None) -> Any:
    if value is None or type(value) is int or (digits is None and type(value) is float):
        return value
    if isinstance(value, float):
        return value if digits is None else rounded(value, digits)
    if isinstance(value, str):
        return guard_formulas(value.value if isinstance(value, Enum) else value)
    return cell_text(value, digits)


def cell_text(value: Any, digits: int | None = None) -> str:
    """Return what is neither a number nor a text as a text, as it stands in a cell."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return str(to_jsonable_python(value))
    if isinstance(value, date):
        return value.isoformat()
    plain = to_jsonable_python(value)
    if isinstance(plain, list) and all(isinstance(word, str) and ";" not in word for word in plain):
        return guard_formulas(";".join(plain))
    return guard_formulas(json.dumps(rounded_all(plain, digits), ensure_ascii=False))


def rounded(number: float, digits: int) -> float:
    """Return a number rounded to so many digits behind the point: from halfway, to the even one. Never -0."""
    return round(number, digits) + 0.0


def rounded_all(value: Any, digits: int | None) -> Any:
    """Return a value of JSON with all numbers in it rounded."""
    if digits is None:
        return value
    if isinstance(value, float):
        return rounded(value, digits)
    if isinstance(value, list):
        return [rounded_all(each, digits) for each in value]
    if isinstance(value, dict):
        return {name: rounded_all(each, digits) for name, each in value.items()}
    return value
