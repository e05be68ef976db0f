"""Which version an aggregate had at a position of the log, in one statement on either database."""

from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, InterfaceError, OperationalError
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder
from eventsourcing.utils import retry


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
