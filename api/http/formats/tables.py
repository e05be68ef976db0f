"""A table in the format that is asked for, from pieces of its items, into a file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import to_json

from api.http.formats.arrow_tables import write_arrow, write_parquet_table
from api.http.formats.columns import Column
from api.http.formats.csv_tables import write_csv
from api.http.formats.negotiation import AnswerFormat
from api.http.formats.options import TableOptions
from api.http.formats.xlsx_tables import write_xlsx


class Table(NamedTuple):
    """A table to be written: its columns, what it is an answer to, and how it is to be."""

    form: AnswerFormat
    columns: Sequence[Column]
    about: Mapping[str, Any]
    options: TableOptions

    def write(self, pieces: Iterable[Sequence[Any]], file: Any) -> None:
        """Write the table with the items of the pieces. Raises what making a piece does.

        Raises `ValueError` for a format in which there are no tables.
        """
        packed = self.options.compression
        if self.form is AnswerFormat.NDJSON:
            for items in pieces:
                file.write(b"".join(_as_json(item) + b"\n" for item in items))
        elif self.form is AnswerFormat.CSV:
            write_csv(self.columns, pieces, file, bom=self.options.bom, digits=self.options.digits)
        elif self.form is AnswerFormat.ARROW:
            write_arrow(self.columns, self.about, pieces, file, None if packed == "none" else packed)
        elif self.form is AnswerFormat.PARQUET:
            compression = None if packed == "none" else packed or "zstd"
            write_parquet_table(self.columns, self.about, pieces, file, compression)
        elif self.form is AnswerFormat.XLSX:
            write_xlsx(self.columns, self.about, pieces, file, self.options.digits)
        else:
            raise ValueError(f"there are no tables as {self.form}")


def _as_json(item: BaseModel | Mapping[str, Any]) -> bytes:
    return item.model_dump_json().encode() if isinstance(item, BaseModel) else to_json(item)
