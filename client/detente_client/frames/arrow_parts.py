"""A table that came as an Arrow stream: the columns of `columns.py`, in pandas too, and without pyarrow."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from detente_client.frames.arrow_memory import NumbersAndMissing, read_numbers
from detente_client.frames.columns import Column, Kind
from detente_client.frames.making import library

if TYPE_CHECKING:
    import arro3.core

_BEGINNING: Final = b"\xff\xff\xff\xff"  # of each message of a stream: no text begins so
_NOT_A_TIME: Final = -(2**63)  # what numpy has where there is no day


def is_arrow(part: bytes) -> bool:
    """Return whether a part of a table is an Arrow stream."""
    return part.startswith(_BEGINNING)


def can_read_arrow() -> bool:
    """Return whether what reads Arrow streams is installed."""
    try:
        import arro3.core
        import arro3.io  # noqa: F401
    except ImportError:
        return False
    return True


def table_of_parts(parts: Sequence[bytes], columns: Sequence[Column]) -> "arro3.core.Table":
    """Return the parts as one table of just these columns; those that a part lacks are empty."""
    core, reader = library("arro3.core", "arrow"), library("arro3.io", "arrow")
    tables = [reader.read_ipc_stream(io.BytesIO(part)).read_all() for part in parts]
    types = _types(core)
    made: dict[str, Any] = {}
    for column in columns:
        chunks = [chunk for table in tables for chunk in _chunks(core, table, column)]
        chunks = chunks or [core.Array([], core.DataType.string())]
        made[column.name] = core.ChunkedArray([chunk.cast(types[column.kind]) for chunk in chunks])
    table: arro3.core.Table = core.Table.from_pydict(made)
    return table


def _types(core: Any) -> dict[Kind, Any]:
    types = core.DataType
    return {
        Kind.TEXT: types.string(),
        Kind.WORD: types.dictionary(types.int32(), types.string()),
        Kind.DAY: types.date32(),
        Kind.INSTANT: types.timestamp("us", tz="UTC"),
        Kind.COUNT: types.int64(),
        Kind.NUMBER: types.float64(),
        Kind.FLAG: types.bool(),
    }


def _chunks(core: Any, table: Any, column: Column) -> list[Any]:
    name = column.name_in_table
    if name not in table.column_names:
        return [core.Array([None] * table.num_rows, core.DataType.string())]
    chunks: list[Any] = table.column(name).chunks
    if column.kind is Kind.TEXT and core.DataType.is_list(table.schema.field(name).type):
        return [_joined(core, chunk, column.path[-1]) for chunk in chunks]
    return chunks


def _joined(core: Any, lists: Any, field: str | int) -> Any:
    """Return the texts of each list joined, or of each list of structs those of one field."""
    offsets = core.list_offsets(lists).to_numpy()
    joined: list[str | None] = [None] * len(lists)
    some = (offsets[1:] > offsets[:-1]).nonzero()[0].tolist()
    if some:
        members = core.list_flatten(lists)
        if core.DataType.is_struct(members.type):
            members = core.struct_field(members, [each.name for each in members.type.fields].index(field))
        texts = members.to_pylist()
        bounds = (offsets - offsets[0]).tolist()
        for at in some:
            joined[at] = "; ".join(texts[bounds[at] : bounds[at + 1]])
    return core.Array(joined, core.DataType.string())


def pandas_column(pandas: Any, kind: Kind, values: "arro3.core.ChunkedArray") -> Any:
    """Return a column as pandas has it."""
    numpy = library("numpy", "pandas")
    core = library("arro3.core", "arrow")
    if kind is Kind.TEXT:
        return pandas.array(values.to_pylist(), dtype="string")
    if kind is Kind.WORD:
        return _categories(pandas, numpy, core, values)
    if kind is Kind.NUMBER:
        numbers, missing = _numbers(numpy, values, "float64")
        numbers[missing] = numpy.nan
        return numbers
    if kind is Kind.COUNT:
        return pandas.arrays.IntegerArray(*_numbers(numpy, values, "int64"))
    if kind is Kind.FLAG:
        bits, missing = _numbers(numpy, values.cast(core.DataType.int8()), "int8")
        return pandas.arrays.BooleanArray(bits != 0, missing)
    if kind is Kind.INSTANT:
        micros, missing = _numbers(numpy, values, "int64")
        micros[missing] = _NOT_A_TIME
        return pandas.Series(micros.view("datetime64[us]")).dt.tz_localize("UTC")
    days, missing = _numbers(numpy, values, "int32")
    whole = numpy.where(missing, _NOT_A_TIME, days.astype("int64"))
    return whole.view("datetime64[D]").astype("datetime64[s]")


def _numbers(numpy: Any, values: "arro3.core.ChunkedArray", kind: str) -> NumbersAndMissing:
    read = [read_numbers(numpy, chunk, kind) for chunk in values.chunks]
    if len(read) == 1:
        return read[0]
    return NumbersAndMissing(*(numpy.concatenate(parts) for parts in zip(*read, strict=True)))


def _categories(pandas: Any, numpy: Any, core: Any, values: "arro3.core.ChunkedArray") -> Any:
    words = [core.dictionary_dictionary(chunk).to_pylist() for chunk in values.chunks]
    places = []
    for chunk in values.chunks:
        numbers, missing = read_numbers(numpy, core.dictionary_indices(chunk), "int32")
        places.append(numpy.where(missing, -1, numbers))
    known = sorted(
        {of[at] for of, chunk in zip(words, places, strict=True) for at in numpy.unique(chunk).tolist() if at >= 0}
    )
    number = {word: at for at, word in enumerate(known)}
    codes = [
        numpy.array([*(number.get(word, -1) for word in of), -1])[chunk]  # the last of them is that of -1
        for of, chunk in zip(words, places, strict=True)
    ]
    categories = pandas.Index(known, dtype="string")
    return pandas.Categorical.from_codes(numpy.concatenate(codes), categories=categories)
