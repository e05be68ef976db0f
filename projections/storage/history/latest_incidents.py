"""The incidents of a build as an export has them, the latest first, with others in the place of some."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from arro3.core import RecordBatch, RecordBatchReader, Table

from projections.pairs import Pair
from projections.storage.columns.apply_changes import DoNotMatch
from projections.storage.history.built_incidents import UnusableFiles
from projections.storage.history.incident_choice import IncidentChoice
from projections.storage.history.parquet_reading import reading_parquet
from projections.storage.history.replaced_incidents import Replaced, view_every

ROWS: Final = 20_000  #: of each batch but the last
#: The columns by which incidents are chosen, counted and sorted, whatever is asked for.
NEEDED: Final = ("a", "b", "day", "id", "type")
#: Several exports may be made at once; what does not fit is sorted in files.
_LITTLE_MEMORY: Final = "SET memory_limit = '512MB'; SET threads = 2"
_NEVER_NULL: Final = frozenset({"id", "a", "b", "day", "direction", "material", "publishers", "reports", "weight"})
_COUNTED: Final = "SELECT a, b, count(*) FROM every GROUP BY a, b"


class LatestIncidents(NamedTuple):
    """Columns of incidents in order, a batch at a time, and the position of the history that they come from."""

    batches: Iterator[RecordBatch]
    history: int


class AskedColumns(NamedTuple):
    """The names of the columns that are asked for, and of which incidents."""

    names: Sequence[str]
    choice: IncidentChoice


def read_latest_incidents(
    files: Sequence[Path], replaced: Replaced, asked: AskedColumns, numbers: Mapping[Pair, int]
) -> Iterator[RecordBatch]:
    """Yield columns of incidents, the latest first and those of a day by the bytes of their ids.

    When this returns all files have been read, and what is wrong with them was raised: `UnusableFiles`, one of
    `PARQUET_ERRORS`, or `DoNotMatch` where a pair has not as many incidents as `numbers` says.
    """
    batches = _batches(files, replaced, asked, numbers)
    return chain(list(islice(batches, 1)), batches)


def _batches(
    files: Sequence[Path], replaced: Replaced, asked: AskedColumns, numbers: Mapping[Pair, int]
) -> Iterator[RecordBatch]:
    conditions, values = _conditions(asked.choice)
    chosen = f"SELECT {', '.join(asked.names)} FROM every WHERE {conditions} ORDER BY day DESC, id"  # noqa: S608
    with reading_parquet(**replaced.tables()) as connection:
        connection.execute(_LITTLE_MEMORY)
        view_every(connection, files, replaced)
        if {(a, b): number for a, b, number in connection.execute(_COUNTED).fetchall()} != numbers:
            raise DoNotMatch("there are other incidents than the relations say")
        found = RecordBatchReader.from_arrow(connection.sql(chosen, params=values))
        yield from _in_equal_batches(map(_checked, _read(found)))


def _read(reader: RecordBatchReader) -> Iterator[RecordBatch]:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except Exception as error:  # no other class has what DuckDB raises, once it has come through Arrow
            raise UnusableFiles(" ".join(str(error).split())) from error
        yield batch


def _checked(batch: RecordBatch) -> RecordBatch:
    """Return a batch in which no value is missing that each incident has. Raises `UnusableFiles`."""
    for name in _NEVER_NULL.intersection(batch.schema.names):
        if batch.column(name).null_count:
            raise UnusableFiles(f"an incident has no {name}")
    return batch


def _in_equal_batches(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
    """Yield the rows of batches in their order, `ROWS` at a time, and what is left over at the end."""
    held, rows = list[RecordBatch](), 0
    for batch in batches:
        start = 0
        while rows + batch.num_rows - start >= ROWS:
            held.append(batch.slice(start, ROWS - rows))
            start += ROWS - rows
            yield _one_batch(held)
            held, rows = [], 0
        if start < batch.num_rows:
            held.append(batch.slice(start))
            rows += batch.num_rows - start
    if held:
        yield _one_batch(held)


def _one_batch(batches: Sequence[RecordBatch]) -> RecordBatch:
    if len(batches) == 1:
        return batches[0]
    (whole,) = Table.from_batches(batches).combine_chunks().to_batches()
    return whole


def _conditions(choice: IncidentChoice) -> tuple[str, dict[str, Any]]:
    """Return a condition on incidents, and the values of its parameters."""
    conditions, values = ["day <= $last"], dict[str, Any](last=choice.last)
    for number, actor in enumerate(choice.actors):
        conditions.append(f"(a = $actor_{number} OR b = $actor_{number})")
        values[f"actor_{number}"] = actor
    if choice.types:
        conditions.append("list_contains($types, type)")
        values["types"] = list(choice.types)
    if choice.first is not None:
        conditions.append("day >= $first")
        values["first"] = choice.first
    return " AND ".join(conditions), values
