"""Tables as Apache Arrow: arrays of typed columns, the IPC stream and Parquet.

Dates are `date32`, instants `timestamp(us, UTC)`, codes are dictionaries, lists are lists and objects structs.
What has no type of its own is JSON in a text.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from itertools import accumulate
from typing import IO, Any, Final

import numpy as np
from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema, list_array, struct_array
from arro3.io import write_ipc_stream, write_parquet
from pydantic_core import to_json

from api.http.formats.columns import Column, ColumnType, ColumnValues, ListOf, Scalar, Struct
from projections.arrays import Numbers, Recurring
from projections.times import to_day, to_micros

ROW_GROUP: Final = 128 * 1024  #: rows of a group of Parquet
_ABOUT: Final = "detente"  # the key of the metadata that say what a table is an answer to

_CODE: Final = DataType.dictionary(DataType.int32(), DataType.utf8())
_TYPES: Final[Mapping[Scalar, DataType]] = {
    Scalar.TEXT: DataType.utf8(),
    Scalar.CODE: _CODE,
    Scalar.BOOLEAN: DataType.bool(),
    Scalar.INTEGER: DataType.int64(),
    Scalar.NUMBER: DataType.float64(),
    Scalar.DATE: DataType.date32(),
    Scalar.INSTANT: DataType.timestamp("us", tz="UTC"),
    Scalar.JSON: DataType.utf8(),
}


def arrow_type(type_: ColumnType) -> DataType:
    """Return the Arrow type of a column's values."""
    if isinstance(type_, Scalar):
        return _TYPES[type_]
    if isinstance(type_, ListOf):
        return DataType.list(Field("item", arrow_type(type_.of)))
    return DataType.struct(_fields(type_.fields))


def _fields(columns: Iterable[Column]) -> list[Field]:
    return [Field(column.name, arrow_type(column.type), metadata=_said_of(column)) for column in columns]


def _said_of(column: Column) -> dict[str, str]:
    said = {"description": column.description, "unit": column.unit or ""}
    return {name: text for name, text in said.items() if text}


def table_schema(columns: Sequence[Column], about: Mapping[str, Any]) -> Schema:
    """Return the schema of a table; its metadata say what it is an answer to."""
    return Schema(_fields(columns), metadata={_ABOUT: to_json(about).decode()})


def array_of(type_: ColumnType, values: Sequence[Any]) -> Array:
    """Return some values of a column, None where there is none."""
    if isinstance(values, Recurring):
        return array_of(type_, values.of).take(Array.from_numpy(values.at))
    if isinstance(values, Numbers) and isinstance(type_, Scalar):
        return _numbers(type_, values)
    if isinstance(type_, ListOf):
        return _lists(type_, values)
    if isinstance(type_, Struct):
        arrays = [array_of(f.type, [None if v is None else f.get(v) for v in values]) for f in type_.fields]
        return struct_array(arrays, fields=_fields(type_.fields), mask=_nulls(values))
    return _ARRAYS[type_](values)


def _numbers(type_: Scalar, values: Numbers) -> Array:
    array = Array.from_numpy(np.ascontiguousarray(values.values))
    array = (array.cast(DataType.int32()) if type_ is Scalar.DATE else array).cast(_TYPES[type_])
    if values.missing is None or not values.missing.any():
        return array
    places = np.where(values.missing, np.nan, np.arange(len(values)))  # the cast of NaN is null
    return array.take(Array.from_numpy(places).cast(DataType.int64()))


def _lists(type_: ListOf, values: Sequence[Any]) -> Array:
    lists = [() if v is None else list(v.items()) if isinstance(v, dict) else v for v in values]
    offsets = Array([0, *accumulate(map(len, lists))], type=DataType.int32())
    items = array_of(type_.of, [item for of_one in lists for item in of_one])
    return list_array(offsets, items, type=arrow_type(type_), mask=_nulls(values))


def _nulls(values: Sequence[Any]) -> Array | None:
    if None not in values:
        return None
    return Array([value is None for value in values], type=DataType.bool())


def _texts(values: Sequence[Any]) -> Array:
    try:
        return Array(values, type=DataType.utf8())
    except (UnicodeError, TypeError, ValueError):  # a lone surrogate, or what is no text
        return Array([_text(value) for value in values], type=DataType.utf8())


def _text(value: Any) -> str | None:
    """Return a text as UTF-8 can hold it."""
    if value is None:
        return None
    text = value.value if isinstance(value, Enum) else str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _codes(values: Sequence[Any]) -> Array:
    return _texts(values).cast(_CODE)


def _dates(values: Sequence[Any]) -> Array:
    days = [to_day(value) if isinstance(value, date) else value for value in values]
    return Array(days, type=DataType.int32()).cast(DataType.date32())


def _instants(values: Sequence[Any]) -> Array:
    micros = [to_micros(value) if isinstance(value, datetime) else value for value in values]
    return Array(micros, type=DataType.int64()).cast(_TYPES[Scalar.INSTANT])


def _json_texts(values: Sequence[Any]) -> Array:
    texts = [None if v is None else json.dumps(json.loads(to_json(v)), ensure_ascii=False) for v in values]
    return Array(texts, type=DataType.utf8())


def _plain(type_: Scalar) -> Callable[[Sequence[Any]], Array]:
    return lambda values: Array(values, type=_TYPES[type_])


_ARRAYS: Final[Mapping[Scalar, Callable[[Sequence[Any]], Array]]] = {
    Scalar.TEXT: _texts,
    Scalar.CODE: _codes,
    Scalar.BOOLEAN: _plain(Scalar.BOOLEAN),
    Scalar.INTEGER: _plain(Scalar.INTEGER),
    Scalar.NUMBER: _plain(Scalar.NUMBER),
    Scalar.DATE: _dates,
    Scalar.INSTANT: _instants,
    Scalar.JSON: _json_texts,
}


def record_batch(columns: Sequence[Column], schema: Schema, items: Sequence[Any]) -> RecordBatch:
    """Return some items as a batch: models, or values by column."""
    values: Iterable[Sequence[Any]]
    if isinstance(items, ColumnValues):
        values = items.values
    else:
        values = ([column.get(item) for item in items] for column in columns)
    arrays = [array_of(column.type, of_one) for column, of_one in zip(columns, values, strict=True)]
    return RecordBatch.from_arrays(arrays, schema=schema)


class _Batches:
    """The batches of a table, made when they are asked for. What goes wrong meanwhile is kept as it was."""

    def __init__(self, columns: Sequence[Column], schema: Schema, pieces: Iterable[Sequence[Any]]) -> None:
        self._columns = columns
        self._pieces = pieces
        self._schema = schema
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[RecordBatch]:
        try:
            for items in self._pieces:
                if items:
                    yield record_batch(self._columns, self._schema, items)
        except BaseException as error:
            self.error = error
            raise


def _write(
    columns: Sequence[Column],
    about: Mapping[str, Any],
    pieces: Iterable[Sequence[Any]],
    write: Callable[[RecordBatchReader], None],
) -> None:
    schema = table_schema(columns, about)
    batches = _Batches(columns, schema, pieces)
    try:
        write(RecordBatchReader.from_batches(schema, iter(batches)))
    except BaseException as error:
        if batches.error is not None:  # and not what a library of another language makes of it
            raise batches.error from error
        raise


def write_arrow(
    columns: Sequence[Column],
    about: Mapping[str, Any],
    pieces: Iterable[Sequence[Any]],
    file: IO[bytes],
    compression: str | None = None,
) -> None:
    """Write a table as an Arrow IPC stream; `compression` is that of its buffers: None, zstd or lz4."""
    packed: Any = compression
    _write(columns, about, pieces, lambda reader: write_ipc_stream(reader, file, compression=packed))


def write_parquet_table(
    columns: Sequence[Column],
    about: Mapping[str, Any],
    pieces: Iterable[Sequence[Any]],
    file: IO[bytes],
    compression: str | None = "zstd",
) -> None:
    """Write a table as Parquet; `compression` is None, zstd or lz4."""
    packed: Any = {None: "uncompressed", "lz4": "lz4_raw", "zstd": "zstd(1)"}.get(compression, compression)
    said = {_ABOUT: to_json(about).decode()}

    def write(reader: RecordBatchReader) -> None:
        write_parquet(reader, file, compression=packed, key_value_metadata=said, max_row_group_size=ROW_GROUP)

    _write(columns, about, pieces, write)
