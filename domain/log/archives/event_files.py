"""The Parquet files of an archive: stored events in columns, as they are in the log, and undecoded.

`state` has all bytes of a stored event's state. `recorded` is what that says of its record time.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final, cast
from uuid import UUID

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import read_parquet, write_parquet
from eventsourcing.persistence import Notification

from domain.log.recorders.notifications import notifications_of
from domain.log.recorders.record_time import instant_of

BATCH: Final = 8192  #: events that are in memory at once, or those of one command if it has more
ROW_GROUP: Final = 64 * 1024  #: events
_PAGE_BYTES: Final = 4 * 1024 * 1024  # a larger page packs better
_TOPIC: Final = DataType.dictionary(DataType.int32(), DataType.utf8())
SCHEMA: Final = Schema(
    [
        Field("position", DataType.int64(), nullable=False),
        Field("originator_id", DataType.binary(16), nullable=False),
        Field("originator_version", DataType.int64(), nullable=False),
        Field("topic", _TOPIC, nullable=False),
        Field("recorded", DataType.timestamp("us", tz="UTC"), nullable=True),
        Field("state", DataType.binary(), nullable=False),
    ]
)
_PANIC: Final = "PanicException"  # of Rust: no `Exception`, and of a module that cannot be imported
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class NotEvents(Exception):
    """A Parquet file is damaged, or does not hold stored events in order."""


def write_event_file(file: Path, pages: Iterable[Sequence[Notification]]) -> None:
    """Write pages of stored events, in order, as a Parquet file. Raises `OSError`, and what reading them does."""
    failed: list[Exception] = []

    def batches() -> Iterator[RecordBatch]:
        try:
            for page in pages:
                yield _batch_of(page)
        except Exception as error:
            failed.append(error)
            raise

    encodings: Any = {"position": "delta_binary_packed", "originator_version": "delta_binary_packed"}
    encodings |= {"recorded": "delta_binary_packed", "state": "delta_byte_array"}
    try:
        write_parquet_file(
            file,
            RecordBatchReader.from_batches(SCHEMA, batches()),
            compression="zstd(6)",
            column_encoding=encodings,
            column_dictionary_enabled=dict.fromkeys(encodings, False),
            max_row_group_size=ROW_GROUP,
            data_page_size_limit=_PAGE_BYTES,
            data_page_row_count_limit=ROW_GROUP,
            dictionary_page_size_limit=_PAGE_BYTES,
        )
    except Exception as error:
        if failed:  # and not what a library of another language makes of it
            raise failed[0] from error
        raise


def write_parquet_file(file: Path, batches: RecordBatchReader, **options: Any) -> None:
    """Write batches as a Parquet file. Raises `OSError`, and what making the batches does."""
    with file.open("wb", buffering=0) as opened:
        target = _ParquetOutput(opened)
        wanted = RecordBatchReader.from_batches(batches.schema, _until_it_fails(batches, target))
        write_parquet(wanted, cast(IO[bytes], target), **options)
    if target.error is not None:
        raise target.error


def _until_it_fails(batches: Iterable[RecordBatch], target: "_ParquetOutput") -> Iterator[RecordBatch]:
    for batch in batches:
        if target.error is not None:
            return
        yield batch


class _ParquetOutput(io.RawIOBase):
    """A file whose first error is kept: the library would end the thread on it."""

    def __init__(self, file: io.RawIOBase) -> None:
        super().__init__()
        self._file = file
        self.error: OSError | None = None

    def writable(self) -> bool:
        """Return whether it can be written to: yes."""
        return True

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Go nowhere: it is written from its begin to its end."""
        raise io.UnsupportedOperation("seek")

    def write(self, content: Any) -> int:
        """Write all of it, or do as if: a disk that becomes full takes a part first, and says so at the next."""
        left = memoryview(content)
        try:
            while self.error is None and left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self.error = error
        return len(content)

    def flush(self) -> None:
        """Write what waits, or do as if."""
        if self.error is None:
            try:
                self._file.flush()
            except OSError as error:
                self.error = error


def read_event_file(file: Path) -> Iterator[list[Notification]]:
    """Yield the stored events of a file, in order, in batches. Raises `NotEvents`.

    There are bytes at which the library ends the process: `trial_reading` has another one try it first.
    """
    try:
        reader = read_parquet(file, batch_size=BATCH)
        if _fields_of(reader.schema) != _FIELDS:
            raise NotEvents(f"its columns are not {', '.join(name for name, *_ in _FIELDS)}")
        for batch in reader:
            columns = [batch.column(name).to_pylist() for name in _STORED]
            yield list(notifications_of(zip(*columns, strict=True), _uuid_of))
    except NotEvents:
        raise
    except BaseException as error:  # whatever the library makes of bytes that are no Parquet
        if isinstance(error, Exception) or type(error).__name__ == _PANIC:
            raise NotEvents(f"it is no such Parquet file ({error})") from error
        raise


def _batch_of(page: Sequence[Notification]) -> RecordBatch:
    positions, ids, versions, topics, states = zip(
        *((one.id, _bytes_of(one), one.originator_version, one.topic, one.state) for one in page),
        strict=True,
    )
    recorded = [_micros(state) for state in states]
    columns = [
        Array(positions, type=DataType.int64()),
        Array(ids, type=DataType.binary(16)),
        Array(versions, type=DataType.int64()),
        Array(topics, type=DataType.utf8()).cast(_TOPIC),
        Array(recorded, type=DataType.int64()).cast(SCHEMA.field("recorded").type),
        Array(states, type=DataType.binary()),
    ]
    return RecordBatch.from_arrays(columns, schema=SCHEMA)


def _fields_of(schema: Schema) -> list[tuple[str, DataType, bool]]:
    return [(name, schema.field(name).type, schema.field(name).nullable) for name in schema.names]


def _micros(state: bytes) -> int | None:
    instant = instant_of(state)
    return None if instant is None else (instant - _EPOCH) // _MICROSECOND


def _bytes_of(event: Notification) -> bytes:
    assert isinstance(event.originator_id, UUID)
    return event.originator_id.bytes


def _uuid_of(value: bytes) -> UUID:
    return UUID(bytes=value)


_STORED: Final = ("position", "originator_id", "originator_version", "topic", "state")
_FIELDS: Final = _fields_of(SCHEMA)
