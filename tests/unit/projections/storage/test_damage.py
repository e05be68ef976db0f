"""Which errors say that tables are damaged, and where a damaged file goes."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from psycopg import errors as postgresql
from sqlalchemy.exc import DBAPIError, NoResultFound

from projections.storage.damage import is_damage, put_aside


def _sqlite(code: int, said: str = "") -> sqlite3.Error:
    error = sqlite3.DatabaseError(said)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (_sqlite(sqlite3.SQLITE_CORRUPT), True),
        (_sqlite(sqlite3.SQLITE_NOTADB), True),
        (_sqlite(sqlite3.SQLITE_ERROR, "no such table: relations"), True),
        (_sqlite(sqlite3.SQLITE_BUSY, "database is locked"), False),
        (_sqlite(sqlite3.SQLITE_CANTOPEN, "unable to open"), False),
        (postgresql.UndefinedTable(), True),
        (postgresql.UndefinedColumn(), True),
        (postgresql.DeadlockDetected(), False),
        (psycopg.OperationalError("the connection is lost"), False),
    ],
)
def test_what_is_not_there_or_not_whole_is_damage_and_what_waits_is_not(cause: Exception, expected: bool) -> None:
    assert is_damage(cause) is expected
    assert is_damage(DBAPIError("SELECT 1", None, cause)) is expected


def test_a_row_that_has_to_be_there_and_is_not_is_damage() -> None:
    assert is_damage(NoResultFound())
    assert not is_damage(ValueError("no error of a database"))


def test_what_cannot_be_opened_is_damage_where_something_else_is_in_the_files_place(tmp_path: Path) -> None:
    error, file = _sqlite(sqlite3.SQLITE_CANTOPEN), tmp_path / "tables.db"
    file.touch()
    assert not is_damage(error, file)
    assert is_damage(error, tmp_path)


def test_damaged_files_are_kept_side_by_side_without_what_sqlite_keeps_beside_them(tmp_path: Path) -> None:
    file = tmp_path / "tables.db"
    for content in ("first", "second"):
        for name in ("tables.db", "tables.db-wal", "tables.db-shm"):
            (tmp_path / name).write_text(content)
        put_aside(file)
    put_aside(file)  # there is none any more

    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {"tables.db.damaged-1": "first", "tables.db.damaged-2": "second"}
