"""Errors as RFC 9457 problem details: one shape everywhere, with a pointer to what is wrong."""

import logging
import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from api.http.middleware.request_id import REQUEST_ID
from domain.errors import (
    ActorDiffers,
    ActorNotFound,
    ArticleDiffers,
    ArticleIsRetracted,
    ArticleNotFound,
    ChangedMeanwhile,
    DetenteError,
    Fault,
    IdTaken,
    ImportDiffers,
    ImportNotFound,
    InvalidFacts,
    NameNotFound,
    NameTaken,
    Path,
    PreconditionFailed,
    PublisherAliasNotFound,
    PublisherIsAlias,
    ReportIsRuled,
    ReportNotFound,
    RulingDiffers,
    RulingIsWithdrawn,
    RulingNotFound,
    UnreadableHistory,
)
from domain.standards.plover import Kind
from projections.storage.reading.tables_state import OutdatedTables

_log = logging.getLogger("api.problems")  # those who read the log know it by this name
_MAX_ERRORS = 50
_MAX_TEXT = 1000  # characters of a text in a problem; what was sent may stand in it
_MAX_CANDIDATES = 10
_KINDS = frozenset(kind.value for kind in Kind)
MEDIA_TYPE = "application/problem+json"
CLIENT_LEFT = 499  #: counted and logged, never read: the client hung up before it had sent everything


def _as_utf8(value: object) -> object:
    """Return a text without the lone surrogates that JSON's escapes can make and UTF-8 cannot hold."""
    if not isinstance(value, str) or value.isascii():
        return value
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)


_Utf8 = Annotated[str, BeforeValidator(_as_utf8)]


class ProblemError(BaseModel):
    """One thing that is wrong: where in the body (a JSON pointer) or which parameter, what, and what was meant."""

    pointer: Annotated[_Utf8 | None, Field(examples=["/events/0/source"])] = None
    parameter: Annotated[_Utf8 | None, Field(examples=["as_of"])] = None
    code: Annotated[str, Field(examples=["unknown-actor"])]
    detail: Annotated[_Utf8, Field(examples=["no actor has the code or name 'Rusia'; did you mean RUS (Russia)?"])]
    candidates: Annotated[list[str] | None, Field(examples=[["RUS"]])] = None


class ProblemDetails(BaseModel):
    """A problem, as RFC 9457 shapes it."""

    type: str = Field(examples=["urn:detente:problem:invalid-request"])
    title: str = Field(examples=["The request is not valid"])
    status: int = Field(examples=[422])
    detail: str
    request_id: str | None = None
    errors: list[ProblemError] | None = None


class Problem(HTTPException):
    """An answer that says what went wrong.

    It is an `HTTPException` so that FastAPI lets one through that is raised while a body is read.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        errors: Sequence[ProblemError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.details = ProblemDetails(
            type=f"urn:detente:problem:{code}",
            title=title,
            status=status,
            detail=_short(detail),
            errors=list(errors) or None,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as a JSON object."""
        return self.details.model_dump(exclude_none=True)


def invalid(errors: Iterable[ProblemError], count: int = 1) -> Problem:
    """Return the problem of a request that breaks the rules in `count` ways. Only the first are looked at."""
    shown = [_bounded(error) for error in islice(errors, _MAX_ERRORS)]
    return Problem(422, "invalid-request", "The request is not valid", _first_of(shown, count), shown)


def _first_of(shown: Sequence[ProblemError], count: int) -> str:
    return shown[0].detail if count == 1 else f"{count} things are wrong; the first: {shown[0].detail}"


def _bounded(error: ProblemError) -> ProblemError:
    """Return an error with no more of what was sent than says what is meant."""
    candidates = error.candidates and [_short(name, 100) for name in error.candidates[:_MAX_CANDIDATES]]
    pointer_shown, detail = error.pointer and _short(error.pointer, 300), _short(error.detail)
    if (pointer_shown, detail, candidates) == (error.pointer, error.detail, error.candidates):
        return error  # most are short, and a batch has thousands
    return error.model_copy(update={"pointer": pointer_shown, "detail": detail, "candidates": candidates})


def _short(text: str, most: int = _MAX_TEXT) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def invalid_parameter(
    name: str, detail: str, code: str = "invalid-parameter", candidates: Sequence[str] = ()
) -> Problem:
    """Return the problem of one parameter that is not as it should be."""
    meant = list(candidates) or None
    return invalid([ProblemError(parameter=name, code=code, detail=f"{name}: {detail}", candidates=meant)])


def repeated_parameter(name: str) -> Problem:
    """Return the problem of a parameter, or a header, that may come once and comes twice."""
    return invalid_parameter(name, "is given more than once: give it once", "repeated-parameter")


def from_faults(faults: Sequence[Fault], parameter: str | None = None) -> Problem:
    """Return the problem that the domain's faults come to."""
    return invalid((_as_error(fault, parameter) for fault in faults), len(faults))


def _as_error(fault: Fault, parameter: str | None = None) -> ProblemError:
    return ProblemError(
        pointer=None if parameter else pointer(fault.path),
        parameter=parameter,
        code=fault.code,
        detail=fault.detail,
        candidates=list(fault.candidates[:_MAX_CANDIDATES]) or None,
    )


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


_CONFLICTS: dict[type[DetenteError], tuple[int, str, str, str]] = {
    ArticleDiffers: (
        409,
        "article-differs",
        "The article is recorded with other content",
        "; to change it, PUT it to /v1/articles/{id}",
    ),
    ArticleIsRetracted: (
        409,
        "article-retracted",
        "The article was retracted",
        "; to bring it back, PUT it to /v1/articles/{id}",
    ),
    ActorDiffers: (409, "actor-differs", "The actor is registered otherwise", ""),
    NameTaken: (
        409,
        "name-taken",
        "The name is another actor's",
        "; name it otherwise, or let an administrator share the name, with share=true",
    ),
    IdTaken: (409, "id-taken", "The id's place in the log is taken", "; take another id"),
    RulingDiffers: (
        409,
        "ruling-differs",
        "The ruling is recorded with other content",
        "; withdraw it and make another",
    ),
    ImportDiffers: (409, "import-differs", "The import is recorded with other content", "; give it another id"),
    RulingIsWithdrawn: (409, "ruling-withdrawn", "The ruling was withdrawn", "; make another, with another id"),
    ReportIsRuled: (
        409,
        "report-ruled",
        "A ruling stands on the reported event",
        "; withdraw that one first, or leave the event out",
    ),
    PublisherIsAlias: (409, "publisher-is-alias", "The publisher counts as another one", ""),
    ArticleNotFound: (404, "article-not-found", "There is no such article", ""),
    ReportNotFound: (404, "event-not-found", "There is no such reported event", ""),
    ActorNotFound: (404, "actor-not-found", "There is no such actor", ""),
    NameNotFound: (404, "name-not-found", "The actor has no such name", ""),
    RulingNotFound: (404, "ruling-not-found", "There is no such ruling", ""),
    ImportNotFound: (404, "import-not-found", "There is no such import", ""),
    PreconditionFailed: (
        412,
        "precondition-failed",
        "It is not in the state that was expected",
        "; read it again, and decide anew",
    ),
    PublisherAliasNotFound: (404, "alias-not-found", "The publisher was never an alias", ""),
    ChangedMeanwhile: (503, "changed-meanwhile", "Others are changing the same", "; send it again"),
    UnreadableHistory: (
        500,
        "unreadable-history",
        "A domain event in the log cannot be read",
        "; `GET /health` names the event, and whoever runs the service has to mend it",
    ),
}


def from_domain(error: DetenteError) -> Problem:
    """Return the problem that a refused command comes to."""
    if isinstance(error, InvalidFacts):
        return from_faults(error.faults)
    status, code, title, advice = _CONFLICTS[type(error)]
    if isinstance(error, NameTaken):
        shown = [_bounded(_as_error(fault)) for fault in error.faults[:_MAX_ERRORS]]
        return Problem(status, code, title, f"{_first_of(shown, len(error.faults))}{advice}", shown)
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return Problem(status, code, title, f"{error}{advice}", headers=headers)


def from_validation(errors: Sequence[ErrorDetails], count: int | None = None) -> Problem:
    """Return the problem of a request that does not have the shape it should have, with `count` errors in all."""
    if (error := _no_json(errors)) is not None:
        return malformed_json(error.get("ctx", {}).get("error", error["msg"]))
    return invalid(map(_validation_error, errors), len(errors) if count is None else count)


def in_body(error: ValidationError) -> Problem:
    """Return the problem of a body that is not of its model's shape."""
    found = error.errors(include_url=False, include_input=False)
    first: list[ErrorDetails] = [{**fault, "loc": ("body", *fault["loc"])} for fault in found[:_MAX_ERRORS]]
    return from_validation(first, len(found))


def status_in_body(error: ValidationError) -> int:
    """Return the status of the problem of a body, without what it says: that takes longer to make."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return 422 if _no_json(details) is None else 400


def _no_json(errors: Sequence[ErrorDetails]) -> ErrorDetails | None:
    """Return the error that says that a body is not JSON, None if it is."""
    return next((error for error in errors if error["type"] == "json_invalid"), None)


def malformed_json(reason: str) -> Problem:
    """Return the problem of a body that is not JSON."""
    return Problem(400, "malformed-json", "The body is not JSON", f"the body is not JSON: {reason}")


def _validation_error(error: ErrorDetails) -> ProblemError:
    where, *path = error["loc"]
    message = error["msg"].removeprefix("Value error, ")
    if where in ("query", "path", "header"):
        name = str(path[0]) if path else str(where)
        return ProblemError(parameter=name, code=error["type"], detail=f"{name}: {message}")
    steps = tuple(step for index, step in enumerate(path) if not _is_tag(path, index))
    if error["type"].startswith("union_tag"):
        steps += ("kind",)
    name = str(steps[-1]) if steps else "the body"
    return ProblemError(pointer=pointer(steps), code=error["type"], detail=f"{name}: {message}")


def _is_tag(path: Sequence[int | str], index: int) -> bool:
    """Return whether a step is pydantic's mark of a reported event's kind, and not a field."""
    return index > 0 and path[index] in _KINDS and (isinstance(path[index - 1], int) or path[index - 1] == "event")


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """Return a problem as an answer to a request."""
    request_id = request.state.request_id
    headers = {**(problem.headers or {}), REQUEST_ID: request_id}  # a 500 is sent from outside our middleware
    return JSONResponse(
        {**problem.as_dict(), "request_id": request_id}, problem.details.status, headers, MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> JSONResponse:
        return problem_response(request, error)

    @app.exception_handler(DetenteError)
    async def on_domain(request: Request, error: DetenteError) -> JSONResponse:
        return problem_response(request, from_domain(error))

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem_response(request, from_validation(error.errors()))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        problem = _from_http(error)
        if problem.details.status == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods_of(request)):
            problem.headers = {"Allow": ", ".join(methods)}
        return problem_response(request, problem)

    @app.exception_handler(ClientDisconnect)
    async def on_disconnect(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=CLIENT_LEFT)

    @app.exception_handler(OutdatedTables)
    async def on_outdated(request: Request, error: OutdatedTables) -> JSONResponse:
        problem = Problem(503, "outdated-projections", "The projections have to be rebuilt", str(error))
        return problem_response(request, problem)

    @app.exception_handler(Exception)
    async def on_error(request: Request, error: Exception) -> JSONResponse:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        detail = "the service failed to answer; what happened is in its log under the request's id"
        headers = {"Connection": "close"}  # as uvicorn does once an error has come through to it
        return problem_response(request, Problem(500, "internal-error", "Internal error", detail, headers=headers))


def _methods_of(request: Request) -> list[str]:
    """Return all methods that a path takes; of its routes, each of which knows its own, the framework asks one."""
    for template, operations in request.app.openapi()["paths"].items():
        if compile_path(template)[0].match(request.scope["path"]):
            methods = [method.upper() for method in operations]
            return [named for method in methods for named in (("GET", "HEAD") if method == "GET" else (method,))]
    return []


_BODIES: dict[int, tuple[str, str]] = {
    400: ("malformed-json", "The body is not JSON"),
    408: ("request-timeout", "The body did not arrive in time"),
    413: ("body-too-large", "The body is too large"),
}


def _from_http(error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    code, title = _BODIES.get(status.value, (status.phrase.lower().replace(" ", "-"), status.phrase))
    headers = dict(error.headers) if error.headers else None
    return Problem(status.value, code, title, str(error.detail), headers=headers)
