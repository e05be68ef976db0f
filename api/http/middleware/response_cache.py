"""Answers given before, given again before anything is worked out: as long as the projections stand as they did.

Where they stand is looked up every `FRESH` seconds at most, so an answer may be that much older than it could be.
A request with `min_position` has to see its position, and is never answered from here.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from opentelemetry.trace import get_current_span
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.database_errors import answer_for
from api.http.etags import is_known, not_modified
from api.http.middleware.cache import BoundedCache, CachedResponse
from api.running.service import Service
from api.ttl_value import TtlValue
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.store import Mark, OutdatedTables

FRESH: Final = 0.01  #: seconds for which the projections are believed to stand where they stood
_TOLD_APART: Final = (b"accept", b"host")

_Key = tuple[object, ...]


class ResponseCache:
    """The answers of one app, each under its request and where the projections stood."""

    def __init__(self, service: Service) -> None:
        self._answers = BoundedCache()
        self._mark: TtlValue[Mark] = TtlValue(service.store.mark, FRESH)
        self._today: Callable[[], date] = lambda: service.clock().date()

    async def recall(self, scope: Scope) -> CachedResponse | None:
        """Return the answer to a request, None if it has to be worked out."""
        return self._answers.get((await self._mark.get(), *self._key(scope)))

    def keep(self, request: Request, response: Response) -> None:
        """Keep an answer that a route has worked out, if it says where the projections stood."""
        mark: Mark | None = getattr(request.state, "mark", None)
        etag = response.headers.get("etag")
        if mark is not None and etag is not None and response.status_code == 200:
            answer = CachedResponse(
                bytes(response.body), tuple(response.raw_headers), etag, request.scope["route"]
            )
            self._answers.put((mark, *self._key(request.scope)), answer)

    def _key(self, scope: Scope) -> _Key:
        told = [value for name, value in scope["headers"] if name in _TOLD_APART]
        return scope["scheme"], scope["path"], scope["query_string"], *told, self._today()


class CachedRoute(APIRoute):
    """A route whose answers are kept in the app's `state.memory`, for `Recall` to give again."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return what answers a request, and keeps the answer."""
        work_out = super().get_route_handler()

        async def answer(request: Request) -> Response:
            response = await work_out(request)
            if _may_be_kept(request.scope):
                request.app.state.memory.keep(request, response)
            return response

        return answer


class ResponseCacheMiddleware:
    """Gives the answers that the app's `state.memory` holds, to callers that may read; all else passes through.

    It stands before the routes, since finding one of them costs more than the answer. It has to stand behind the
    `Guard`, which lets nobody through that may not read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = None
        if scope["type"] == "http" and _may_be_kept(scope):
            try:
                answer = await scope["app"].state.memory.recall(scope)
            except OutdatedTables:
                pass  # a route that needs the tables refuses by itself
            except DATABASE_ERRORS as error:
                await answer_for(error, scope, receive, send)
                return
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = answer.route
        _trace(answer.route.path)
        if is_known(Request(scope), answer.etag):
            await not_modified(answer.etag)(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": answer.body})


def _may_be_kept(scope: Scope) -> bool:
    return scope["method"] == "GET" and b"min_position" not in scope["query_string"]


def _trace(route: str) -> None:
    """Name the request's span as the route would have, had it been asked."""
    span = get_current_span()
    if span.is_recording():
        span.update_name(f"GET {route}")
        span.set_attribute("http.route", route)
