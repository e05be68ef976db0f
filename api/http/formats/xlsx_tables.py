"""Tables as workbooks of Excel: one sheet, dates as dates, and no cell that is a formula or a link.

`xlsxwriter`, which writes them in flat memory, is an extra (`detente[xlsx]`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from pydantic_core import to_json

from api.http.formats.cells.flat_cells import flat_value, plain_text
from api.http.formats.columns import Column, Scalar
from api.http.formats.csv_tables import rows_of_items
from api.http.problems import Problem, invalid_parameter

try:
    import xlsxwriter
except ImportError:  # the extra is not installed
    xlsxwriter = None

MOST_ROWS: Final = 1_048_576  #: of a sheet, its header included
LONGEST_TEXT: Final = 32_767  #: characters of a cell, in UTF-16
_FIRST_DATE: Final = date(1900, 3, 1)  # before it, Excel's days are one off, and before 1900 there are none
_LARGEST: Final = 2**53  # above it, a cell would round a whole number
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def check_xlsx() -> None:
    """Refuse to write workbooks where what writes them is not installed. Raises `Problem` (501)."""
    if xlsxwriter is None:
        detail = "workbooks are an extra: whoever runs this service installs detente[xlsx]; csv needs nothing more"
        raise Problem(501, "format-not-installed", "This format is not installed", detail)


def write_xlsx(
    columns: Sequence[Column],
    about: Mapping[str, Any],
    pieces: Iterable[Sequence[Any]],
    file: IO[bytes],
    digits: int | None = None,
) -> None:
    """Write a table as a workbook. Raises `Problem` (422) for more rows than a sheet has, or too long a text."""
    check_xlsx()
    with TemporaryDirectory() as folder:  # where the rows wait to be packed
        workbook = xlsxwriter.Workbook(file, {**_OPTIONS, "tmpdir": folder})
        sheet = workbook.add_worksheet("detente")
        try:
            _write_sheet(workbook, sheet, (columns, pieces), digits)
        except BaseException:
            sheet.row_data_fh.close()
            raise
        workbook.set_properties({"comments": to_json(dict(about)).decode()})
        workbook.close()


def _write_sheet(
    workbook: Any,
    sheet: Any,
    table: tuple[Sequence[Column], Iterable[Sequence[Any]]],
    digits: int | None,
) -> None:
    columns, pieces = table
    formats = {
        Scalar.DATE: workbook.add_format({"num_format": "yyyy-mm-dd"}),
        Scalar.INSTANT: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    bold = workbook.add_format({"bold": True})
    for index, column in enumerate(columns):
        sheet.write_string(0, index, column.name, bold)
    sheet.freeze_panes(1, 0)
    number = 0
    for items in pieces:
        for row in rows_of_items(columns, items):
            number += 1
            if number >= MOST_ROWS:
                detail = f"a sheet of XLSX has {MOST_ROWS - 1:,} rows, and there are more: ask for csv or parquet"
                raise invalid_parameter("format", detail, "too-many-rows")
            for index, value in enumerate(row):
                flat = flat_value(columns[index].type, value, digits)
                if flat is not None:
                    _write_cell(sheet, (number, index), flat, columns[index], formats)


def _write_cell(
    sheet: Any,
    at: tuple[int, int],
    value: Any,
    column: Column,
    formats: Mapping[Scalar, Any],
) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(*at, value)
    elif column.type is Scalar.DATE and isinstance(value, date) and value >= _FIRST_DATE:
        sheet.write_datetime(*at, value, formats[Scalar.DATE])
    elif isinstance(value, datetime) and value.date() >= _FIRST_DATE:
        sheet.write_datetime(*at, value.astimezone(UTC).replace(tzinfo=None), formats[Scalar.INSTANT])
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) <= _LARGEST):
        sheet.write_number(*at, value)
    else:
        sheet.write_string(*at, _text(value, column, at[0]))


def _text(value: Any, column: Column, row: int) -> str:
    """Return a text as it is: a cell of a string is no formula, whatever it begins with."""
    text = plain_text(value)
    if len(text.encode("utf-16-le", "replace")) // 2 > LONGEST_TEXT:
        detail = (
            f"the text of {column.name} in row {row} is longer than the {LONGEST_TEXT:,} characters that a cell"
            " of XLSX has: ask for csv or parquet, or leave the column out by columns="
        )
        raise invalid_parameter("format", detail, "cell-too-long")
    return text.encode("utf-8", "replace").decode()
