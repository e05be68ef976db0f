"""HEAD works wherever GET does: the same status and headers, without a body."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """Lets everything behind it see a GET where the client sent a HEAD. The server leaves the body out.

    The scope is a copy: the server has to know the method that came, and so has the access log, which also has to
    know the route.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive, send)
        finally:
            if "route" in as_get:
                scope["route"] = as_get["route"]
