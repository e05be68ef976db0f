"""How the log is written on PostgreSQL: as the library does, but without a pipeline.

The library sends a transaction through psycopg's pipeline mode. With some hundred kilobytes of events in one
statement, client and server were seen waiting for each other for ever there (eventsourcing 9.5.6, psycopg 3.3.9):
each statement is sent and answered by itself here.
"""

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.utils import retry


class PlainPostgresRecorder(PostgresApplicationRecorder):
    """The library's recorder, its events inserted by one statement after the other."""

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
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
