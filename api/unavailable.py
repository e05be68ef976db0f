"""A database that does not answer: restarted, out of reach, out of space. That passes, and is no fault of ours."""

import logging
import sqlite3
from typing import Final

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import PersistenceError
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.problems import Problem, problem_response

_log = logging.getLogger(__name__)

#: What the three ways to a database raise: the log's, the projections' and that of the locks.
DATABASE_ERRORS: Final = (PersistenceError, SQLAlchemyError, psycopg.Error, sqlite3.Error)
#: SQLite says "operational error" of a missing table, too. These are about the file, the disk and the lock.
_PASSING: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def is_unavailable(error: BaseException) -> bool:
    """Return whether an error says that the database does not answer, rather than that it was asked wrongly."""
    cause = _cause(error)
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _PASSING
    return isinstance(
        cause,
        psycopg.OperationalError
        | psycopg.InterfaceError
        | persistence.OperationalError
        | persistence.InterfaceError
        | PoolTimeout,
    )


def _cause(error: BaseException) -> BaseException:
    """Return what the database's driver raised, where another library passes it on."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    if isinstance(error, PersistenceError) and isinstance(error.__cause__, psycopg.Error | sqlite3.Error):
        return error.__cause__
    return error


def unavailable(request: Request, error: BaseException) -> JSONResponse:
    """Return the answer to a request that the database is in the way of, and log it."""
    reason = str(_cause(error)).strip().partition("\n")[0]  # what follows is the statement, or the addresses
    _log.warning("%s %s: the database does not answer: %s", request.method, request.url.path, reason)
    detail = (
        "the database does not answer at the moment; nothing of the request is sure to be recorded: send it again"
    )
    title = "The database does not answer"
    problem = Problem(503, "database-unavailable", title, detail, headers={"Retry-After": "1"})
    return problem_response(request, problem)


def install(app: FastAPI) -> None:
    """Make a database that does not answer a problem of its own; its other errors stay internal ones."""

    async def on_database_error(request: Request, error: Exception) -> JSONResponse:
        if not is_unavailable(error):
            raise error
        return unavailable(request, error)

    for kind in DATABASE_ERRORS:
        app.add_exception_handler(kind, on_database_error)
