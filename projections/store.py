"""Where the read side's tables live: an engine for SQLite or PostgreSQL, and transactions on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.engine.interfaces import DBAPIConnection

from projections.tables import VERSION, metadata, progress

_NAME = "relations"
_SQLITE = {"timeout": 60, "check_same_thread": False}  # seconds to wait for a lock; the pool keeps threads apart


class OutdatedTables(Exception):
    """The tables were made by another version of the projections; `detente rebuild` makes them anew."""


class Store:
    """The read side's tables in one database.

    Readers see a consistent snapshot; a writer on SQLite takes the write lock when it begins, so that it never
    fails half-way for want of it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with self.writing() as connection:
            metadata.create_all(connection)
            if connection.execute(select(progress.c.position)).first() is None:
                connection.execute(insert(progress).values(name=_NAME, version=VERSION, position=0))

    @classmethod
    def open(cls, database_url: str) -> "Store":
        """Open the tables that belong to the log at a database URL, making them where there are none."""
        return cls(_engine(database_url))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the tables. Raises `OutdatedTables`."""
        with self.engine.connect() as connection, connection.begin():
            read_position(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are committed together, or not at all."""
        with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            yield connection

    def position(self) -> int:
        """Return the position up to which the log is folded. Raises `OutdatedTables`."""
        with self.engine.connect() as connection:
            return read_position(connection)

    def clear(self) -> None:
        """Empty every table, to be folded anew from the beginning."""
        with self.writing() as connection:
            metadata.drop_all(connection)
            metadata.create_all(connection)
            connection.execute(insert(progress).values(name=_NAME, version=VERSION, position=0))


def read_position(connection: Connection) -> int:
    """Return the position that the tables reflect. Raises `OutdatedTables`."""
    version, position = connection.execute(select(progress.c.version, progress.c.position)).one()
    if version != VERSION:
        raise OutdatedTables(f"the tables are of version {version}, not {VERSION}: run `detente rebuild`")
    return int(position)


def advance(connection: Connection, old: int, new: int, recorded: int | None) -> bool:
    """Move the position from `old` to `new`; return False, changing nothing, if it is not at `old` any more."""
    values: dict[str, Any] = {"position": new}
    if recorded is not None:
        known = connection.execute(select(progress.c.recorded)).scalar()
        values["recorded"] = max(recorded, known or recorded)
    moved = connection.execute(
        update(progress).where(progress.c.position == old, progress.c.version == VERSION).values(**values)
    )
    return moved.rowcount == 1


def _engine(database_url: str) -> Engine:
    if database_url.startswith("sqlite:///"):
        path = Path(database_url.removeprefix("sqlite:///"))
        beside = path.with_name(f"{path.stem}.projections{path.suffix or '.db'}")
        engine = create_engine(f"sqlite:///{beside}", pool_size=10, max_overflow=40, connect_args=_SQLITE)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    url = "postgresql+psycopg://" + database_url.partition("://")[2]
    engine = create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=15)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _configure_sqlite(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "wal_autocheckpoint=8000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
