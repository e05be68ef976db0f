"""What the log says of aggregates, in one statement on either database: versions, and first events."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder
from eventsourcing.utils import retry
from psycopg.sql import SQL, Identifier


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


def first_events(recorder: ApplicationRecorder, aggregates: Sequence[UUID]) -> list[StoredEvent]:
    """Return the first stored event of each of some aggregates, where there is one."""
    if isinstance(recorder, SQLiteApplicationRecorder):
        table = recorder.events_table_name
        wanted = json.dumps([aggregate.hex for aggregate in aggregates])
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(_FIRST_ON_SQLITE.format(table=table), [wanted])
            return [_stored(row) for row in cursor.fetchall()]
    assert isinstance(recorder, PostgresApplicationRecorder)
    return [_stored(row) for row in _first_rows(recorder, aggregates)]


_FIRST_ON_SQLITE = (
    "SELECT * FROM {table} WHERE originator_id IN (SELECT value FROM json_each(?)) AND originator_version = 1"
)


@retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
def _first_rows(recorder: PostgresApplicationRecorder, aggregates: Sequence[UUID]) -> list[dict[str, Any]]:
    statement = SQL("SELECT * FROM {}.{} WHERE originator_id = ANY(%s) AND originator_version = 1").format(
        Identifier(recorder.datastore.schema), Identifier(recorder.events_table_name)
    )
    with recorder.datastore.get_connection() as connection, connection.cursor() as cursor:
        return cursor.execute(statement, (list(aggregates),)).fetchall()


def _stored(row: Any) -> StoredEvent:
    originator = row["originator_id"]
    return StoredEvent(
        originator_id=originator if isinstance(originator, UUID) else UUID(originator),
        originator_version=row["originator_version"],
        topic=row["topic"],
        state=bytes(row["state"]),
    )
