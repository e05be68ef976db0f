"""A backup: the log in an SQLite file by itself, with checksums, and how an SQLite log is backed up and restored.

It is the table `stored_events`, a row's `rowid` its position, beside the tables of the checksums. Only rows of
this table are ever read from a backup, and none of its other tables, triggers or views are used: what is copied
are domain events, and nothing else.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, StoredEvent

from domain.log.application import Detente
from domain.log.backups.backup_checksums import TABLES as CHECKSUM_TABLES
from domain.log.backups.backup_checksums import (
    BackupSummary,
    ChecksumsDiffer,
    EventRow,
    checksums_of,
    read_checksums,
    verified,
    write_checksums,
)
from domain.log.backups.lost_redactions import notes_on_lost, redactions_in_file
from domain.log.damage import primary_code
from domain.log.database_url import sqlite_environment
from domain.log.mapper import UNREADABLE, EventMapper
from domain.log.sqlite_files import SECURE_DELETE

StepProgress = Callable[[str, int, int], None]  #: gets what is being done, how much is done, and of how much

TABLE: Final = "stored_events"
COLUMNS: Final = ("originator_id", "originator_version", "topic", "state")
ROWS: Final = 5000  #: between two looks at the progress
_ORDINARY: Final = 0  # a column that is neither hidden nor generated
_LOCK_SECONDS: Final = 60
_INSERT: Final = f"INSERT INTO {TABLE} (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
_IN_USE: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
WAY_OUT: Final = "If so be it, --force"  #: is said where something would be lost
NO_CHECKSUMS: Final = (
    "the backup carries no checksums, so that a lost tail or a changed event could not be told: an older version"
    " made it, or a tool of SQLite's"
)


class BackupRefused(Exception):
    """Why a log is not backed up, or a backup not restored. Nothing was changed."""


@dataclass(frozen=True)
class Backup:
    """What a backup holds: domain events, and the position of the newest.

    `sha256` is its checksum, None where it carries none. `notes` say what whoever asked for it should know.
    """

    events: int
    position: int
    sha256: str | None = field(default=None, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)


def check_backup(source: Path, progress: StepProgress) -> Backup:
    """Return what a backup holds, having read all of it. Raises `BackupRefused` where it could not be restored."""
    with closing(open_backup(source)) as connection:
        total = count_events(connection).events
        broken = connection.execute(
            f"SELECT originator_id FROM {TABLE} GROUP BY originator_id"  # noqa: S608  # a constant
            " HAVING COUNT(*) <> MAX(originator_version) OR MIN(originator_version) <> 1"
        ).fetchone()
        if broken:
            raise BackupRefused(f"{source}: of {broken[0]} there are not all domain events")
        mapper = EventMapper(JSONTranscoder())
        position = 0
        for number, row in enumerate(read_events(connection, source), start=1):
            position = row[0]
            try:
                mapper.to_domain_event(_stored_event(row))
            except (*UNREADABLE, ValueError) as error:
                raise BackupRefused(f"{source}: position {position} cannot be read: {error}") from error
            if number % ROWS == 0 or number == total:
                progress("Checking", number, total)
        summary = _summary(connection, source)
    if summary is None:
        return Backup(total, position, None, (NO_CHECKSUMS,))
    return Backup(total, position, summary.sha256)


def open_backup(source: Path) -> sqlite3.Connection:
    """Return a connection that reads a backup, its pages checked. Raises `BackupRefused`."""
    if not source.is_file():
        raise BackupRefused(f"{source}: there is no such file")
    try:
        connection = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON"):
            connection.execute(f"PRAGMA {pragma}")
        (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        behind = _bytes_behind(connection, source)
        made = f"SELECT type, rootpage > 0 FROM sqlite_schema WHERE name = '{TABLE}' COLLATE NOCASE"  # noqa: S608
        tables = connection.execute(made).fetchall()
        columns = [(row[1], row[6]) for row in connection.execute(f"PRAGMA table_xinfo({TABLE})")]
    except sqlite3.Error as error:
        raise BackupRefused(f"{source}: not a whole SQLite file: {error}") from error
    if state != "ok":
        raise BackupRefused(f"{source}: the file is damaged: {state}")
    if behind > 0:
        raise BackupRefused(f"{source}: the file is damaged: there are {behind} bytes behind its end")
    if ("table", True) not in tables or columns != [(name, _ORDINARY) for name in COLUMNS]:
        raise BackupRefused(f"{source}: not a log of Détente: it has no table {TABLE} with {', '.join(COLUMNS)}")
    return connection


def _bytes_behind(connection: sqlite3.Connection, source: Path) -> int:
    """Return how many bytes there are behind the last page: SQLite does not look there."""
    if source.with_name(f"{source.name}-wal").exists():
        return 0  # how many pages there are is said in that file
    ((pages,), (size,)) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    return int(source.stat().st_size - pages * size)


def count_events(connection: sqlite3.Connection) -> Backup:
    """Return how many domain events a backup holds, and the position of the newest."""
    row = connection.execute(f"SELECT COUNT(*), COALESCE(MAX(rowid), 0) FROM {TABLE}").fetchone()  # noqa: S608  # a constant
    return Backup(*row)


def read_events(connection: sqlite3.Connection, source: Path) -> Iterator[EventRow]:
    """Yield each domain event of a backup, in order, its checksums checked on the way. Raises `BackupRefused`."""
    try:
        checksums = read_checksums(connection)
        rows = map(_checked, _read_rows(connection))
        yield from rows if checksums is None else verified(rows, checksums[1])
    except (ChecksumsDiffer, sqlite3.Error, TypeError) as error:
        raise BackupRefused(f"{source}: {error}") from error


def back_up_file(source: Path, target: Path, progress: StepProgress) -> Backup:
    """Write the log in an SQLite file, as one transaction sees it, whatever is written meanwhile, to a backup."""
    if not source.exists():
        raise BackupRefused(f"{source}: there is no such file")
    try:
        with (
            closing(sqlite3.connect(source, timeout=_LOCK_SECONDS, isolation_level=None)) as reading,
            closing(new_log(target)) as writing,
        ):
            reading.execute("BEGIN")
            total = count_events(reading).events
            return write_backup_rows(writing, map(_checked, _read_rows(reading)), total, progress)
    except sqlite3.DatabaseError as error:
        if _is_in_use(error):
            raise
        raise BackupRefused(f"{source}: the log cannot be read: {error}") from error


def write_backup_rows(
    connection: sqlite3.Connection, rows: Iterable[EventRow], total: int, progress: StepProgress
) -> Backup:
    """Write all domain events of a log to a new backup, with their checksums, and commit."""
    written = write_rows(connection, rows, total, progress, "Backing up")
    summary = write_checksums(connection, list(checksums_of(written)))
    connection.commit()
    return Backup(summary.events, summary.last, summary.sha256)


def restore_file(source: Path, target: Path, former: Path, progress: StepProgress) -> tuple[str, ...]:
    """Write a log with the domain events of a backup, and all other tables of the former log, to a file.

    Returns notes on what of the former log could not be read.
    """
    with closing(open_backup(source)) as backup, closing(new_log(target)) as connection:
        lost = notes_on_lost(redactions_in_file(former), backup)
        rows = read_events(backup, source)
        return lost + _fill(connection, former, rows, count_events(backup).events, progress)


def write_log_file(
    target: Path, former: Path, rows: Iterable[EventRow], total: int, progress: StepProgress
) -> tuple[str, ...]:
    """Write a log with some domain events, and all other tables of the former log; return notes on these."""
    with closing(new_log(target)) as connection:
        return _fill(connection, former, rows, total, progress)


def _fill(
    connection: sqlite3.Connection, former: Path, rows: Iterable[EventRow], total: int, progress: StepProgress
) -> tuple[str, ...]:
    for _ in write_rows(connection, rows, total, progress, "Restoring"):
        continue
    notes = _keep_other_tables(former, connection) if former.exists() else ()
    connection.commit()
    return notes


def write_rows(
    connection: sqlite3.Connection, rows: Iterable[EventRow], total: int, progress: StepProgress, title: str
) -> Iterator[EventRow]:
    """Insert domain events into a log, and yield each."""
    for number, row in enumerate(rows, start=1):
        connection.execute(_INSERT, row)
        yield row
        if number % ROWS == 0 or number == total:
            progress(title, number, total)


def new_log(target: Path) -> sqlite3.Connection:
    """Return a connection to an empty log in a new file, made by the library as it makes every other."""
    with Detente(sqlite_environment(target)):
        pass
    connection = sqlite3.connect(target)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute(SECURE_DELETE)
    return connection


def refuse_file_in_use(target: Path, *, force: bool, way_out: str = WAY_OUT) -> None:
    """Refuse a log that is not empty, but for `force`, and in any case one that is open somewhere else.

    Only the last connection of all can end the write-ahead log. That also empties the files beside the database,
    which would else be taken for those of the one that is put in its place.
    """
    with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as connection:
        try:
            for what in [] if force else _what_would_be_lost(connection):
                raise BackupRefused(f"{target} is not empty: {what} would be lost. {way_out}")
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.DatabaseError as error:
            if _is_in_use(error):
                raise BackupRefused(
                    f"{target} is in use: stop the service and its workers first ({error})"
                ) from error
            if not force:
                raise BackupRefused(f"{target} is not an SQLite file: {error}. {way_out}") from error


def _what_would_be_lost(connection: sqlite3.Connection) -> Iterator[str]:
    for kind, name, root in connection.execute("SELECT type, name, rootpage FROM sqlite_schema").fetchall():
        if kind in ("view", "trigger") or (kind == "table" and not root):
            yield f"the {kind} {name}"
        elif name == TABLE and connection.execute(f"SELECT 1 FROM {TABLE} LIMIT 1").fetchone():  # noqa: S608
            yield "what is in it"


def _keep_other_tables(former: Path, connection: sqlite3.Connection) -> tuple[str, ...]:
    """Copy all other tables of the former log, such as the keys; return what could not be read."""
    try:
        with closing(sqlite3.connect(former, isolation_level=None)) as reading:
            made = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE rootpage > 0 AND sql IS NOT NULL"
            ours = (TABLE, *CHECKSUM_TABLES, *_names(connection))
            schema = [row for row in reading.execute(made).fetchall() if row[2] not in ours]
            for kind, name, _, sql in sorted(schema, key=lambda row: row[0] != "table"):
                connection.execute(sql)
                if kind == "table":
                    _copy_table(reading, connection, '"' + name.replace('"', '""') + '"')
    except sqlite3.DatabaseError as error:
        kept = ", ".join(sorted({*_names(connection)} - {TABLE})) or "nothing"
        lost = f"of the tables that were there, such as that of the keys, {kept} was kept ({error})"
        return (f"{lost}: look at `detente key list` before you start the service",)
    return ()


def _copy_table(reading: sqlite3.Connection, writing: sqlite3.Connection, name: str) -> None:
    rows = reading.execute(f"SELECT * FROM {name}")  # noqa: S608  # of a schema, and quoted
    places = ", ".join("?" * len(rows.description))
    writing.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608


def _names(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]


def _summary(connection: sqlite3.Connection, source: Path) -> BackupSummary | None:
    try:
        checksums = read_checksums(connection)
    except ChecksumsDiffer as error:
        raise BackupRefused(f"{source}: {error}") from error
    return checksums and checksums[0]


def _read_rows(connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    return iter(connection.execute(f"SELECT rowid, {', '.join(COLUMNS)} FROM {TABLE} ORDER BY rowid"))  # noqa: S608


def _checked(row: tuple[Any, ...]) -> EventRow:
    """Return a row whose values have the types that they should. Raises `TypeError`."""
    position, originator_id, version, topic, state = row
    if tuple(map(type, row)) != (int, str, int, str, bytes) or position < 1:
        raise TypeError(f"position {position} cannot be read: a value of another type than the library stores")
    return position, originator_id, version, topic, state


def _stored_event(row: EventRow) -> StoredEvent:
    _, originator_id, version, topic, state = row
    return StoredEvent(UUID(hex=originator_id), version, topic, state)


def _is_in_use(error: sqlite3.DatabaseError) -> bool:
    return primary_code(error) in _IN_USE
