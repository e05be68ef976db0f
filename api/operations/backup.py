"""Backups of the log: one portable file, taken while others write, that goes back into either database.

A backup is the log as SQLite holds it: the table `stored_events`, a row's `rowid` its position. The rows of an
SQLite log must keep their rowids, so its file is copied page by page; `VACUUM`, which may number rows anew, would
move positions. From PostgreSQL the rows are read in one snapshot. Projections are not in a backup: they are made
anew.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from eventsourcing.persistence import JSONTranscoder, PersistenceError, StoredEvent
from psycopg import sql

from domain.events import EVENT_CLASSES
from domain.log.application import Detente
from domain.log.database_url import log_environment
from domain.log.mapper import EventMapper
from projections.storage.store import Store

Progress = Callable[[str, int, int], None]  #: told what is being done, how much is done, and of how much

_TABLE: Final = "stored_events"
_COLUMNS: Final = ("originator_id", "originator_version", "topic", "state")
_PAGES: Final = 1000  # of 4 KiB, copied between two looks at the progress
_ROWS: Final = 5000
_LOCK_SECONDS: Final = 60
_PRIVATE: Final = 0o600
_AS_ANY_FILE: Final = 0o666  # less what the umask takes
_LOOKS: Final = 10  # for other connections that are about to close, 0.2 seconds apart


class BackupRefused(Exception):
    """Why a log is not backed up, or a backup not restored. Nothing was changed."""


class Backup(NamedTuple):
    """What a backup holds: domain events, and the position of the newest."""

    events: int
    position: int


def write_backup(database_url: str, target: Path, progress: Progress, *, force: bool = False) -> Backup:
    """Write the log of a database to a file, as it stands at one moment; others may go on writing to it.

    The file appears once it is complete and on disk. Raises `BackupRefused`, also where there is a file already,
    unless `force`.
    """
    _refuse_to_overwrite(target, force=force)
    with _complete_or_not_at_all(target, _PRIVATE) as unfinished:
        if (source := _sqlite_file(database_url)) is not None:
            _copy_file(source, unfinished, progress)
        else:
            _copy_rows_from_postgresql(database_url, unfinished, progress)
        with closing(_open_backup(unfinished)) as copy:
            written = _count(copy)
        _refuse_to_overwrite(target, force=force)
    return written


def check_backup(source: Path, progress: Progress) -> Backup:
    """Return what a backup holds, having read all of it. Raises `BackupRefused` where it could not be restored."""
    with closing(_open_backup(source)) as connection:
        found = _count(connection)
        broken = connection.execute(
            f"SELECT originator_id FROM {_TABLE} GROUP BY originator_id"  # noqa: S608  # a constant
            " HAVING COUNT(*) <> MAX(originator_version) OR MIN(originator_version) <> 1"
        ).fetchone()
        if broken:
            raise BackupRefused(f"{source}: of {broken[0]} there are not all domain events")
        mapper = EventMapper(JSONTranscoder())
        for number, (position, *stored) in enumerate(_rows(connection), start=1):
            try:
                mapper.to_domain_event(_stored_event(*stored))
            except (PersistenceError, TypeError, ValueError) as error:
                raise BackupRefused(f"{source}: position {position} cannot be read: {error}") from error
            if number % _ROWS == 0 or number == found.events:
                progress("Checking", number, found.events)
    return found


def restore_backup(database_url: str, source: Path, progress: Progress, *, force: bool = False) -> Backup:
    """Make the log of a database what a backup holds, and empty its projections.

    The backup is checked first. Raises `BackupRefused` where it is not whole, where the log is not empty and not
    `force`, and where others have the database open.
    """
    found = check_backup(source, progress)
    if (target := _sqlite_file(database_url)) is not None:
        _restore_file(database_url, source, target, progress, force=force)
    else:
        _restore_rows(database_url, source, progress, force=force)
    return found


def _clear_projections(database_url: str) -> None:
    """Empty the projections, before the log is another: they must never be of a log that is not there."""
    store = Store.open(database_url)
    try:
        store.clear()
    finally:
        store.close()


# Files


def _sqlite_file(database_url: str) -> Path | None:
    """Return the file of an SQLite database, None for another database."""
    return Path(database_url.removeprefix("sqlite:///")) if database_url.startswith("sqlite:///") else None


def _refuse_to_overwrite(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise BackupRefused(f"{target} is there already: name another file, or --force")


@contextmanager
def _complete_or_not_at_all(target: Path, mode: int) -> Iterator[Path]:
    """Yield a file beside the target, of some permissions; give it the target's name once all went well."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.replace(target)
        _sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
        unfinished.with_name(unfinished.name + "-journal").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# SQLite


def _copy_file(source: Path, target: Path, progress: Progress, title: str = "Backing up") -> None:
    """Copy a database as one transaction sees it, whatever is written meanwhile, into a file by itself."""
    if not source.exists():
        raise BackupRefused(f"{source}: there is no such file")
    with (
        closing(sqlite3.connect(source, timeout=_LOCK_SECONDS, isolation_level=None)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.execute("BEGIN")
        reading.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()  # from here on it sees what is there now
        reading.backup(writing, pages=_PAGES, progress=lambda _, left, total: progress(title, total - left, total))
        writing.execute(
            "PRAGMA journal_mode=DELETE"
        )  # the copy says that it has a write-ahead log, as its original


def _open_backup(source: Path) -> sqlite3.Connection:
    """Return a connection that reads a backup, its pages checked. Raises `BackupRefused`."""
    if not source.is_file():
        raise BackupRefused(f"{source}: there is no such file")
    try:
        connection = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({_TABLE})")]
    except sqlite3.Error as error:
        raise BackupRefused(f"{source}: not a whole SQLite file: {error}") from error
    if state != "ok":
        raise BackupRefused(f"{source}: the file is damaged: {state}")
    if columns != list(_COLUMNS):
        raise BackupRefused(f"{source}: not a log of Détente: it has no table {_TABLE} with {', '.join(_COLUMNS)}")
    return connection


def _count(connection: sqlite3.Connection) -> Backup:
    row = connection.execute(f"SELECT COUNT(*), COALESCE(MAX(rowid), 0) FROM {_TABLE}").fetchone()  # noqa: S608  # a constant
    return Backup(*row)


def _rows(connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """Yield (position, originator id, version, topic, state) of each domain event, in order."""
    return iter(connection.execute(f"SELECT rowid, {', '.join(_COLUMNS)} FROM {_TABLE} ORDER BY rowid"))  # noqa: S608


def _stored_event(originator_id: str, version: int, topic: str, state: bytes) -> StoredEvent:
    if topic not in EVENT_CLASSES:
        raise ValueError(f"this version knows no domain events {topic!r}")
    return StoredEvent(UUID(hex=originator_id), version, topic, state)


def _restore_file(database_url: str, source: Path, target: Path, progress: Progress, *, force: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        if target.samefile(source):
            raise BackupRefused(f"{source} is the log itself: there is nothing to restore")
        _refuse_a_file_in_use(target, force=force)
    with _complete_or_not_at_all(target, _AS_ANY_FILE) as unfinished:
        _copy_file(source, unfinished, progress, "Restoring")
        _clear_projections(database_url)
        for ending in ("-wal", "-shm"):  # what a damaged log left would be taken for the new one's
            target.with_name(target.name + ending).unlink(missing_ok=True)


def _refuse_a_file_in_use(target: Path, *, force: bool) -> None:
    """Refuse a database that has rows, but for `force`, and in any case one that is open somewhere else.

    Only the last connection of all can end the write-ahead log. That also empties the files beside the database,
    which would else be taken for those of the one that is put in its place.
    """
    with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as connection:
        try:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (name,) in tables:
                quoted = '"' + name.replace('"', '""') + '"'
                if not force and connection.execute(f"SELECT 1 FROM {quoted} LIMIT 1").fetchone():  # noqa: S608
                    raise BackupRefused(
                        f"{target} is not empty: what is in it would be lost. If so be it, --force"
                    )
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise BackupRefused(f"{target} is in use: stop the service and its workers first ({error})") from error
        except sqlite3.DatabaseError as error:
            if not force:
                raise BackupRefused(f"{target} is not an SQLite file: {error}; to replace it, --force") from error


# PostgreSQL


_IN_COLUMNS: Final = sql.SQL(", ").join(map(sql.Identifier, ("notification_id", *_COLUMNS)))


def _postgres_table(database_url: str) -> sql.Identifier:
    """Return the name of the log's table, having made it where there is none."""
    with Detente(log_environment(database_url)) as log:
        recorder: Any = log.recorder
        return sql.Identifier(recorder.datastore.schema, recorder.events_table_name)


def _copy_rows_from_postgresql(database_url: str, target: Path, progress: Progress) -> None:
    table = _postgres_table(database_url)
    with psycopg.connect(database_url) as reading, closing(_new_log(target)) as writing:
        reading.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reading.read_only = True
        total, done = _one(reading, sql.SQL("SELECT COUNT(*) FROM {}").format(table)), 0
        with reading.cursor("backup") as rows:
            rows.execute(sql.SQL("SELECT {} FROM {} ORDER BY notification_id").format(_IN_COLUMNS, table))
            while page := rows.fetchmany(_ROWS):
                writing.executemany(
                    f"INSERT INTO {_TABLE} (rowid, {', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
                    (
                        (position, uuid.hex, version, topic, state)
                        for position, uuid, version, topic, state in page
                    ),
                )
                done += len(page)
                progress("Backing up", done, total)
        writing.commit()


def _new_log(target: Path) -> sqlite3.Connection:
    """Return a connection to an empty log in a new file, made by the library as it makes every other."""
    with Detente(log_environment(f"sqlite:///{target}")):
        pass
    connection = sqlite3.connect(target)
    connection.execute("PRAGMA journal_mode=DELETE")
    return connection


def _restore_rows(database_url: str, source: Path, progress: Progress, *, force: bool) -> None:
    _refuse_a_database_in_use(database_url)
    table = _postgres_table(database_url)
    with psycopg.connect(database_url) as connection:
        if not force and _one(connection, sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)):
            raise BackupRefused("the log is not empty: what is in it would be lost. If so be it, --force")
    _clear_projections(database_url)
    with closing(_open_backup(source)) as backup, psycopg.connect(database_url) as connection:
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(table))
        connection.execute(sql.SQL("TRUNCATE {}").format(table))
        _insert_rows(connection, backup, table, progress)
        newest = _count(backup).position
        sequence = _one(connection, "SELECT pg_get_serial_sequence(%s, %s)", table.as_string(), "notification_id")
        connection.execute("SELECT setval(%s, %s, %s)", (sequence, max(newest, 1), newest > 0))


def _insert_rows(
    connection: psycopg.Connection[Any], backup: sqlite3.Connection, table: sql.Identifier, progress: Progress
) -> None:
    total = _count(backup).events
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(table, _IN_COLUMNS)
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        for number, (position, originator_id, version, topic, state) in enumerate(_rows(backup), start=1):
            copy.write_row((position, UUID(hex=originator_id), version, topic, state))
            if number % _ROWS == 0 or number == total:
                progress("Restoring", number, total)


def _refuse_a_database_in_use(database_url: str) -> None:
    """Refuse a database to which others are connected as the same user, as a service or a worker would be."""
    query = (
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
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
