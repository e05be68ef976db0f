"""What fails in a database, by the exceptions that the drivers really raise, and what its client is told."""

import asyncio
import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import ConnectionUnavailableError, OperationalError
from psycopg import errors as postgresql
from psycopg_pool import PoolTimeout
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as AlchemyTimeout
from starlette.types import Message, Scope

from api.http.database_errors import problem_of, send_error_response


def of_the_log(cause: Exception) -> OperationalError:
    """Return an error as the log's library wraps it."""
    try:
        raise OperationalError(str(cause)) from cause
    except OperationalError as error:
        return error


def of_sqlite(folder: Path, provoke: Callable[[sqlite3.Connection], object]) -> sqlite3.Error:
    """Return what a database raises."""
    path = folder / "one.db"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        connection.execute("CREATE TABLE one (a)")
        with pytest.raises(sqlite3.Error) as raised:
            provoke(connection)
    return raised.value


def fill(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count = 3")
    connection.execute("INSERT INTO one VALUES (zeroblob(100000))")


def lock(connection: sqlite3.Connection) -> None:
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        connection.execute("INSERT INTO one VALUES (1)")


@pytest.mark.parametrize("wrap", [lambda error: error, of_the_log])
@pytest.mark.parametrize(("provoke", "status"), [(fill, 507), (lock, 503)])
def test_sqlite(
    tmp_path: Path,
    provoke: Callable[[sqlite3.Connection], object],
    status: int,
    wrap: Callable[[Exception], Exception],
) -> None:
    problem = problem_of(wrap(of_sqlite(tmp_path, provoke)))
    assert problem is not None
    assert problem.details.status == status


def test_a_statement_that_is_wrong_is_our_own_error(tmp_path: Path) -> None:
    error = of_sqlite(tmp_path, lambda connection: connection.execute("SELECT * FROM nothing"))
    assert problem_of(error) is None
    with create_engine("sqlite://").connect() as connection, pytest.raises(SQLAlchemyError) as raised:
        connection.execute(text("SELECT * FROM nothing"))
    assert problem_of(raised.value) is None


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (postgresql.DiskFull("could not extend file"), 507),
        (postgresql.TooManyConnections("sorry, too many clients already"), 503),
        (postgresql.AdminShutdown("terminating connection"), 503),
        (postgresql.LockNotAvailable("canceling statement due to lock timeout"), 503),
        (postgresql.IoError("could not read block"), 503),
        (psycopg.OperationalError("connection refused"), 503),
        (PoolTimeout("couldn't get a connection"), 503),
        (AlchemyTimeout("QueuePool limit reached"), 503),
        (ConnectionUnavailableError("Timed out waiting for return of connection"), 503),
        (OSError(errno.ENOSPC, "No space left on device"), 507),
        (OSError(errno.EFBIG, "File too large"), 507),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_rest(error: Exception, status: int) -> None:
    for raised in (error, of_the_log(error)):
        problem = problem_of(raised)
        assert problem is not None
        assert problem.details.status == status
        assert (problem.headers is not None) == (status == 503)


@pytest.mark.parametrize(
    "error", [postgresql.UndefinedTable("no such table"), ValueError("no"), OSError(errno.ENOENT, "no such file")]
)
def test_what_is_no_error_of_the_database_stays_what_it_is(error: Exception) -> None:
    assert problem_of(error) is None
    assert problem_of(of_the_log(error)) is None


def test_damage_of_what_is_stored_is_named(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    path.write_bytes(b"no database" * 1000)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError) as raised:
        connection.execute("SELECT * FROM one")
    for error in (raised.value, of_the_log(raised.value), postgresql.DataCorrupted(), postgresql.IndexCorrupted()):
        problem = problem_of(error)
        assert problem is not None
        assert (problem.details.status, problem.details.type) == (503, "urn:detente:problem:database-damaged")


def _answer(error: Exception) -> list[Message]:
    """Return what is sent to a client whose request met an error in a middleware."""
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/actors",
        "headers": [],
        "state": {"request_id": "r"},
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(send_error_response(error, scope, receive, send))
    return sent


def test_a_middleware_answers_for_the_database_and_for_nothing_else() -> None:
    begin, _ = _answer(AlchemyTimeout("no connection is free"))
    assert begin["status"] == 503
    with pytest.raises(ZeroDivisionError):
        _answer(ZeroDivisionError())
