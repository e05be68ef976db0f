"""A backup: the log as SQLite holds it, in a file by itself.

It is the table `stored_events`, a row's `rowid` its position. The rows of an SQLite log must keep their rowids, so
its file is copied page by page; `VACUUM`, which may number rows anew, would move positions.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, StoredEvent

from domain.events import EVENT_CLASSES
from domain.log.application import Detente
from domain.log.database_url import sqlite_environment
from domain.log.mapper import UNREADABLE, EventMapper

StepProgress = Callable[[str, int, int], None]  #: gets what is being done, how much is done, and of how much

TABLE: Final = "stored_events"
COLUMNS: Final = ("originator_id", "originator_version", "topic", "state")
ROWS: Final = 5000  #: between two looks at the progress
_PAGES: Final = 1000  # of 4 KiB, copied between two looks at the progress
_LOCK_SECONDS: Final = 60


class BackupRefused(Exception):
    """Why a log is not backed up, or a backup not restored. Nothing was changed."""


class Backup(NamedTuple):
    """What a backup holds: domain events, and the position of the newest."""

    events: int
    position: int


def check_backup(source: Path, progress: StepProgress) -> Backup:
    """Return what a backup holds, having read all of it. Raises `BackupRefused` where it could not be restored."""
    with closing(open_backup(source)) as connection:
        found = count_events(connection)
        broken = connection.execute(
            f"SELECT originator_id FROM {TABLE} GROUP BY originator_id"  # noqa: S608  # a constant
            " HAVING COUNT(*) <> MAX(originator_version) OR MIN(originator_version) <> 1"
        ).fetchone()
        if broken:
            raise BackupRefused(f"{source}: of {broken[0]} there are not all domain events")
        mapper = EventMapper(JSONTranscoder())
        for number, (position, *stored) in enumerate(read_rows(connection), start=1):
            try:
                mapper.to_domain_event(_stored_event(*stored))
            except (*UNREADABLE, ValueError) as error:
                raise BackupRefused(f"{source}: position {position} cannot be read: {error}") from error
            if number % ROWS == 0 or number == found.events:
                progress("Checking", number, found.events)
    return found


def open_backup(source: Path) -> sqlite3.Connection:
    """Return a connection that reads a backup, its pages checked. Raises `BackupRefused`."""
    if not source.is_file():
        raise BackupRefused(f"{source}: there is no such file")
    try:
        connection = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({TABLE})")]
    except sqlite3.Error as error:
        raise BackupRefused(f"{source}: not a whole SQLite file: {error}") from error
    if state != "ok":
        raise BackupRefused(f"{source}: the file is damaged: {state}")
    if columns != list(COLUMNS):
        raise BackupRefused(f"{source}: not a log of Détente: it has no table {TABLE} with {', '.join(COLUMNS)}")
    return connection


def copy_file(source: Path, target: Path, progress: StepProgress, title: str = "Backing up") -> None:
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


def new_log(target: Path) -> sqlite3.Connection:
    """Return a connection to an empty log in a new file, made by the library as it makes every other."""
    with Detente(sqlite_environment(target)):
        pass
    connection = sqlite3.connect(target)
    connection.execute("PRAGMA journal_mode=DELETE")
    return connection


def count_events(connection: sqlite3.Connection) -> Backup:
    """Return how many domain events a backup holds, and the position of the newest."""
    row = connection.execute(f"SELECT COUNT(*), COALESCE(MAX(rowid), 0) FROM {TABLE}").fetchone()  # noqa: S608  # a constant
    return Backup(*row)


def read_rows(connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """Yield (position, originator id, version, topic, state) of each domain event, in order."""
    return iter(connection.execute(f"SELECT rowid, {', '.join(COLUMNS)} FROM {TABLE} ORDER BY rowid"))  # noqa: S608


def refuse_file_in_use(target: Path, *, force: bool) -> None:
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


def _stored_event(originator_id: str, version: int, topic: str, state: bytes) -> StoredEvent:
    if topic not in EVENT_CLASSES:
        raise ValueError(f"this version knows no domain events {topic!r}")
    return StoredEvent(UUID(hex=originator_id), version, topic, state)
