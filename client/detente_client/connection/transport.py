"""Requests to the service and their answers: over kept connections, sent again where that is safe."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from detente_client.answers.problems import ProblemDetails
from detente_client.connection.retries import Retries, retry_after
from detente_client.errors import (
    BrokenConnectionError,
    CannotConnectError,
    NoAnswerError,
    ProblemAnswerError,
    TimedOutError,
    UnexpectedAnswerError,
    error_of,
)
from detente_client.question import Parameters, given_parameters

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
_SHOWN: Final = 200  # characters of an answer that nobody expected

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent.

    `repeatable` says whether sending it twice does what once does, `waits` whether it is a read that can wait
    until it reflects a position.
    """

    method: str
    path: str
    parameters: Parameters = ()
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    repeatable: bool = False
    waits: bool = False

    def at_position(self, position: int) -> Parameters:
        """Return its parameters, with the position that the answer has to reflect."""
        if not self.waits or not position:
            return self.parameters
        return (*self.parameters, *given_parameters(min_position=position))


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """A request, and what its answer is."""

    request: Request
    answer: type[A]


@dataclass(slots=True)
class Session:
    """What clients of one connection share: retries, and the position that their reads have to reflect."""

    retries: Retries
    position: int = 0

    def saw(self, position: int | None) -> None:
        """Keep the position of something that was written."""
        self.position = max(self.position, position or 0)


class Connection:
    """Connections to one service, which are kept and used again."""

    def __init__(self, http: httpx.Client, retries: Retries) -> None:
        self.http = http
        self.session = Session(retries)

    def call(self, call: Call[A]) -> A:
        """Send a call; return its answer. Raises `DetenteClientError`."""
        return parsed(call, self.send(call.request))

    def send(self, request: Request) -> httpx.Response:
        """Send a request, and again where that is safe; return an answer that is no problem."""
        sent = 0
        while True:
            sent += 1
            try:
                response = self.http.request(request.method, request.path, **_arguments(request, self.session))
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                pause = _pause_after_error(self.session.retries, request, sent, error)
                if pause is None:
                    raise _no_answer(self.http.base_url, error) from error
            else:
                pause = _checked(self.session.retries, request, sent, response)
                if pause is None:
                    return response
            time.sleep(pause)


class AsyncConnection:
    """As `Connection`, for `asyncio`."""

    def __init__(self, http: httpx.AsyncClient, retries: Retries) -> None:
        self.http = http
        self.session = Session(retries)

    async def call(self, call: Call[A]) -> A:
        """Send a call; return its answer. Raises `DetenteClientError`."""
        return parsed(call, await self.send(call.request))

    async def send(self, request: Request) -> httpx.Response:
        """Send a request, and again where that is safe; return an answer that is no problem."""
        sent = 0
        while True:
            sent += 1
            try:
                arguments = _arguments(request, self.session)
                response = await self.http.request(request.method, request.path, **arguments)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                pause = _pause_after_error(self.session.retries, request, sent, error)
                if pause is None:
                    raise _no_answer(self.http.base_url, error) from error
            else:
                pause = _checked(self.session.retries, request, sent, response)
                if pause is None:
                    return response
            await asyncio.sleep(pause)


def parsed(call: Call[A], response: httpx.Response) -> A:
    """Return what a response says. Raises `UnexpectedAnswerError` if it does not say that."""
    try:
        answer = call.answer.model_validate_json(response.content)
    except ValidationError as error:
        raise _unexpected(response, f"{error.errors()[0]['msg']} at {error.errors()[0]['loc']}") from error
    if "etag" in call.answer.model_fields:
        return answer.model_copy(update={"etag": response.headers.get("etag")})
    return answer


def _arguments(request: Request, session: Session) -> dict[str, Any]:
    return {
        "params": list(request.at_position(session.position)),
        "content": request.content,
        "headers": {"Accept": JSON, **request.headers},
    }


def _pause_after_error(retries: Retries, request: Request, sent: int, error: Exception) -> float | None:
    if not isinstance(error, httpx.TransportError):
        return None
    return retries.after_error(sent, error, repeatable=request.repeatable)


def _checked(retries: Retries, request: Request, sent: int, response: httpx.Response) -> float | None:
    """Return how long to wait before the request is sent again, None if the response is an answer.

    Raises `ProblemAnswerError` for a problem that there is no use in asking again.
    """
    if response.is_success:
        return None
    problem = _problem_of(response)
    kind = problem.type if isinstance(problem, ProblemAnswerError) else ""
    pause = retries.after_answer(sent, response, kind, repeatable=request.repeatable)
    if pause is None:
        raise problem
    return pause


def _problem_of(response: httpx.Response) -> ProblemAnswerError | UnexpectedAnswerError:
    if response.headers.get("content-type", "").partition(";")[0] == PROBLEM:
        try:
            details = ProblemDetails.model_validate_json(response.content)
        except ValidationError:
            return _unexpected(response, "a problem without its type")
        return error_of(details, retry_after(response))
    return _unexpected(response, "no problem of the service")


def _unexpected(response: httpx.Response, why: str) -> UnexpectedAnswerError:
    kind = response.headers.get("content-type", "no type")
    beginning = response.text[:_SHOWN].replace("\n", " ")
    return UnexpectedAnswerError(
        f"{response.request.method} {response.request.url.copy_with(query=None)} answered {response.status_code}, "
        f"{kind}: {why}; is it Détente that answers? It begins: {beginning!r}"
    )


def _no_answer(base_url: httpx.URL, error: Exception) -> NoAnswerError:
    if isinstance(error, httpx.TimeoutException):
        connecting = isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
        kind: type[NoAnswerError] = CannotConnectError if connecting else TimedOutError
        return kind(f"{base_url} does not answer in time ({type(error).__name__})")
    if isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol | httpx.InvalidURL):
        return CannotConnectError(f"nobody answers at {base_url}: {error}")
    return BrokenConnectionError(f"the connection to {base_url} broke: {error or type(error).__name__}")
