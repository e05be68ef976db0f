"""Tables as CSV (RFC 4180), for programs and for people.

No cell has JSON: see `flat_cells`. Text that a spreadsheet may take for a formula gets an apostrophe before it,
behind `;` too.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Final

from api.http.formats.cells.flat_cells import flat_value, plain_text
from api.http.formats.columns import Column, ColumnType, ColumnValues, ListOf, Scalar
from api.parsing.formula_guard import guard_formulas
from projections.arrays import DayNumbers, Numbers, Recurring

#: What has no values of two kinds that are equal, such as 1 and true.
_ALIKE: Final = (Scalar.TEXT, Scalar.CODE, Scalar.DATE, Scalar.BOOLEAN)
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
                types = [column.type for column in columns]
                rows = rows_of_items(columns, items)
                writer.writerows(
                    [_cell(value, type_, digits) for value, type_ in zip(row, types, strict=True)] for row in rows
                )
    finally:
        text.detach()


def _cells(values: Sequence[Any], column: Column, digits: int | None) -> Sequence[Any]:
    """Return the cells of a column; the text of what is the same in many is made once."""
    type_ = column.type
    if isinstance(values, Recurring):
        return values.map(lambda value: _cell(value, type_, digits))
    if isinstance(values, DayNumbers):
        return values.texts()
    if type_ is Scalar.INTEGER:
        return values
    if isinstance(values, Numbers):
        return values if digits is None else [_cell(value, type_, digits) for value in values]
    if type_ in _ALIKE:
        made = {value: _cell(value, type_, digits) for value in set(values)}
        return [made[value] for value in values]
    if isinstance(type_, ListOf):
        return ["" if value is not None and not len(value) else _cell(value, type_, digits) for value in values]
    return [_cell(value, type_, digits) for value in values]


def _cell(value: Any, type_: ColumnType, digits: int | None) -> Any:
    if value is None or type(value) is int or (digits is None and type(value) is float):
        return value
    flat = flat_value(type_, value, digits)
    if isinstance(flat, str):
        return guard_formulas(flat)
    return flat if isinstance(flat, float) else plain_text(flat)
