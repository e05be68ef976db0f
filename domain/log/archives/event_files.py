"""The Parquet files of an archive: stored events in columns, as they are in the log, and undecoded.

`state` has all bytes of a stored event's state. `recorded` is what that says of its record time.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from eventsourcing.persistence import Notification

from domain.log.archives.parquet_files import UnfitParquet, read_parquet_file, write_parquet_file
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
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class NotEvents(UnfitParquet):
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


def read_event_file(file: Path) -> Iterator[list[Notification]]:
    """Yield the stored events of a file, in order, in batches. Raises `NotEvents`.

    There are bytes at which the library ends the process: `trial_reading` has another one try it first.
    """
    try:
        for batch in read_parquet_file(file, SCHEMA, BATCH):
            columns = [batch.column(name).to_pylist() for name in _STORED]
            yield list(notifications_of(zip(*columns, strict=True), _uuid_of))
    except UnfitParquet as error:
        raise NotEvents(str(error)) from error


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


def _micros(state: bytes) -> int | None:
    instant = instant_of(state)
    return None if instant is None else (instant - _EPOCH) // _MICROSECOND


def _bytes_of(event: Notification) -> bytes:
    assert isinstance(event.originator_id, UUID)
    return event.originator_id.bytes


def _uuid_of(value: bytes) -> UUID:
    return UUID(bytes=value)


_STORED: Final = ("position", "originator_id", "originator_version", "topic", "state")
