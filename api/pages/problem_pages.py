"""Problems as pages: what went wrong, and a way on. And pages unpacked, for clients that do not unpack them."""

import gzip
import json
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import MEDIA_TYPE
from api.pages.addresses import asks_for_page
from api.pages.forms.form_pages import address_of, render_sign_in
from api.pages.rendering import render_page
from api.pages.static_files import accepts_gzip


class ProblemPages:
    """Makes a page of each problem that answers a browser's request for a page; all else passes through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and asks_for_page(scope):
            await self._app(scope, receive, _PageSender(scope, receive, send))
        else:
            await self._app(scope, receive, send)


class _PageSender:
    """Sends pages on as they are, or unpacked, and problems as pages."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._request = Request(scope, receive)
        self._send = send
        self._start: Message | None = None  # held until the body is there
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            is_problem = _is_problem(headers) and _names_html(self._request)
            is_packed = headers.get("content-encoding") == "gzip" and not accepts_gzip(self._request.scope)
            if is_problem or is_packed:
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        await self._send_held(self._start, bytes(self._body))

    async def _send_held(self, start: Message, body: bytes) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        if headers.get("content-type", "").startswith(MEDIA_TYPE):
            page = self._page_of(_problem_of(body), start["status"])
            kept = ("www-authenticate", "retry-after", "allow", "x-request-id", "connection")
            headers = MutableHeaders({name: value for name, value in headers.items() if name in kept})
            headers.update(page.headers)
            body = bytes(page.body)
            if accepts_gzip(self._request.scope):
                await self._send_all(start["status"], headers, body)
                return
        if headers.get("etag"):
            headers["etag"] = f"W/{headers['etag']}"  # the same page in other bytes
        del headers["content-encoding"]
        await self._send_all(start["status"], headers, gzip.decompress(body))

    def _page_of(self, problem: dict[str, Any], status: int) -> Response:
        if status == HTTPStatus.UNAUTHORIZED:
            to = address_of(self._request) if self._request.method == "GET" else "/"
            return render_sign_in(self._request, problem, to, status=status)
        given = self._request.query_params
        once = [name for name in given if len(given.getlist(name)) == 1]
        return render_page(self._request, "problem.html", {"problem": problem, "once": once}, None, status)

    async def _send_all(self, status: int, headers: MutableHeaders, body: bytes) -> None:
        headers["content-length"] = str(len(body))
        await self._send({"type": "http.response.start", "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _is_problem(headers: MutableHeaders) -> bool:
    return headers.get("content-type", "").startswith(MEDIA_TYPE)


def _names_html(request: Request) -> bool:
    """Return whether a client says that it takes HTML, as browsers do: the others are told problems as ever."""
    return any("text/html" in accept for accept in request.headers.getlist("accept"))


def _problem_of(body: bytes) -> dict[str, Any]:
    problem: dict[str, Any] = json.loads(body)
    return problem
