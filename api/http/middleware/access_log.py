"""The access log: every request is counted, logged, and answered also when the server stops before it is done."""

import json
from asyncio import CancelledError
from time import perf_counter
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.middleware.request_id import REQUEST_ID
from api.http.problems import MEDIA_TYPE, Problem
from api.operations.metrics import UNMATCHED, Metrics
from api.running.logging import current_request, log_access

_STOPPING: Final = Problem(
    503,
    "stopping",
    "The service is stopping",
    "the service was stopped before the request was done; nothing of it is sure to be recorded: send it again",
)


class AccessLog:
    """Counts each request, by the route that took it and how it ended, and logs it if that is wanted."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        start: Message | None = None

        async def send_and_note(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except CancelledError:  # the server does not wait any longer
            if start is not None:
                raise
            await _refuse(send_and_note)
        except BaseException:
            start = None  # the answer is a 500, or has broken off
            raise
        finally:
            self._record(scope, start, perf_counter() - begun)

    def _record(self, scope: Scope, start: Message | None, seconds: float) -> None:
        method: str = scope["method"]
        route: str = getattr(scope.get("route"), "path_format", UNMATCHED)
        status: int = start["status"] if start else 500
        self._metrics.request_answered(method, route, status, seconds)
        if method != "GET":
            located = start is not None and any(name == b"location" for name, _ in start["headers"])
            self._metrics.article_answered(method, route, status, located=located)
        if self._log:
            log_access(method, scope["path"], route, status, seconds)


async def _refuse(send: Send) -> None:
    """Send the problem of a request that the server has no time for any more."""
    request_id = current_request.get() or ""
    content: dict[str, Any] = {**_STOPPING.as_dict(), "request_id": request_id}
    headers = {"Content-Type": MEDIA_TYPE, REQUEST_ID: request_id, "Retry-After": "1", "Connection": "close"}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": _STOPPING.details.status, "headers": raw})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
