"""Which pages of other origins may read our answers in a browser (CORS, as the Fetch standard lays it down).

Only origins that are named may, and with a key: no answer allows a browser to send cookies along, so that a
session is of use to our own pages alone. This stands around everything, so that a page can read each refusal, too.
What a browser asks beforehand is answered here, without a key, as it sends none.
"""

from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS: Final = b"GET, HEAD, POST, PUT, DELETE"
_HEADERS: Final = b"Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID"
_EXPOSED: Final = b"Detente-History-Position, ETag, Link, Location, Retry-After, WWW-Authenticate, X-Request-ID"
_BELIEVED: Final = b"600"  # seconds for which a browser need not ask again
_SHARED: Final = ("/v1/", "/health", "/openapi.json")  # beginnings of paths that are for other origins at all
_VARY: Final = (b"vary", b"Origin")


class CrossOrigin:
    """Lets browsers show the answers of the API to pages of some origins; all else passes through."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode("ascii") for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_SHARED):
            await self._app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"origin"]
        allowed = given[0] if len(given) == 1 and given[0] in self._origins else None
        if allowed is not None and _is_preflight(scope):
            await _answer_preflight(allowed, send)
            return

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), _VARY]  # whoever asks: a cache keeps answers apart by it
                if allowed is not None:
                    headers += [
                        (b"access-control-allow-origin", allowed),
                        (b"access-control-expose-headers", _EXPOSED),
                    ]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_shared)


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and any(
        name == b"access-control-request-method" for name, _ in scope["headers"]
    )


async def _answer_preflight(origin: bytes, send: Send) -> None:
    headers = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _HEADERS),
        (b"access-control-max-age", _BELIEVED),
        _VARY,
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
