"""When the database fails: the problem (507 or 503) that its client is answered with.

A database without room, out of reach or damaged is nothing that the request did: it is a 507 or a 503, and the
same request succeeds once that is mended. What the service itself does wrong (a table that is not there) stays an
internal error.
"""

import logging
from collections.abc import Callable, Hashable
from typing import TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from api.http.problems import Problem, problem_response
from api.operations.own_thread import OwnThread
from projections.storage.database_errors import DATABASE_ERRORS, is_damaged, is_full, is_out_of_reach

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


def problem_of(error: BaseException) -> Problem | None:
    """Return the problem that the database's failure comes to, None if that is not what failed."""
    if is_full(error):
        detail = "there is no room left to record anything; nothing of this was recorded, send it again later"
        return Problem(507, "storage-full", "No room is left", detail)
    if is_out_of_reach(error):
        return unavailable()
    if is_damaged(error):
        detail = "what the database has stored is damaged; whoever runs the service has to mend it"
        return Problem(503, "database-damaged", "The database is damaged", detail)
    return None


def unavailable() -> Problem:
    """Return the problem of a database that does not answer."""
    detail = "the database does not do its part just now; send the request again in a while"
    headers = {"Retry-After": "5"}
    return Problem(503, "database-unavailable", "The database is not available", detail, headers=headers)


async def in_time(thread: OwnThread, key: Hashable, look: Callable[[], _T]) -> _T:
    """Return what a look in a thread of its own finds. Raises `Problem` (503) if the database takes too long."""
    try:
        return await thread.get(key, look)
    except TimeoutError:
        raise unavailable() from None


def install(app: FastAPI) -> None:
    """Make the database's failures problems of their own; other errors go on to whoever handles the rest."""

    async def on_database_error(request: Request, error: Exception) -> JSONResponse:
        response = error_response(request, error)
        if response is None:
            raise error
        return response

    for failure in DATABASE_ERRORS:
        app.add_exception_handler(failure, on_database_error)


def error_response(request: Request, error: BaseException) -> JSONResponse | None:
    """Log a failure of the database and return the response to it, None if it is another error."""
    problem = problem_of(error)
    if problem is not None:
        _log.error("%s %s: %s (%s)", request.method, request.url.path, problem.details.title, error)
        return problem_response(request, problem)
    return None


async def send_error_response(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request from a middleware, around which no exception handler stands. Raises any other error."""
    response = error_response(Request(scope), error)
    if response is None:
        raise error
    await response(scope, receive, send)
