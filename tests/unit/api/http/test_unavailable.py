"""Which errors say that the database is away for a while, and which that it was asked wrongly."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError as LogIntegrityError
from eventsourcing.persistence import OperationalError as LogOperationalError
from eventsourcing.persistence import PersistenceError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool

from api.http.database_errors import problem_of


def is_unavailable(error: BaseException) -> bool:
    problem = problem_of(error)
    return problem is not None and problem.details.status in (503, 507)


def _sqlite_error(file: Path, statement: str) -> DBAPIError:
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool, connect_args={"timeout": 0})
    with pytest.raises(DBAPIError) as raised, engine.connect() as connection:
        connection.execute(text(statement))
    return raised.value


def _as_the_log_raises(error: Exception) -> PersistenceError:
    try:
        raise LogOperationalError(str(error)) from error
    except LogOperationalError as raised:
        return raised


def test_a_locked_file_is_unavailable(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as holder:
        holder.execute("CREATE TABLE t (n)")
        holder.execute("BEGIN EXCLUSIVE")
        error = _sqlite_error(tmp_path / "x.db", "SELECT * FROM t")
    assert is_unavailable(error)
    assert isinstance(error.orig, sqlite3.OperationalError)
    assert is_unavailable(_as_the_log_raises(error.orig))


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    assert is_unavailable(_sqlite_error(tmp_path / "nowhere" / "x.db", "SELECT 1"))


def test_a_missing_table_is_not(tmp_path: Path) -> None:
    error = _sqlite_error(tmp_path / "x.db", "SELECT * FROM nothing")
    assert isinstance(error.orig, sqlite3.OperationalError)
    assert not is_unavailable(error)
    assert not is_unavailable(_as_the_log_raises(error.orig))


def test_a_server_that_nobody_finds_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(psycopg.OperationalError) as raised:
        psycopg.connect(f"postgresql://nobody@/nothing?host={tmp_path}")
    assert is_unavailable(raised.value)
    assert is_unavailable(_as_the_log_raises(raised.value))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.InterfaceError(), True),
        (LogOperationalError(), True),
        (PoolTimeout(), True),
        (psycopg.errors.UndefinedTable(), False),
        (psycopg.errors.UniqueViolation(), False),
        (LogIntegrityError(), False),
        (ValueError(), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_what_passes_by_itself(error: Exception, expected: bool) -> None:
    assert is_unavailable(error) is expected
