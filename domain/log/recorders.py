"""What the recorders of the library lack: PostgreSQL without a pipeline, opened by many; where an aggregate stood.

The library sends a transaction through psycopg's pipeline mode. With some hundred kilobytes of events in one
statement, client and server were seen waiting for each other for ever there (eventsourcing 9.5.6, psycopg 3.3.9):
each statement is sent and answered by itself here.

And it does not try as long: the library asks ten times, each time waiting for a connection, so that a
database that is away for a moment was felt as requests of two minutes. What fails is tried once more, which
mends a connection that broke; then the caller is told.
"""

from collections.abc import Sequence
from inspect import unwrap
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder
from eventsourcing.utils import retry

_MAKING: Final = 0x6465_7465_0002  # key of the advisory lock that is held while the log's tables are made
_twice = retry((InterfaceError, OperationalError), max_attempts=2, wait=0.2)


class PlainPostgresRecorder(PostgresApplicationRecorder):
    """The library's recorder, its events inserted by one statement after the other; all it does is tried twice."""

    select_events = _twice(unwrap(PostgresApplicationRecorder.select_events))
    select_notifications = _twice(unwrap(PostgresApplicationRecorder.select_notifications))
    max_notification_id = _twice(unwrap(PostgresApplicationRecorder.max_notification_id))

    def create_table(self) -> None:
        """Make what is not there yet, one process at a time: two at once would fail each other.

        The lock is that of a transaction which does nothing else, since the library makes several.
        """
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKING])
            super().create_table()

    @_twice
    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Insert events in one transaction; return their positions.

        The table is locked against other writers, so that positions become visible in their order.
        """
        if not stored_events:
            return None
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_events(cursor, stored_events, **kwargs)
            self._insert_stored_events(cursor, stored_events, **kwargs)
            return self._fetch_ids_after_insert_events(cursor, stored_events, **kwargs)


def version_at(recorder: ApplicationRecorder, aggregate: UUID, position: int) -> int:
    """Return the version that an aggregate had at a position of the log, 0 if it was not there yet."""
    if isinstance(recorder, SQLiteApplicationRecorder):
        newest = recorder.select_events_statement + "AND rowid<=? ORDER BY originator_version DESC LIMIT 1"
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(newest, [aggregate.hex, position])
            row = cursor.fetchone()
            return int(row["originator_version"]) if row else 0
    assert isinstance(recorder, PostgresApplicationRecorder)
    return int(_version_at(recorder, aggregate, position))


@retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
def _version_at(recorder: PostgresApplicationRecorder, aggregate: UUID, position: int) -> int:
    of_aggregate = recorder.select_events_statement.as_string()
    newest = of_aggregate + " AND notification_id <= %s ORDER BY originator_version DESC LIMIT 1"
    with recorder.datastore.get_connection() as connection, connection.cursor() as cursor:
        row = cursor.execute(newest, (aggregate, position)).fetchone()
        return int(row["originator_version"]) if row else 0
