"""Connections to the tables, what gives them to one set of the tables, and statements as the drivers take them."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec
import psycopg
from sqlalchemy import Connection as Connection
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.sql import ClauseElement

Row = tuple[Any, ...]


class Tables(Protocol):
    """One set of the tables: a store, which is the live generation, or a generation that is being built."""

    def position(self) -> int:
        """Return the position up to which the log is folded."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a transaction that sees one state of the tables."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Return a transaction that is committed as a whole."""

    def close(self) -> None:
        """Close all connections."""


def is_sqlite(connection: Connection) -> bool:
    """Return whether a connection is to SQLite, and not to PostgreSQL."""
    return connection.dialect.name == "sqlite"


def rows_of(
    connection: Connection, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> list[Row]:
    """Return the rows of a statement as its driver takes it: what SQLAlchemy puts around one takes longer.

    They are plain tuples, and as they are stored: on SQLite a boolean is 0 or 1. Raises `DBAPIError`.
    """
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(statement, parameters)
        rows: list[Row] = cursor.fetchall()
        cursor.close()
    except (sqlite3.Error, psycopg.Error) as error:
        raise as_from_execute(connection, statement, error) from error
    return rows


def written_array(values: Sequence[str | int | None]) -> str | list[Any]:
    """Return values as PostgreSQL reads an array: its driver takes ten times as long to write them one by one."""
    text = msgspec.json.encode(values).decode()
    return [*values] if "\\" in text else f"{{{text[1:-1]}}}"  # JSON escapes other characters


def as_from_execute(connection: Connection, statement: str, error: Any) -> BaseException:
    """Return a driver's error as SQLAlchemy shows those of its own statements; let go of a connection it ended."""
    if connection.dialect.is_disconnect(error, connection.connection, None):
        connection.invalidate(error)
    kind: Any = sqlite3.Error if isinstance(error, sqlite3.Error) else psycopg.Error
    shown: BaseException = DBAPIError.instance(
        statement, None, error, kind, hide_parameters=True, dialect=connection.dialect
    )
    return shown


class Prepared:
    """A statement that is sent with other parameters each time: compiled once for each database.

    All its parameters have names, and are given each time. Where it is another one for each database, it is what
    makes it for a connection.
    """

    def __init__(self, statement: Executable | Callable[[Connection], Executable]) -> None:
        self._statement = statement
        self._compiled: dict[str, Any] = {}

    def rows(self, connection: Connection, **parameters: Any) -> list[Row]:
        """Return the rows, as `rows_of`."""
        if (compiled := self._compiled.get(connection.dialect.name)) is None:
            statement = self._statement(connection) if callable(self._statement) else self._statement
            assert isinstance(statement, ClauseElement)
            compiled = self._compiled.setdefault(connection.dialect.name, statement.compile(connection))
        places = compiled.positiontup
        values = parameters if places is None else [parameters[place] for place in places]
        return rows_of(connection, compiled.string, values)

    def row(self, connection: Connection, **parameters: Any) -> Row:
        """Return the first row. Raises `NoResultFound` if there is none."""
        rows = self.rows(connection, **parameters)
        if not rows:
            raise NoResultFound("there is no row where there has to be one")
        return rows[0]
