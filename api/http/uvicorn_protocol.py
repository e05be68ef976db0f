"""Clients that are slow, silent or endless: what they cost is bounded, so that the others are served meanwhile.

The server's own protocol bounds what comes before a request is one (the time for its headers, and their size) and
what comes after its answer (a reader that reads nothing). The middleware bounds the time for its body.

All of the house that knows uvicorn's inside is here. None of it is documented, so any release may change it:
`pyproject.toml` lets none be installed but the tested one, and a test compares `BUILDS_ON` with what is installed.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from api.http.middleware.request_id import REQUEST_ID
from api.http.problems import MEDIA_TYPE, Problem

MAX_HEADER_BYTES: Final = 64 * 1024

#: What uvicorn has to have, by class: methods with the names of their parameters, attributes with None.
BUILDS_ON: Final[Mapping[type, Mapping[str, tuple[str, ...] | None]]] = {
    HttpToolsProtocol: {
        "connection_made": ("transport",),
        "connection_lost": ("exc",),
        "data_received": ("data",),
        "on_message_begin": (),
        "on_headers_complete": (),
        "send_400_response": ("msg",),
        "_unsupported_upgrade_warning": (),
        "pause_writing": (),
        "resume_writing": (),
        "transport": None,
        "loop": None,
        "cycle": None,
    },
    RequestResponseCycle: {"response_complete": None},
}


class BoundedProtocol(HttpToolsProtocol):
    """HTTP for clients that send a request's headers in time and in size, and read their answers.

    One deadline runs at a time: for the headers, or, once an answer is complete, for what is left of its request.
    Apart from it, an answer that waits in memory has to shrink within each `timeout`.
    """

    timeout: float

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        self._deadline: asyncio.TimerHandle | None = None
        self._reader_check: asyncio.TimerHandle | None = None
        self._in_headers = True
        self._header_bytes = 0
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._end_deadline()
        self._end_reader_check()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                detail = f"the line and the headers of a request have at most {MAX_HEADER_BYTES} bytes"
                self._refuse(Problem(431, "headers-too-large", "The headers are too large", detail))
        elif self._deadline is None and self.cycle is not None and self.cycle.response_complete:
            self._start_deadline()  # for the rest of a body whose request is answered already

    def on_message_begin(self) -> None:
        """Expect the headers of another request."""
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0
        self._end_deadline()
        self._start_deadline()

    def on_headers_complete(self) -> None:
        """Answer the request."""
        self._in_headers = False
        self._end_deadline()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(Problem(400, "bad-request", "This is not HTTP", msg))

    def _unsupported_upgrade_warning(self) -> None:
        """Answer who asks for a WebSocket as anyone else, without a word in the log."""

    def pause_writing(self) -> None:
        """Look from time to time whether the client reads what waits for it."""
        super().pause_writing()
        self._end_reader_check()
        self._check_reader_later(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on: the client has read nearly all."""
        super().resume_writing()
        self._end_reader_check()

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.timeout, self.transport.close)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _check_reader_later(self, unread: int) -> None:
        self._reader_check = self.loop.call_later(self.timeout, self._check_reader, unread)

    def _check_reader(self, unread_before: int) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread >= unread_before:
            self.transport.abort()
        else:
            self._check_reader_later(unread)

    def _end_reader_check(self) -> None:
        if self._reader_check is not None:
            self._reader_check.cancel()
            self._reader_check = None

    def _refuse(self, problem: Problem) -> None:
        """Answer from before there is a request that the app could answer, and close the connection."""
        self._end_deadline()
        request_id = uuid4().hex
        body = json.dumps({**problem.as_dict(), "request_id": request_id}).encode()
        headers = (
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            f"{REQUEST_ID.lower()}: {request_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[problem.details.status] + headers.encode() + body)
        self.transport.close()


def server_options(timeout: float) -> dict[str, Any]:
    """Return uvicorn's options by which it bounds what a client may cost."""
    return {"http": type("Protocol", (BoundedProtocol,), {"timeout": timeout}), "ws": "none"}
