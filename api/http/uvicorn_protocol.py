"""Clients that are slow, silent or endless: what they cost is bounded, so that the others are served meanwhile.

The server's own protocol bounds what comes before a request is one (the time for its headers, and their size),
what comes with its body and is none (chunk extensions and trailers), and what comes after its answer (a reader
that reads nothing). The middleware bounds the time for its body. An answer goes out at once, and not in two parts.

All of the house that knows uvicorn's inside is here and in `uvicorn_server`. None of it is documented, so any
release may change it: `pyproject.toml` lets none be installed but the tested one, and a test compares `BUILDS_ON`
with what is installed.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from uvicorn import Server
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from api.http.middleware.request_id import REQUEST_ID
from api.http.problems import MEDIA_TYPE, Problem

MAX_PIPELINED: Final = 256  #: requests of one connection that wait for the answer to another
MAX_HEADER_BYTES: Final = 64 * 1024  #: of the line and the headers of a request, and of its trailers

#: What uvicorn has to have, by class: methods with the names of their parameters, attributes with None.
BUILDS_ON: Final[Mapping[type, Mapping[str, tuple[str, ...] | None]]] = {
    HttpToolsProtocol: {
        "connection_made": ("transport",),
        "connection_lost": ("exc",),
        "data_received": ("data",),
        "on_message_begin": (),
        "on_header": ("name", "value"),
        "on_headers_complete": (),
        "on_body": ("body",),
        "send_400_response": ("msg",),
        "_unsupported_upgrade_warning": (),
        "_start_asgi_task": ("cycle", "app"),
        "pause_writing": (),
        "resume_writing": (),
        "transport": None,
        "loop": None,
        "cycle": None,
        "pipeline": None,
    },
    RequestResponseCycle: {
        "response_started": None,
        "response_complete": None,
        "disconnected": None,
        "message_event": None,
        "transport": None,
    },
    Server: {
        "startup": ("sockets",),
        "shutdown": ("sockets",),
        "server_state": None,
        "lifespan": None,
        "should_exit": None,
    },
}


_HEADERS_TOO_LARGE: Final = Problem(
    431,
    "headers-too-large",
    "The headers are too large",
    f"the line and the headers of a request have at most {MAX_HEADER_BYTES} bytes",
)
_PIECE: Final = 16 * 1024  # bytes that are parsed before it is looked what came of them
_JOINED: Final = 64 * 1024  # bytes of a body's beginning that go out with the head: to copy more takes longer
_TRAILERS_TOO_LARGE: Final = Problem(
    431,
    "headers-too-large",
    "The trailers are too large",
    f"the trailers of a request, or the extensions of a chunk, have at most {MAX_HEADER_BYTES} bytes",
)


class AnswerWriter:
    """What writes an answer: its head waits for the body, so that the client is woken once.

    It goes out by itself where no body comes at once, as of an answer to HEAD, or of one that is streamed.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._has_begun = False
        self._held = b""

    def write(self, data: bytes) -> None:
        """Write the head, or a part of the body."""
        if not self._has_begun:
            self._has_begun = True
            self._held = data
            self._loop.call_soon(self._write_held)
            return
        if self._held and len(data) <= _JOINED:
            data, self._held = self._held + data, b""
        self._write_held()
        self._transport.write(data)

    def close(self) -> None:
        """Close the connection once all is written."""
        self._write_held()
        self._transport.close()

    def is_closing(self) -> bool:
        """Return whether the connection is closed, or about to be."""
        return self._transport.is_closing()

    def _write_held(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)


class BoundedProtocol(HttpToolsProtocol):
    """HTTP for clients that send a request's headers in time and in size, and read their answers.

    One deadline runs at a time: for the headers, or, once an answer is complete, for what is left of its request.
    Apart from it, an answer that waits in memory has to shrink within each `timeout`.

    Of trailers nothing is kept: none is known here that RFC 9110 (section 6.5.1) would let be merged into headers.
    They still have a bound, since the parser collects a field until its end.
    """

    timeout: float
    ended: Callable[[], None] | None = None  #: is called when a connection has ended

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn names a transport of its own
        """Expect a request."""
        self._deadline: asyncio.TimerHandle | None = None
        self._reader_check: asyncio.TimerHandle | None = None
        self._answering: RequestResponseCycle | None = None
        self._in_headers = True
        self._has_body_come = False
        self._framing_bytes = 0
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._end_deadline()
        self._end_reader_check()
        self._disconnect()
        super().connection_lost(exc)
        if self.ended is not None:
            self.ended()

    def data_received(self, data: bytes) -> None:
        """Take in what came, until it is too much."""
        for start in range(0, len(data), _PIECE):
            self._take_in(data[start : start + _PIECE])
            if self.transport.is_closing():
                return

    def _take_in(self, data: bytes) -> None:
        self._has_body_come = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._framing_bytes = 0 if self._has_body_come else self._framing_bytes + len(data)
        if self._framing_bytes > MAX_HEADER_BYTES:
            self._refuse(_HEADERS_TOO_LARGE if self._in_headers else _TRAILERS_TOO_LARGE)
        elif len(self.pipeline) > MAX_PIPELINED:
            self._disconnect()
            self.transport.close()
        elif self._is_answered_early() and self._deadline is None:
            self._start_deadline()  # for the rest of a body whose request is answered already

    def on_message_begin(self) -> None:
        """Expect the headers of another request."""
        super().on_message_begin()
        self._in_headers = True
        self._framing_bytes = 0
        self._end_deadline()
        self._start_deadline()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header, and no trailer."""
        if self._in_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Answer the request."""
        self._in_headers = False
        self._framing_bytes = 0
        self._end_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in a piece of the body."""
        self._has_body_come = True
        super().on_body(body)

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

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Note which request is answered: `self.cycle` is the newest one, which may wait for others."""
        writer: Any = AnswerWriter(self.transport, self.loop)
        self._answering = cycle
        self._answering.transport = writer
        super()._start_asgi_task(cycle, app)

    def _disconnect(self) -> None:
        """Have the request that is being answered write nothing more."""
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def _is_answered_early(self) -> bool:
        return not self._in_headers and self.cycle is not None and self.cycle.response_complete

    def _is_answering(self) -> bool:
        """Return whether an answer is on its way, or out, that another one must not be mixed with."""
        if self.pipeline:
            return True
        return self.cycle is not None and (
            not self.cycle.response_complete if self._in_headers else self.cycle.response_started
        )

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
        """Answer in place of the app, unless it has begun to, and close the connection."""
        self._end_deadline()
        if self._is_answering():
            self._disconnect()
            self.transport.close()
            return
        request_id = uuid4().hex
        body = json.dumps({**problem.as_dict(), "request_id": request_id}).encode()
        headers = (
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            f"{REQUEST_ID.lower()}: {request_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[problem.details.status] + headers.encode() + body)
        self.transport.close()


def server_options(timeout: float, ended: Callable[[], None] | None = None) -> dict[str, Any]:
    """Return uvicorn's options by which it bounds what a client may cost. `ended` hears of each that has left."""
    said = {"timeout": timeout, "ended": None if ended is None else staticmethod(ended)}
    return {"http": type("Protocol", (BoundedProtocol,), said), "ws": "none"}
