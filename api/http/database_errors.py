"""When the database fails: what is wrong with it, as the problem that its client is told of.

A database without room, or out of reach, is nothing that the request did: it is a 507 or a 503, and the same
request succeeds once that is mended. What the service itself does wrong (a table that is not there) stays an
internal error.
"""

import errno
import logging
import sqlite3
from collections.abc import Iterator
from typing import Final

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import PersistenceError
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.types import Receive, Scope, Send

from api.http.problems import Problem, problem_response

_log = logging.getLogger(__name__)

#: The exceptions' primary result codes by which SQLite says that it cannot go on: https://sqlite.org/rescode.html
_SQLITE_FULL: Final = frozenset({sqlite3.SQLITE_FULL})
_SQLITE_OUT_OF_REACH: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
#: What the ways to a database raise: the log's, the projections', that of the locks, and the disk's.
DATABASE_ERRORS: Final = (PersistenceError, SQLAlchemyError, psycopg.Error, sqlite3.Error, OSError)
_PRIMARY: Final = 0xFF
#: PostgreSQL's: connections, rolled back for others' sake, resources, locks, the operator's doing, the system's.
_POSTGRESQL_OUT_OF_REACH: Final = ("08", "25006", "40", "53", "55P03", "57", "58")
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def problem_of(error: BaseException) -> Problem | None:
    """Return the problem that the database's failure comes to, None if that is not what failed."""
    causes = list(_causes(error))
    if any(map(_is_full, causes)):
        detail = "there is no room left to record anything; nothing of this was recorded, send it again later"
        return Problem(507, "storage-full", "No room is left", detail)
    if any(map(_is_out_of_reach, causes)):
        detail = "the database does not do its part just now; send the request again in a while"
        headers = {"Retry-After": "5"}
        return Problem(503, "database-unavailable", "The database is not available", detail, headers=headers)
    return None


def install(app: FastAPI) -> None:
    """Make the database's failures problems of their own; other errors go on to whoever handles the rest."""

    async def on_trouble(request: Request, error: Exception) -> JSONResponse:
        answer = answer_to(request, error)
        if answer is None:
            raise error
        return answer

    for failure in DATABASE_ERRORS:
        app.add_exception_handler(failure, on_trouble)


def answer_to(request: Request, error: BaseException) -> JSONResponse | None:
    """Return the answer to a request that the database is in the way of, None if it is not; and log it."""
    problem = problem_of(error)
    if problem is not None:
        _log.error("%s %s: %s (%s)", request.method, request.url.path, problem.details.title, error)
        return problem_response(request, problem)
    return None


async def answer_for(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for a middleware, where no handler of errors is; raise an error that is no trouble."""
    answer = answer_to(Request(scope), error)
    if answer is None:
        raise error
    await answer(scope, receive, send)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _is_full(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return _primary_code(error) in _SQLITE_FULL
    if isinstance(error, psycopg.errors.DiskFull):
        return True
    return isinstance(error, OSError) and error.errno in _FULL


def _is_out_of_reach(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return _primary_code(error) in _SQLITE_OUT_OF_REACH
    if isinstance(error, psycopg.OperationalError | psycopg.InternalError):
        return error.sqlstate is None or error.sqlstate.startswith(_POSTGRESQL_OUT_OF_REACH)
    if isinstance(error, psycopg.InterfaceError | PoolTimeout | TimeoutError):
        return True
    # The log's own, of a connection that it could not have: otherwise the driver's error is its cause.
    is_logs = isinstance(error, persistence.OperationalError | persistence.InterfaceError)
    return is_logs and error.__cause__ is None


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY
