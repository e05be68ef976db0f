"""Rows of tables as batches of Arrow, in columns of the tables' own names and types."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from arro3.core import Array, DataType, Field, RecordBatch, Schema
from sqlalchemy import BigInteger, Boolean, Double, Integer, SmallInteger, Table, Text
from sqlalchemy.types import String, TypeEngine

from projections.storage import tables
from projections.storage.bulk_rows import Row
from projections.storage.history.build_manifest import INCIDENT_COLUMNS, INCIDENT_STRETCHES

ROWS: Final = 8192  #: of a batch, at most

#: The tables that a build of history has: all that the log gives, but for what is kept only to be quick.
BUILT: Final[tuple[Table, ...]] = (
    tables.actors,
    tables.articles,
    tables.former_headers,
    tables.redactions,
    tables.reported_events,
    tables.agreement_developments,
    tables.agreement_parties,
    tables.parked,
    tables.publisher_aliases,
    tables.publisher_names,
    tables.evidence,
    tables.incidents,
    tables.relations,
    tables.daily_levels,
    tables.pair_publishers,
    tables.state_runs,
    tables.actor_clashes,
)
#: And the names of all that it has: tables, and incidents as columns.
NAMES_BUILT: Final = (*(table.name for table in BUILT), INCIDENT_COLUMNS, INCIDENT_STRETCHES)
_TYPES: Final[Sequence[tuple[type[TypeEngine[Any]], DataType]]] = (
    (Boolean, DataType.bool()),
    (BigInteger, DataType.int64()),
    (SmallInteger, DataType.int16()),
    (Integer, DataType.int32()),
    (Double, DataType.float64()),
    (Text, DataType.utf8()),
    (String, DataType.utf8()),
)


class TableBatch(NamedTuple):
    """Some rows of a table, by its name."""

    table: str
    batch: RecordBatch


def table_schema_of(table: Table) -> Schema:
    """Return the columns of a table, in its order."""
    return Schema(table_fields(table))


def table_fields(table: Table) -> list[Field]:
    """Return the fields of a table's columns, in its order."""
    return [Field(column.name, _arrow_type(column.type), nullable=True) for column in table.columns]


def batches_of(table: Table, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[TableBatch]:
    """Yield rows of some columns, which are all that a table has, in its order."""
    yield from batches_of_schema(table.name, table_schema_of(table), columns, rows)


def batches_of_schema(
    name: str, schema: Schema, columns: Sequence[str], rows: Iterable[Row]
) -> Iterator[TableBatch]:
    """Yield rows of some columns as batches of a schema that has the same ones."""
    if sorted(columns) != sorted(schema.names):
        raise ValueError(f"{name} has the columns {schema.names}, and not {list(columns)}")
    places = [columns.index(name) for name in schema.names]
    types = [schema.field(name).type for name in schema.names]
    whole = list(rows)
    for first in range(0, len(whole), ROWS):
        values = list(zip(*whole[first : first + ROWS], strict=True))
        arrays = [Array(values[place], type=type_) for place, type_ in zip(places, types, strict=True)]
        yield TableBatch(name, RecordBatch.from_arrays(arrays, schema=schema))


def _arrow_type(type_: TypeEngine[Any]) -> DataType:
    return next(arrow for mapped, arrow in _TYPES if isinstance(type_, mapped))
