"""Bodies have a limit in bytes."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Refuses bodies over a number of bytes, but on the paths that read theirs as a stream."""

    def __init__(self, app: ASGIApp, limit: int, streamed: frozenset[str]) -> None:
        self._app = app
        self._limit = limit
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in self._streamed:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        received = int(announced) if announced.isdecimal() else 0
        too_large = received > self._limit
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            if too_large:
                raise self._refusal()
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise self._refusal()
            return message

        await self._app(scope, receive_within_limit, send)

    def _refusal(self) -> HTTPException:
        return HTTPException(413, f"the body is larger than {self._limit} bytes: post fewer events, or a batch")
