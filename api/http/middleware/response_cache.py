"""The response cache: what was answered is answered again, as long as the projections stand as they did.

Once texts were redacted the projections have another revision, and all that was stored before is dropped.
Where they stand is looked up every `FRESH` seconds at most, so an answer may be that much older than it could be.
A request with `min_position` has to see its position, and is never answered from here. Answers of status 200 alone
are stored, each under its whole query: what a route refuses, such as a repeated parameter, is refused every time.
"""

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any, Final

from fastapi import Request, Response
from opentelemetry.trace import get_current_span
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.database_errors import send_error_response
from api.http.etags import is_not_modified, not_modified, wants_a_state
from api.http.fast_path.glances import Glances
from api.http.formats.negotiation import AnswerFormat, chosen_format
from api.http.formats.spool import SpooledResponse
from api.http.middleware.bounded_cache import BoundedCache, CachedResponse, RequestKey
from api.http.middleware.json_route import JsonRoute
from api.http.problems import Problem
from api.http.scopes import OPEN_PATHS
from api.running.service import Service
from api.ttl_value import TtlValue
from projections.storage.database_errors import DATABASE_ERRORS, is_damaged
from projections.storage.reading.snapshot import Mark
from projections.storage.reading.tables_state import OutdatedTables

#: What is never answered from here, nor waits for what has to be known for that: a database that is down or hangs
#: is no reason to be restarted.
_NEVER: Final = OPEN_PATHS | {"/health", "/metrics"}
FRESH: Final = 0.01  #: seconds for which the projections are believed to stand where they stood


class ResponseCache:
    """The responses of one app, each under its request and where the projections stood."""

    def __init__(self, service: Service, glances: Glances) -> None:
        self._responses = BoundedCache()
        self._mark: TtlValue[Mark] = TtlValue(service.store.mark, FRESH, glance=glances.mark)
        self._revision = 0
        self._today: Callable[[], date] = lambda: service.clock().date()

    async def get(self, scope: Scope) -> CachedResponse | None:
        """Return the response to a request, None if a route has to make it."""
        mark = await self._mark.get()
        if mark.revision != self._revision:
            self._revision = mark.revision
            self._responses.clear()
        try:
            return self._responses.get(self._key(scope, mark))
        except Problem:
            return None  # a format that there is not: its route refuses it

    def put(self, request: Request, response: Response) -> None:
        """Store the response of a route, if it says where the projections stood."""
        mark: Mark | None = getattr(request.state, "mark", None)
        if isinstance(response, SpooledResponse):  # which has no body yet
            return
        etag = response.headers.get("etag")
        if mark is None or mark.revision != self._revision:  # what it says may be redacted by now
            return
        if etag is not None and response.status_code == 200:
            cached = CachedResponse(
                bytes(response.body), tuple(response.raw_headers), etag, request.scope["route"]
            )
            self._responses.put(self._key(request.scope, mark), cached)

    def _key(self, scope: Scope, mark: Mark) -> RequestKey:
        """Return what the response to a request depends on. Raises `Problem` if its format is none."""
        answer_format = chosen_format(scope)
        return RequestKey(
            mark,
            scope["scheme"],
            host=next((value for name, value in scope["headers"] if name == b"host"), b""),
            path=scope["path"],
            query=scope["query_string"],
            answer_format=answer_format,
            day=self._today(),
            caller=scope["state"].get("caller") if answer_format is AnswerFormat.HTML else None,
        )


class CachedRoute(JsonRoute):
    """A `JsonRoute` whose responses go into the app's `state.response_cache`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request and stores the response."""
        handle = super().get_route_handler()

        async def handle_and_store(request: Request) -> Response:
            response = await handle(request)
            if is_cacheable(request.scope):
                request.app.state.response_cache.put(request, response)
            return response

        return handle_and_store


class ResponseCacheMiddleware:
    """Answers from the app's `state.response_cache` to callers that may read; all else passes through.

    It stands before the routes, since finding one of them costs more than the answer. It has to stand behind the
    `Guard`, which lets nobody through that may not read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        cached = None
        if scope["type"] == "http" and is_cacheable(scope):
            try:
                cached = await scope["app"].state.response_cache.get(scope)
            except OutdatedTables:
                pass  # a route that needs the tables refuses by itself
            except DATABASE_ERRORS as error:
                if is_damaged(error):  # health and the log answer without these tables, and the routes say so
                    await self._app(scope, receive, send)
                    return
                await send_error_response(error, scope, receive, send)
                return
        if cached is None or wants_a_state(scope):
            await self._app(scope, receive, send)
            return
        scope["route"] = cached.route
        _trace(cached.route.path_format)
        if is_not_modified(scope, cached.etag):
            await not_modified(cached.etag)(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": list(cached.headers)})
        await send({"type": "http.response.body", "body": cached.body})


def is_cacheable(scope: Scope) -> bool:
    """Return whether the response to a request may be one that was given before."""
    is_asked = scope["method"] == "GET" and b"min_position" not in scope["query_string"]
    return is_asked and scope["path"] not in _NEVER


def _trace(route: str) -> None:
    """Name the request's span as the route would have, had it been asked."""
    span = get_current_span()
    if span.is_recording():
        span.update_name(f"GET {route}")
        span.set_attribute("http.route", route)
