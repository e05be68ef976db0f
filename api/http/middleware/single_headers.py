"""Headers that may come once are refused when they come twice: which of the two was meant, nobody knows."""

from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import Problem, problem_response, repeated_parameter

#: Those whose value decides something here. Of the others, HTTP itself lets some come again (`Accept`), the
#: server's parser refuses some (`Content-Length`), and the rest say nothing that we ask.
SINGLE: Final = {
    b"authorization": "Authorization",
    b"content-type": "Content-Type",
    b"host": "Host",
    b"origin": "Origin",
    b"x-recorded-by": "X-Recorded-By",
}


class SingleHeaders:
    """Refuses a request with one of `SINGLE` twice. Stands before the guard, which reads some of them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and (problem := _repeated(scope)):
            await problem_response(Request(scope), problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _repeated(scope: Scope) -> Problem | None:
    names = [name for name, _ in scope["headers"] if name in SINGLE]
    if len(names) == len(set(names)):
        return None
    name = SINGLE[next(name for name in names if names.count(name) > 1)]
    if name == "Host":  # RFC 9112, section 3.2: it is no valid request, and so a 400
        return Problem(400, "bad-request", "This is not HTTP", "Host is given more than once")
    return repeated_parameter(name)
