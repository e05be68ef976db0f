"""Backups from and to PostgreSQL: the log's rows, read in one snapshot, written in one transaction."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from domain.log.application import Detente
from domain.log.backups.backup_checksums import EventRow
from domain.log.backups.backup_file import (
    COLUMNS,
    ROWS,
    WAY_OUT,
    Backup,
    BackupRefused,
    StepProgress,
    count_events,
    new_log,
    open_backup,
    read_events,
    write_backup_rows,
)
from domain.log.backups.lost_redactions import notes_on_lost, redactions_in_table
from domain.log.database_url import connect, log_environment
from domain.log.servers.standby import read_standby

_LOOKS: Final = 10  # for other connections that are about to close, 0.2 seconds apart
_IN_COLUMNS: Final = sql.SQL(", ").join(map(sql.Identifier, ("notification_id", *COLUMNS)))


def _table(database_url: str) -> sql.Identifier:
    """Return the name of the log's table, having made it where there is none, but for a standby."""
    makes_tables = not read_standby(database_url).is_standby
    with Detente(log_environment(database_url, makes_tables=makes_tables)) as log:
        recorder: Any = log.recorder
        return sql.Identifier(recorder.datastore.schema, recorder.events_table_name)


def back_up_rows(database_url: str, target: Path, progress: StepProgress) -> Backup:
    """Write the log, as one snapshot sees it, to a backup."""
    table = _table(database_url)
    with connect(database_url) as reading, closing(new_log(target)) as writing:
        reading.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reading.read_only = True
        total = _one(reading, sql.SQL("SELECT COUNT(*) FROM {}").format(table))
        return write_backup_rows(writing, _read_rows(reading, table), total, progress)


def _read_rows(connection: psycopg.Connection[Any], table: sql.Identifier) -> Iterator[EventRow]:
    with connection.cursor("backup") as rows:
        rows.itersize = ROWS
        rows.execute(sql.SQL("SELECT {} FROM {} ORDER BY notification_id").format(_IN_COLUMNS, table))
        for position, uuid, version, topic, state in rows:
            yield position, uuid.hex, version, topic, bytes(state)


def refuse_rows_in_use(database_url: str, *, force: bool, way_out: str = WAY_OUT) -> None:
    """Raise `BackupRefused` for a log that others are connected to, and but for `force` for one that has rows."""
    _refuse_database_in_use(database_url)
    table = _table(database_url)
    with connect(database_url) as connection:
        if not force and _one(connection, sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)):
            raise BackupRefused(f"the log is not empty: what is in it would be lost. {way_out}")


def restore_rows(database_url: str, source: Path, progress: StepProgress) -> tuple[str, ...]:
    """Make the log what a backup holds, in one transaction. Returns notes on what that brings back."""
    table = _table(database_url)
    with closing(open_backup(source)) as backup, connect(database_url) as connection:
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(table))
        notes = notes_on_lost(redactions_in_table(connection, table), backup)
        connection.execute(sql.SQL("TRUNCATE {}").format(table))
        _fill(connection, table, read_events(backup, source), count_events(backup), progress)
    return notes


def write_log_rows(database_url: str, rows: Iterator[EventRow], held: Backup, progress: StepProgress) -> None:
    """Fill an empty log with some domain events, in one transaction. Raises `BackupRefused` if it is not empty."""
    table = _table(database_url)
    with connect(database_url) as connection:
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(table))
        if _one(connection, sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)):
            raise BackupRefused("the log is not empty: an archive goes into an empty one only")
        _fill(connection, table, rows, held, progress)


def _fill(
    connection: psycopg.Connection[Any],
    table: sql.Identifier,
    rows: Iterator[EventRow],
    held: Backup,
    progress: StepProgress,
) -> None:
    _insert_rows(connection, rows, table, partial(progress, "Restoring"), held.events)
    sequence = _one(connection, "SELECT pg_get_serial_sequence(%s, %s)", table.as_string(), "notification_id")
    connection.execute("SELECT setval(%s, %s, %s)", (sequence, max(held.position, 1), held.position > 0))


def _insert_rows(
    connection: psycopg.Connection[Any],
    rows: Iterator[EventRow],
    table: sql.Identifier,
    progress: Callable[[int, int], None],
    total: int,
) -> None:
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(table, _IN_COLUMNS)
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        for number, (position, originator_id, version, topic, state) in enumerate(rows, start=1):
            copy.write_row((position, UUID(hex=originator_id), version, topic, state))
            if number % ROWS == 0 or number == total:
                progress(number, total)


def _refuse_database_in_use(database_url: str) -> None:
    """Refuse a database to which others are connected as the same user, as a service or a worker would be."""
    query = (
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with connect(database_url, autocommit=True) as connection:
        for _ in range(_LOOKS):
            others = _one(connection, query)
            if not others:
                return
            connection.execute("SELECT pg_sleep(0.2)")
    raise BackupRefused(f"the database is in use by {others} connections: stop the service and its workers first")


def _one(connection: psycopg.Connection[Any], query: Any, *parameters: Any) -> Any:
    """Return the one value that a query answers with."""
    row = connection.execute(query, parameters).fetchone()
    return row[0] if row else None
