"""How the log is written on PostgreSQL: as the library does, but without a pipeline.

The library sends a transaction through psycopg's pipeline mode. With some hundred kilobytes of events in one
statement, client and server were seen waiting for each other for ever there (eventsourcing 9.5.6, psycopg 3.3.9):
each statement is sent and answered by itself here.

And it does not try as long: the library asks ten times, each time waiting for a connection, so that a
database that is away for a moment was felt as requests of two minutes. What fails is tried once more, which
mends a connection that broke; then the caller is told.
"""

from collections.abc import Sequence
from inspect import unwrap
from typing import Any

from eventsourcing.persistence import InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.utils import retry

_twice = retry((InterfaceError, OperationalError), max_attempts=2, wait=0.2)


class PlainPostgresRecorder(PostgresApplicationRecorder):
    """The library's recorder, its events inserted by one statement after the other; all it does is tried twice."""

    select_events = _twice(unwrap(PostgresApplicationRecorder.select_events))
    select_notifications = _twice(unwrap(PostgresApplicationRecorder.select_notifications))
    max_notification_id = _twice(unwrap(PostgresApplicationRecorder.max_notification_id))

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
