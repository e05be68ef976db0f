"""A table of columns as a frame. Each library is imported when its frame is asked for, and none needs another."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from detente_client.errors import MissingExtraError
from detente_client.frames.columns import Kind, Table

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from arro3.core import Table as ArrowTable

_EPOCH: Final = date(1970, 1, 1)
_EPOCH_INSTANT: Final = datetime(1970, 1, 1, tzinfo=UTC)


def pandas_frame(table: Table) -> "pd.DataFrame":
    """Return a frame of pandas: days as `datetime64[s]`, words as categories, what may lack as a nullable type."""
    pandas = library("pandas", "pandas")
    frame: pd.DataFrame = pandas.DataFrame(
        {column.name: _pandas_column(pandas, column.kind, table.values[column.name]) for column in table.columns}
    )
    return frame


def _pandas_column(pandas: Any, kind: Kind, values: list[Any]) -> Any:
    numpy = library("numpy", "pandas")
    if kind is Kind.DAY:  # seconds reach further back than nanoseconds, which end in 1677
        return pandas.Series(numpy.array(values, dtype="datetime64[D]").astype("datetime64[s]"))
    if kind is Kind.INSTANT:
        plain = [None if value is None else value.astimezone(UTC).replace(tzinfo=None) for value in values]
        return pandas.Series(numpy.array(plain, dtype="datetime64[us]")).dt.tz_localize("UTC")
    if kind is Kind.WORD:
        words = pandas.Index(sorted({value for value in values if value is not None}), dtype="string")
        return pandas.Categorical(values, categories=words)
    types = {Kind.TEXT: "string", Kind.COUNT: "Int64", Kind.NUMBER: "float64", Kind.FLAG: "boolean"}
    return pandas.Series(values, dtype=types[kind])


def polars_frame(table: Table) -> "pl.DataFrame":
    """Return a frame of polars: days as `Date`, words as `Categorical`. It needs no pyarrow."""
    polars = library("polars", "polars")
    types = {
        Kind.DAY: polars.Date,
        Kind.INSTANT: polars.Datetime("us", "UTC"),
        Kind.WORD: polars.Categorical,
        Kind.TEXT: polars.String,
        Kind.COUNT: polars.Int64,
        Kind.NUMBER: polars.Float64,
        Kind.FLAG: polars.Boolean,
    }
    schema = {column.name: types[column.kind] for column in table.columns}
    frame: pl.DataFrame = polars.DataFrame(
        [polars.Series(name, table.values[name], dtype=kind, strict=True) for name, kind in schema.items()]
    )
    return frame


def arrow_table(table: Table) -> "ArrowTable":
    """Return a table of Arrow (arro3), which pyarrow, polars, DuckDB and others take as it is."""
    arro3 = library("arro3.core", "arrow")
    made: ArrowTable = arro3.Table.from_pydict(
        {column.name: _arrow_column(arro3, column.kind, table.values[column.name]) for column in table.columns}
    )
    return made


def _arrow_column(arro3: Any, kind: Kind, values: list[Any]) -> Any:
    types = arro3.DataType
    if kind is Kind.DAY:
        days = [None if value is None else (value - _EPOCH).days for value in values]
        return arro3.Array(days, types.int32()).cast(types.date32())
    if kind is Kind.INSTANT:
        micros = [
            None if value is None else (value - _EPOCH_INSTANT) // timedelta(microseconds=1) for value in values
        ]
        return arro3.Array(micros, types.int64()).cast(types.timestamp("us", tz="UTC"))
    if kind is Kind.WORD:
        return arro3.Array(values, types.string()).cast(types.dictionary(types.int32(), types.string()))
    plain = {
        Kind.TEXT: types.string(),
        Kind.COUNT: types.int64(),
        Kind.NUMBER: types.float64(),
        Kind.FLAG: types.bool(),
    }
    return arro3.Array(values, plain[kind])


def library(name: str, extra: str) -> Any:
    """Return a library that an extra brings. Raises `MissingExtraError`, which says how to install it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(f"{name} is not installed: pip install 'detente-client[{extra}]'") from error
