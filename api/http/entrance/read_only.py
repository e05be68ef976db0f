"""A replica reads, and nothing else: whatever would record, or might, is refused, and told where to go."""

from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import Problem, problem_response

_READS: Final = ("GET", "HEAD", "OPTIONS")


class ReadOnly:
    """Lets requests through that read. `primary` is the address of the server that records, if it is known."""

    def __init__(self, app: ASGIApp, primary: str) -> None:
        self._app = app
        self._primary = primary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] in _READS:
            await self._app(scope, receive, send)
            return
        refused = reads_only(self._primary, scope["path"])
        await problem_response(Request(scope), refused)(scope, receive, send)


def reads_only(primary: str, path: str) -> Problem:
    """Return the problem of a request that a replica does not take."""
    where = (
        f"send it to {primary}{path}" if primary else "send it to the primary, which DETENTE_PRIMARY would name"
    )
    detail = f"this server is a replica, which records nothing, and takes no dry run or sign-in either: {where}"
    headers = {"Link": f'<{primary}{path}>; rel="alternate"'} if primary and path.isascii() else None
    return Problem(421, "replica-reads-only", "This server is a replica", detail, headers=headers)
