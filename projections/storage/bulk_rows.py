"""Many rows at once, as each database does it fastest: SQLite through its driver, PostgreSQL by COPY and arrays.

Statements name tables and columns of this package only; values always go as parameters. `columns` and `key` are
columns of the table, `rows` and `keys` tuples in their order.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

import msgspec
import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]

_BLOCK: Final = 16  # rows in one statement, on SQLite: half the time of a statement for each; more gain no more


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows."""
    if not rows:
        return
    if _is_sqlite(connection):
        _insert_into_sqlite(connection, f"INSERT INTO {table.name} ({_names(columns)}) VALUES", rows)
        return
    copied = f"COPY {table.name} ({_names(columns)}) FROM STDIN"
    try:
        with connection.connection.cursor() as cursor, cursor.copy(copied) as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise _as_from_execute(connection, copied, error) from error


def _insert_into_sqlite(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    """Insert rows in blocks, one statement each, and what is left over row by row."""
    width, whole = len(rows[0]), len(rows) - len(rows) % _BLOCK
    marks = f"({', '.join('?' * width)})"
    values = list(chain.from_iterable(rows[:whole]))
    blocks = [tuple(values[at : at + _BLOCK * width]) for at in range(0, whole * width, _BLOCK * width)]
    for number, parameters in ((_BLOCK, blocks), (1, list(rows[whole:]))):
        if parameters:
            connection.exec_driver_sql(f"{statement} {', '.join([marks] * number)}", parameters)


def upsert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Row],
    key: Sequence[str],
    on_conflict: str,
) -> None:
    """Insert rows; where one with its `key` is there already, do as `on_conflict` says."""
    if not rows:
        return
    names, conflict = _names(columns), f"ON CONFLICT ({_names(key)}) DO {on_conflict}"
    if _is_sqlite(connection):
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks}) {conflict}", list(rows))  # noqa: S608
    else:
        arrays = _arrays(table, columns)
        statement = f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}) {conflict}"  # noqa: S608
        connection.exec_driver_sql(statement, tuple(list(column) for column in zip(*rows, strict=True)))


def select_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    key: Sequence[str],
    keys: Iterable[Row],
    *conditions: str,
    distinct: bool = False,
) -> Sequence[Row]:
    """Return the rows, as tuples of `columns`, whose `key` is one of `keys`; if `distinct`, equal ones once.

    `conditions` are of this package's own making, too: they compare columns with whole numbers.
    """
    condition, parameters = _one_of(connection, table, key, keys)
    if not parameters:
        return []
    selected = f"SELECT {'DISTINCT' if distinct else ''} {_names(columns)} FROM {table.name}"  # noqa: S608
    statement = f"{selected} WHERE {' AND '.join((condition, *conditions))}"
    cursor = connection.exec_driver_sql(statement, parameters).cursor
    rows: Sequence[Row] = cursor.fetchall()  # plain tuples: SQLAlchemy's rows cost as much again
    return rows


def delete_rows(connection: Connection, table: Table, key: Sequence[str], keys: Iterable[Row]) -> None:
    """Delete the rows whose `key` is one of `keys`."""
    condition, parameters = _one_of(connection, table, key, keys)
    if parameters:
        connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {condition}", parameters)  # noqa: S608


def _one_of(connection: Connection, table: Table, key: Sequence[str], keys: Iterable[Row]) -> tuple[str, Row]:
    """Return the condition that the key is one of these, and its parameters, none if there are no keys."""
    wanted = list(keys)
    if not wanted:
        return "", ()
    if _is_sqlite(connection):
        fields = ", ".join(f"json_extract(value, '$[{index}]')" for index in range(len(key)))
        as_json = msgspec.json.encode(wanted).decode()
        return f"({_names(key)}) IN (SELECT {fields} FROM json_each(?))", (as_json,)  # noqa: S608
    arrays = tuple(list(column) for column in zip(*wanted, strict=True))
    return f"({_names(key)}) IN (SELECT * FROM unnest({_arrays(table, key)}))", arrays  # noqa: S608


def _as_from_execute(connection: Connection, statement: str, error: psycopg.Error) -> BaseException:
    """Return a driver's error as SQLAlchemy shows those of its own statements."""
    return DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect)


def _arrays(table: Table, columns: Sequence[str]) -> str:
    return ", ".join(f"%s::{table.c[name].type.compile()}[]" for name in columns)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
