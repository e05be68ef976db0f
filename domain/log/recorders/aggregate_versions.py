"""What the log says of aggregates, in one statement on either database: versions, first events and all events."""

import json
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    InterfaceError,
    Notification,
    OperationalError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder
from eventsourcing.utils import retry
from psycopg.sql import Identifier

from domain.log.recorders.notifications import notifications_of


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


def versions_of(recorder: ApplicationRecorder, aggregates: Sequence[UUID]) -> dict[UUID, int]:
    """Return the version of each of some aggregates that are there: as many events it has."""
    rows = _rows_of(recorder, aggregates, _VERSIONS)
    return {_uuid(row["originator_id"]): int(row["originator_version"]) for row in rows}


def first_events(recorder: ApplicationRecorder, aggregates: Sequence[UUID]) -> list[StoredEvent]:
    """Return the first stored event of each of some aggregates, where there is one."""
    return [_stored(row, _uuid(row["originator_id"])) for row in _rows_of(recorder, aggregates, _FIRST)]


def all_events(recorder: ApplicationRecorder, aggregates: Sequence[UUID]) -> tuple[list[StoredEvent], int]:
    """Return all stored events of some aggregates, those of each together and in order, and where the log was.

    That is the position of its newest event when they were read, 0 if none was found.
    """
    rows = _rows_of(recorder, aggregates, _ALL)
    ids: dict[UUID | str, UUID] = {}  # made once for each aggregate
    stored = []
    for row in rows:
        named = row["originator_id"]
        if (aggregate := ids.get(named)) is None:
            aggregate = ids[named] = _uuid(named)
        stored.append(_stored(row, aggregate))
    return stored, int(rows[0]["head"]) if rows else 0


def events_up_to(recorder: ApplicationRecorder, aggregates: Sequence[UUID], position: int) -> list[Notification]:
    """Return all stored events of some aggregates up to a position, in the order of the log."""
    rows = _rows_of(recorder, aggregates, _ALL)
    found = sorted((row for row in rows if row["position"] <= position), key=itemgetter("position"))
    columns = ("position", "originator_id", "originator_version", "topic")
    return list(notifications_of(((*(row[c] for c in columns), bytes(row["state"])) for row in found), _uuid))


_VERSIONS: Final = (
    "SELECT originator_id, max(originator_version) AS originator_version FROM {table}"
    " WHERE originator_id {wanted} GROUP BY originator_id"
)
_FIRST: Final = "SELECT * FROM {table} WHERE originator_id {wanted} AND originator_version = 1"
_ALL: Final = (
    "SELECT *, {position} AS position, (SELECT max({position}) FROM {table}) AS head FROM {table}"
    " WHERE originator_id {wanted} ORDER BY originator_id, originator_version"
)


def _rows_of(recorder: ApplicationRecorder, aggregates: Sequence[UUID], statement: str) -> Sequence[Any]:
    if isinstance(recorder, SQLiteApplicationRecorder):
        asked = statement.format(
            table=recorder.events_table_name, wanted="IN (SELECT value FROM json_each(?))", position="rowid"
        )
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(asked, [json.dumps([aggregate.hex for aggregate in aggregates])])
            rows: list[Any] = cursor.fetchall()
            return rows
    assert isinstance(recorder, PostgresApplicationRecorder)
    asked = _on_postgres(statement, recorder.datastore.schema, recorder.events_table_name)
    on_postgres: list[Any] = _rows_on_postgres(recorder, asked, aggregates)
    return on_postgres


@lru_cache
def _on_postgres(statement: str, schema: str, table: str) -> str:
    named = Identifier(schema, table).as_string()
    return statement.format(table=named, wanted="= ANY(%s)", position="notification_id")


@retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
def _rows_on_postgres(
    recorder: PostgresApplicationRecorder, statement: str, aggregates: Sequence[UUID]
) -> list[dict[str, Any]]:
    with recorder.datastore.get_connection() as connection, connection.cursor() as cursor:
        rows: list[dict[str, Any]] = cursor.execute(statement.encode(), (list(aggregates),)).fetchall()
        return rows


def _uuid(originator: UUID | str) -> UUID:
    return originator if isinstance(originator, UUID) else UUID(originator)


def _stored(row: Any, aggregate: UUID) -> StoredEvent:
    return StoredEvent(
        originator_id=aggregate,
        originator_version=row["originator_version"],
        topic=row["topic"],
        state=bytes(row["state"]),
    )
