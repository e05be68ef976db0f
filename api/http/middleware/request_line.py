"""What the first line of a request may say otherwise: HEAD for GET, and a slash within a name in the path."""

import re
from typing import Final
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

#: What stands for `%2F` in the path of `EncodedSlashes`: a lone surrogate, which nothing decodes to.
ENCODED_SLASH: Final = "\udc2f"
IS_HEAD: Final = "detente.is_head"  #: where the scope of a GET says that the client sent a HEAD
_NAMED: Final = ("/relations/", "/actors/", "/articles/", "/rulings/")  # paths with names in them
_PARTED: Final = (*_NAMED, *(f"/v1{path}" for path in _NAMED))
_ENCODED: Final = re.compile("%2f", re.IGNORECASE)


class HeadAsGet:
    """Lets everything behind it see a GET where the client sent a HEAD. The server leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            await _answer_as({"method": "GET", IS_HEAD: True}, self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)


class EncodedSlashes:
    """Lets `%2F` in a path be a part of a name or an id, and not the end of one (`AFC%2FM23`).

    The server has decoded the path, so that such a slash looks like any other. Behind this, `ENCODED_SLASH` stands
    in its place; whoever reads a name puts it back.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and _has_encoded_slash(scope):
            path = ENCODED_SLASH.join(map(unquote, _ENCODED.split(scope["raw_path"].decode("ascii"))))
            await _answer_as({"path": path}, self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _has_encoded_slash(scope: Scope) -> bool:
    raw_path: bytes = scope.get("raw_path") or b""
    return scope["path"].startswith(_PARTED) and b"%2f" in raw_path.lower()


async def _answer_as(changes: Scope, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request as if it had come otherwise.

    The scope is a copy: the server and the access log have to know what came, and also the route.
    """
    changed = {**scope, **changes}
    try:
        await app(changed, receive, send)
    finally:
        if "route" in changed:
            scope["route"] = changed["route"]
