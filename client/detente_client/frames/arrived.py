"""A table that came as Arrow or as CSV, as a frame: thousands of points at a time, without an object for each.

Columns that a newer service has besides are left out, and those that an older one lacks are empty, so that a frame
always has the columns of `columns.py`.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from detente_client.errors import UnexpectedAnswerError
from detente_client.frames.arrow_parts import can_read_arrow, is_arrow, pandas_column, table_of_parts
from detente_client.frames.columns import Column, Kind, Table
from detente_client.frames.making import arrow_table, library, pandas_frame, polars_frame

if TYPE_CHECKING:
    import arro3.core
    import pandas as pd
    import polars as pl

ARROW: Final = "application/vnd.apache.arrow.stream"  #: the media type
_PANDAS: Final = {
    Kind.TEXT: "string", Kind.WORD: "string", Kind.DAY: "str", Kind.COUNT: "Int64", Kind.NUMBER: "float64",
}  # fmt: skip


def accepted() -> str:
    """Return the media types of tables that can be read here, what is faster first."""
    return f"{ARROW}, text/csv;q=0.5" if can_read_arrow() else "text/csv"


class ArrivedTable:
    """Parts of one table, each an Arrow stream or CSV with its header."""

    def __init__(self, columns: Sequence[Column], parts: Sequence[bytes]) -> None:
        self._columns = columns
        self._parts = parts
        self._has_lists = any(b'"[{' in part or b";" in part for part in parts)
        self._arrow: arro3.core.Table | None = None
        if parts and all(map(is_arrow, parts)):
            self._arrow = table_of_parts(parts, columns)

    def rows(self) -> int:
        """Return how many rows there are, at most: a cell may have a line break."""
        if self._arrow is not None:
            return self._arrow.num_rows
        return sum(part.count(b"\n") - 1 for part in self._parts)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a frame of pandas."""
        if not self._parts:
            return pandas_frame(Table(self._columns))
        pandas = library("pandas", "pandas")
        if self._arrow is not None:
            arrived = self._arrow
            return pandas.DataFrame(
                {c.name: pandas_column(pandas, c.kind, arrived.column(c.name)) for c in self._columns}, copy=False
            )
        frames = [self._read_pandas(pandas, part) for part in self._parts]
        whole = frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)
        made = {column.name: self._typed(pandas, column, whole) for column in self._columns}
        frame: pd.DataFrame = pandas.DataFrame(made)
        return frame

    def _read_pandas(self, pandas: Any, part: bytes) -> Any:
        there = set(_header(part))
        types = {column.name: _PANDAS[column.kind] for column in self._columns if column.name in there}
        return pandas.read_csv(
            io.BytesIO(part), usecols=list(types), dtype=types, keep_default_na=False, na_values=[""]
        )

    def _typed(self, pandas: Any, column: Column, frame: Any) -> Any:
        numpy = library("numpy", "pandas")
        if column.name not in frame:
            kind = "datetime64[s]" if column.kind is Kind.DAY else _PANDAS[column.kind]
            return pandas.Series([None] * len(frame), dtype=kind)
        values = frame[column.name]
        if column.kind is Kind.TEXT and self._has_lists:
            values = values.map(partial(_joined_field, column.path[-1]), na_action="ignore").astype("string")
        if column.kind is Kind.DAY:
            texts = values.to_numpy(dtype=object, na_value="NaT")
            return numpy.array(texts, dtype="datetime64[D]").astype("datetime64[s]")
        if column.kind is Kind.WORD:  # read as texts: pandas takes categories that look so for numbers
            return values.astype("category")
        return values

    def to_polars(self) -> "pl.DataFrame":
        """Return a frame of polars."""
        if not self._parts:
            return polars_frame(Table(self._columns))
        polars = library("polars", "polars")
        types = {
            Kind.TEXT: polars.String, Kind.WORD: polars.Categorical, Kind.DAY: polars.Date,
            Kind.COUNT: polars.Int64, Kind.NUMBER: polars.Float64, Kind.FLAG: polars.Boolean,
            Kind.INSTANT: polars.Datetime("us", "UTC"),
        }  # fmt: skip
        if self._arrow is not None:
            arrived = polars.DataFrame(self._arrow)
            return arrived.cast({c.name: types[c.kind] for c in self._columns})  # type: ignore[no-any-return]
        parts = [self._read_polars(polars, part, types) for part in self._parts]
        frame: pl.DataFrame = polars.concat(parts) if len(parts) > 1 else parts[0]
        return frame

    def _read_polars(self, polars: Any, part: bytes, types: dict[Kind, Any]) -> Any:
        there = set(_header(part))
        schema = {column.name: types[column.kind] for column in self._columns}
        known = [column.name for column in self._columns if column.name in there]
        read = polars.read_csv(
            io.BytesIO(part),
            columns=known,
            schema_overrides={name: schema[name] for name in known},
            null_values=[""],
        )
        if self._has_lists:
            joined = {c.name: partial(_joined_field, c.path[-1]) for c in self._columns if c.kind is Kind.TEXT}
            read = read.with_columns(
                polars.col(name).map_elements(join, return_dtype=polars.String)
                for name, join in joined.items()
                if name in there
            )
        return read.select(
            [
                polars.col(name) if name in there else polars.lit(None, dtype=kind).alias(name)
                for name, kind in schema.items()
            ]
        )

    def to_arrow(self) -> "arro3.core.Table":
        """Return a table of Arrow."""
        if self._arrow is not None:
            return self._arrow
        table = Table(self._columns)
        readers: dict[Kind, Callable[[str], Any]] = {
            Kind.WORD: str, Kind.DAY: date.fromisoformat, Kind.COUNT: int, Kind.NUMBER: float,
        }  # fmt: skip
        for part in self._parts:
            for row in csv.DictReader(io.StringIO(part.decode(), newline="")):
                for column in self._columns:
                    text = row.get(column.name)
                    read = (
                        partial(_joined_field, column.path[-1])
                        if column.kind is Kind.TEXT
                        else readers[column.kind]
                    )
                    table.values[column.name].append(read(text) if text else None)
        return arrow_table(table)


def _joined_field(field: str | int, text: str) -> str:
    """Return the ids of a list joined as elsewhere; of an older service's objects, the field that has them."""
    return (
        "; ".join(each[field] for each in json.loads(text)) if text.startswith("[{") else text.replace(";", "; ")
    )


def _header(part: bytes) -> list[str]:
    first = next(csv.reader(io.StringIO(part.split(b"\n", 1)[0].decode())), [])
    if "day" not in first:
        raise UnexpectedAnswerError(f"a table with the columns {first}, none of which is `day`")
    return first
