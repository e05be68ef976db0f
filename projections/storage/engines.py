"""Engines of SQLAlchemy on the two databases."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from domain.log.damage import refuse_emptied
from domain.log.database_url import connect, sqlite_file
from domain.log.sqlite_files import SECURE_DELETE, make_private, use_write_ahead_log
from projections.storage.connection import rows_of

_PATIENCE: Final = 60  # seconds to wait for a lock on SQLite
#: An error is kept and logged: it does not repeat the rows, in which there is text that may have to be erased.
_DISCREET: Final[dict[str, Any]] = {"hide_parameters": True}


def postgresql_engine(database_url: str, **pool: Any) -> Engine:
    """Return an engine whose connections are made as all others are, so that a URL's options reach them."""
    return create_engine(
        "postgresql+psycopg://", creator=lambda: connect(database_url), pool_pre_ping=True, **pool, **_DISCREET
    )


def open_engine(database_url: str) -> Engine:
    """Return an engine on the log's own database, for a table that is read now and then."""
    if (file := sqlite_file(database_url)) is not None:
        make_private(file)
        return create_engine(URL.create("sqlite", database=str(file)), connect_args={"timeout": 60}, **_DISCREET)
    return postgresql_engine(database_url, pool_size=1, max_overflow=4)


def sqlite_engine(connect: Callable[[], sqlite3.Connection], pragmas: tuple[str, ...] = ()) -> Engine:
    """Return an engine on SQLite with a write-ahead log and some pragmas, which begins transactions itself."""

    def configure(connection: DBAPIConnection, _record: object) -> None:
        assert isinstance(connection, sqlite3.Connection)
        use_write_ahead_log(connection, _PATIENCE)
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=10, max_overflow=40, **_DISCREET
    )
    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def connect_sqlite(file: Path, mode: str, attached: Path | None = None) -> sqlite3.Connection:
    """Connect to a file; `rw` is an error where there is none, or it is empty. Transactions are begun by hand."""
    make_private(file, create=mode == "rwc")
    if mode == "rw":
        refuse_emptied(file)  # else its write-ahead log is waited for as long as others have it open
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode={mode}",
        uri=True,
        timeout=_PATIENCE,
        check_same_thread=False,  # the pool keeps threads apart
        isolation_level=None,
    )
    connection.execute(SECURE_DELETE)
    if attached is not None:
        try:
            refuse_emptied(attached)
            connection.execute("ATTACH DATABASE ? AS catalogue", (f"{attached.as_uri()}?mode=rw",))
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def be_patient(connection: Connection, *, patient: bool) -> None:
    """Let a connection to SQLite wait for locks from now on, or fail where there is one."""
    rows_of(connection, f"PRAGMA busy_timeout = {_PATIENCE * 1000 if patient else 0}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin; a writer takes the write locks at once, so that it never fails half-way for want of them."""
    writing = connection.get_execution_options().get("writing", False)
    rows_of(connection, "BEGIN IMMEDIATE" if writing else "BEGIN")
