"""Generations: each rebuild makes tables of its own beside the live ones.

On SQLite a generation is a file, on PostgreSQL a schema. A row of `projection_generations` says which one is live.
SQLite keeps that row in a small file that every connection to a generation attaches, PostgreSQL in the log's own
schema, which is behind the generation's in the search path: so one statement reads from both, on either database.
Numbers are never used again. Generation 0 is the tables as they were before there were generations: in the small
file, or in the log's schema.
"""

import logging
import os
import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from psycopg import IsolationLevel, sql
from sqlalchemy import Connection, Engine, event, inspect, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError

from domain.log.advisory_locks import AdvisoryLock, making_tables
from domain.log.database_url import connect, sqlite_file
from domain.log.recorders.dead_rows import store_anew
from projections.storage.damage import put_aside
from projections.storage.engines import connect_sqlite, postgresql_engine, sqlite_engine
from projections.storage.generation_schemas import (
    describe_owner,
    drop_unread,
    find_own_numbers,
    has_progress,
    refuse_foreign_tables,
    schema_name,
)
from projections.storage.locks import FileLock, Lock, PostgresqlLock
from projections.storage.reading.generation import Generation
from projections.storage.tables import WITH_TEXTS, bookkeeping, generations, metadata, progress
from projections.storage.views.postgresql_views import replace_views
from projections.storage.views.sqlite_views import show_views_of_file

CACHE: Final = 64  #: MiB of a file that a connection keeps in memory
_log = logging.getLogger(__name__)

_LOCKS: Final = {"projector": AdvisoryLock.PROJECTOR, "rebuild": AdvisoryLock.REBUILD}
_DROP_ATTEMPTS: Final = 3
_ERASE_PATIENCE: Final = 2000  # milliseconds for readers of an older state to be done

#: The tables of generation 0, whatever the present ones are called.
_FORMER: Final = (
    "projection_progress", "parked_events", "actors", "articles", "reported_events", "evidence", "incidents",
    "relations", "pair_publishers", "state_runs", "stale_states", "agreement_developments",
)  # fmt: skip


class Home(ABC):
    """Where generations live. `catalogue` reaches the row that says which is live."""

    catalogue: Engine
    is_embedded: bool = False  #: whether this process reads the files itself, and asks no server

    @abstractmethod
    def open(self, number: int, *, building: bool = False, cache: int = CACHE) -> Generation:
        """Return a generation. One that is being built is written fast: a power failure may lose all of it.

        On SQLite each of its connections keeps up to `cache` MiB of the file in memory.
        """

    @abstractmethod
    def has(self, number: int) -> bool:
        """Return whether there are tables of a generation."""

    @abstractmethod
    def place(self, number: int) -> str:
        """Return where the tables of a generation are: a file's path, or a schema's name."""

    def discard_catalogue(self) -> None:  # noqa: B027  # on PostgreSQL it is made where it is not there
        """Put a file aside that is the catalogue's, and damaged."""

    @abstractmethod
    def numbers(self) -> set[int]:
        """Return the generations of ours of which there is anything."""

    def refuse_foreign_tables(self) -> None:  # noqa: B027  # on SQLite a file's name says whose it is
        """Raise `ForeignTables` where there are tables that are not known to be of this log."""

    @abstractmethod
    def create(self, number: int) -> None:
        """Make the empty tables of a generation, in place of what may be there."""

    @abstractmethod
    def drop(self, number: int) -> None:
        """Remove a generation; those who still read it go on reading. What cannot be removed now may stay."""

    def secure(self, number: int) -> None:  # noqa: B027  # nothing to do on PostgreSQL: a commit does it
        """See to it that a generation that was built fast outlives a power failure."""

    def analyze(self, number: int) -> None:  # noqa: B027  # nothing to do on SQLite, whose plans need no help
        """Tell the planner of queries about new tables."""

    def replace_views(self, connection: Connection, number: int) -> None:  # noqa: B027  # on SQLite they are in its file
        """Let the views be those of a generation, with this transaction of the catalogue.

        Raises `ViewsInUse` and `ViewsRefused`.
        """

    @abstractmethod
    def show_views(self, number: int) -> None:
        """Let the views be those of the live generation. Raises `ViewsInUse` and `ViewsRefused`."""

    @abstractmethod
    def erase_leftovers(self, number: int) -> bool:
        """Have nothing left in a generation's files of what was in its rows; return False if it cannot be now."""

    @abstractmethod
    def lock(self, name: str) -> Lock:
        """Return the lock `projector` or `rebuild`."""

    @contextmanager
    def making_tables(self) -> Iterator[Connection]:
        """Yield a connection to the table of the row, made if it is not there; one process at a time gets here."""
        with self.catalogue.connect().execution_options(writing=True) as connection, connection.begin():
            bookkeeping.create_all(connection)
            yield connection

    def has_catalogue(self) -> bool:
        """Return whether the table of the row is there."""
        return inspect(self.catalogue).has_table(generations.name)

    def close(self) -> None:
        """Close all connections."""
        self.catalogue.dispose()


class SqliteHome(Home):
    """Generations as files beside the log: `NAME.projections-3.db` beside `NAME.db`."""

    is_embedded = True

    def __init__(self, database: Path) -> None:
        self._log_file = database.absolute()
        self._suffix = database.suffix or ".db"
        self.catalogue = sqlite_engine(lambda: connect_sqlite(self._file(0), "rwc"))

    def open(self, number: int, *, building: bool = False, cache: int = CACHE) -> Generation:
        """Return a generation's file. One that is built has no row attached: its writer would lock that, too."""
        synchronous = f"synchronous={'OFF' if building else 'NORMAL'}"
        pragmas = (synchronous, f"cache_size=-{1024 * cache}", "wal_autocheckpoint=8000")
        attached = self._file(0) if number and not building else None
        return Generation(
            number, sqlite_engine(lambda: connect_sqlite(self._file(number), "rw", attached), pragmas)
        )

    def has(self, number: int) -> bool:
        """Return whether there are tables of a generation."""
        if number:
            return self._file(number).exists()
        return inspect(self.catalogue).has_table(progress.name)

    def place(self, number: int) -> str:
        """Return the path of a generation's file."""
        return str(self._file(number))

    def discard_catalogue(self) -> None:
        """Put the small file aside."""
        self.catalogue.dispose()
        put_aside(self._file(0))

    def numbers(self) -> set[int]:
        """Return the generations of which there is a file, or what was left beside one."""
        ours = re.compile(
            re.escape(f"{self._log_file.stem}.projections-") + r"([1-9]\d*)" + re.escape(self._suffix)
        )
        names = (file.name.removesuffix("-wal").removesuffix("-shm") for file in self._log_file.parent.iterdir())
        found = {int(match[1]) for match in map(ours.fullmatch, names) if match}
        return found | ({0} if self.has(0) else set())

    def create(self, number: int) -> None:
        """Make the empty tables of a generation, in place of what may be there."""
        self.drop(number)
        engine = sqlite_engine(lambda: connect_sqlite(self._file(number), "rwc"))
        with closing(Generation(number, engine)) as generation, generation.writing() as connection:
            metadata.create_all(connection)

    def show_views(self, number: int) -> None:
        """See to the views in a generation's file, and have the name that stays lead to it."""
        name = f"{self._log_file.stem}.views{self._suffix}"
        show_views_of_file(self._file(number), self._log_file.with_name(name))

    def drop(self, number: int) -> None:
        """Delete a generation's files. Where open files cannot be deleted they stay, for the next rebuild."""
        if not number:
            self._drop_former()
            return
        for ending in ("", "-wal", "-shm"):
            file = self._file(number)
            try:
                file.with_name(file.name + ending).unlink(missing_ok=True)
            except OSError as error:
                _log.warning("%s stays for now: %s", file, error)

    def secure(self, number: int) -> None:
        """Write all of it to the disk."""
        with closing(connect_sqlite(self._file(number), "rw")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file = self._file(number)
        for path in (file, file.with_name(f"{file.name}-wal")):  # the latter, should a reader have kept it
            if path.exists():
                _synchronise(path, os.O_RDWR)
        if os.name != "nt":
            _synchronise(file.parent, os.O_RDONLY)

    def erase_leftovers(self, number: int) -> bool:
        """Empty the write-ahead log: in the file itself, what is deleted is written over."""
        with closing(connect_sqlite(self._file(number), "rw")) as connection:
            connection.execute(f"PRAGMA busy_timeout = {_ERASE_PATIENCE}")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def lock(self, name: str) -> Lock:
        """Return a lock on a file beside the log."""
        if name not in _LOCKS:
            raise ValueError(f"there is no lock {name!r}")
        return FileLock(self._log_file.with_name(f"{self._log_file.stem}.{name}.lock"))

    def _file(self, number: int) -> Path:
        """Return a generation's file; that of generation 0 is the one with the row."""
        generation = f"-{number}" if number else ""
        return self._log_file.with_name(f"{self._log_file.stem}.projections{generation}{self._suffix}")

    def _drop_former(self) -> None:
        with self.catalogue.connect().execution_options(writing=True) as connection, connection.begin():
            for name in _FORMER:
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        with closing(connect_sqlite(self._file(0), "rw")) as vacuuming, suppress(sqlite3.OperationalError):
            vacuuming.execute("VACUUM")  # a courtesy: the space is free for use in any case


class PostgresqlHome(Home):
    """Generations as schemas: `detente_projections_3` in the log's database."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self.catalogue = self._engine(())

    def open(self, number: int, *, building: bool = False, cache: int = CACHE) -> Generation:  # noqa: ARG002
        """Return a generation's schema, first in the search path."""
        settings = [("search_path", f"{schema_name(number)}, ")] if number else []
        if building:
            settings.append(("synchronous_commit", "off"))
        return Generation(number, self._engine(settings))

    def has(self, number: int) -> bool:
        """Return whether there are tables of a generation."""
        with self.catalogue.connect() as connection:
            return has_progress(connection, number)

    def place(self, number: int) -> str:
        """Return the name of a generation's schema."""
        return f"schema {schema_name(number)}" if number else "the log's schema"

    def numbers(self) -> set[int]:
        """Return the generations of which there is a schema of ours."""
        with self.catalogue.connect() as connection:
            return find_own_numbers(connection) | ({0} if has_progress(connection, 0) else set())

    def refuse_foreign_tables(self) -> None:
        """Raise `ForeignTables` if the database holds generations that are not known to be of this log."""
        with self.catalogue.connect() as connection:
            refuse_foreign_tables(connection)

    def create(self, number: int) -> None:
        """Make the empty tables of a generation, in place of what may be there of ours. Raises `ForeignTables`."""
        with self.catalogue.connect() as connection:
            refuse_foreign_tables(connection)
            owner, is_there = describe_owner(connection), number in find_own_numbers(connection)
        with closing(self.open(number)) as generation, generation.writing() as connection:
            if is_there:
                connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema_name(number)} CASCADE")
            connection.exec_driver_sql(f"CREATE SCHEMA {schema_name(number)}")
            comment = owner.replace("'", "''").replace("%", "%%")
            connection.exec_driver_sql(f"COMMENT ON SCHEMA {schema_name(number)} IS '{comment}'")
            # Unchecked, because tables of generation 0 are in sight here, too.
            metadata.create_all(connection, checkfirst=False)

    def drop(self, number: int) -> None:
        """Drop a generation's tables once nobody reads them: everybody begins with the table locked first here."""
        for attempt in range(1, _DROP_ATTEMPTS + 1):
            try:
                with self.catalogue.connect().execution_options(writing=True) as connection, connection.begin():
                    connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
                    drop_unread(connection, number, _FORMER)
            except OperationalError:
                _log.warning("generation %s of the tables is in use (attempt %s to drop it)", number, attempt)
            else:
                return

    def analyze(self, number: int) -> None:
        """Tell the planner of queries about new tables."""
        with closing(self.open(number)) as generation, generation.writing() as connection:
            for table in metadata.tables:
                connection.exec_driver_sql(f"ANALYZE {table}")

    def erase_leftovers(self, number: int) -> bool:
        """Store the tables anew that hold texts, or what is made of them."""
        schema = (schema_name(number),) if number else ()
        tables = [sql.Identifier(*schema, table.name) for table in WITH_TEXTS]
        with connect(self._database_url, autocommit=True) as connection:
            return store_anew(connection, *tables)

    def replace_views(self, connection: Connection, number: int) -> None:
        """Let the views in the schema `detente` be those of a generation. Raises `ViewsInUse`, `ViewsRefused`."""
        replace_views(connection, number, describe_owner(connection))

    def show_views(self, number: int) -> None:
        """Let the views be those of the live generation. Raises `ViewsInUse` and `ViewsRefused`."""
        with self.making_tables() as connection:
            if connection.execute(select(generations.c.live)).scalar() == number:
                self.replace_views(connection, number)

    def lock(self, name: str) -> Lock:
        """Return an advisory lock of the database."""
        return PostgresqlLock(self._database_url, _LOCKS[name])

    @contextmanager
    def making_tables(self) -> Iterator[Connection]:
        """Yield a connection to the table of the row, made if it is not there; one process at a time gets here."""
        with making_tables(self._database_url, AdvisoryLock.PROJECTION_TABLES), super().making_tables() as made:
            yield made

    def _engine(self, settings: "list[tuple[str, str]] | tuple[()]") -> Engine:
        def configure(connection: DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            for name, value in settings:
                behind = "current_setting('search_path')" if name == "search_path" else "''"
                cursor.execute(f"SELECT set_config('{name}', '{value}' || {behind}, false)")
            cursor.close()
            connection.commit()  # else they end with the transaction

        engine = postgresql_engine(self._database_url, pool_size=5, max_overflow=15)
        event.listen(engine, "connect", configure)
        event.listen(engine, "begin", _begin_postgresql)
        return engine


def home_of(database_url: str) -> Home:
    """Return where the generations live that belong to the log at a database URL."""
    file = sqlite_file(database_url)
    return PostgresqlHome(database_url) if file is None else SqliteHome(file)


def _synchronise(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _begin_postgresql(connection: Connection) -> None:
    """Begin, as the driver does with the first statement: what a reader sees is said in the same."""
    reads = not connection.get_execution_options().get("writing", False)
    driver: Any = connection.connection.dbapi_connection
    driver.isolation_level = IsolationLevel.REPEATABLE_READ if reads else None
    driver.read_only = True if reads else None
