"""Every request gets an id, which stands in the log, in problems and in the answer."""

import re
from typing import Final
from uuid import uuid4

from opentelemetry.trace import get_current_span
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.running.logging import current_request

REQUEST_ID: Final = "X-Request-ID"
_FIT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


class RequestId:
    """Gives each request an id, its client's own where that is fit, and returns it with the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _FIT_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        current_request.set(request_id)  # and left so: what the server logs of a failure comes after us
        get_current_span().set_attribute("detente.request_id", request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)
