"""Bodies arrive in time: what comes too slowly is refused with a 408."""

import asyncio
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BYTES_A_SECOND: Final = 1000  # that a body brings at least, once it has had its time


class BodyPace:
    """Refuses bodies that come too slowly, on a path that reads its body as a stream only those that pause."""

    def __init__(self, app: ASGIApp, timeout: float, streamed: frozenset[str]) -> None:
        self._app = app
        self._timeout = timeout
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        is_streamed = scope["path"] in self._streamed
        until = loop.time() + self._timeout
        is_whole = False

        async def receive_in_time() -> Message:
            nonlocal until, is_whole
            if is_whole:
                return await receive()
            if is_streamed:
                until = loop.time() + self._timeout  # what we took over the last piece is not the client's fault
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise self._refusal() from None
            until += len(message.get("body", b"")) / _BYTES_A_SECOND
            is_whole = not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)

    def _refusal(self) -> HTTPException:
        detail = f"the body did not arrive within {self._timeout:g} seconds"
        return HTTPException(408, detail, headers={"Connection": "close"})
