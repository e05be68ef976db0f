"""Bodies may come packed: gzip is unpacked as it comes, other encodings are refused.

A few bytes unpack to a thousand times as many. No more of a body is unpacked than what is asked for next. What is
unpacked counts: against the limit of bodies, and against a ratio on the paths that read theirs as a stream.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import Problem

MAX_RATIO: Final = 200  #: bytes that a byte of a stream may unpack to; articles as JSON pack to a tenth
_PIECE: Final = 64 * 1024
_GZIP: Final = frozenset({"gzip", "x-gzip"})  # RFC 9110, section 8.4.1.3
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS  # zlib's word for a gzip member


class ContentEncoding:
    """Unpacks bodies. Has to stand before the `BodyLimit`, which so counts what a body unpacks to."""

    def __init__(self, app: ASGIApp, limit: int, streamed: frozenset[str]) -> None:
        self._app = app
        self._limit = limit
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and (encodings := _encodings(scope)):
            receive = self._unpacking(encodings, scope["path"] in self._streamed, receive)
        await self._app(scope, receive, send)

    def _unpacking(self, encodings: list[str], is_streamed: bool, receive: Receive) -> Receive:
        pieces = self._pieces(encodings, is_streamed, receive)

        async def receive_unpacked() -> Message:
            message = await anext(pieces, None)
            return await receive() if message is None else message  # after the body: that the client has left

        return receive_unpacked

    async def _pieces(self, encodings: list[str], is_streamed: bool, receive: Receive) -> AsyncIterator[Message]:
        """Yield the messages of the unpacked body. Raises `Problem` (400, 413, 415)."""
        if len(encodings) > 1 or encodings[0] not in _GZIP:
            raise _unsupported(", ".join(encodings))
        unpacker = GzipUnpacker()
        packed = unpacked = 0
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                yield message
                return
            more = message.get("more_body", False)
            unpacker.feed(message.get("body", b""))
            packed += len(message.get("body", b""))
            if not is_streamed and packed > self._limit:
                raise _too_large(f"the body is larger than {self._limit} bytes, packed as it is")
            while unpacker.has_more:
                piece = unpacker.next_piece()
                unpacked += len(piece)
                if is_streamed and unpacked > max(self._limit, MAX_RATIO * packed):
                    raise _too_large(f"the body unpacks to more than {MAX_RATIO} times its size: send it unpacked")
                if piece:
                    yield {"type": "http.request", "body": piece, "more_body": True}
                await asyncio.sleep(0)  # others have their turn while much is unpacked from little
        unpacker.finish()
        yield {"type": "http.request", "body": b"", "more_body": False}


class GzipUnpacker:
    """Unpacks gzip, of one member or more (RFC 1952, section 2.2), a bounded piece at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._packed = b""
        self._is_in_member = False
        self._may_hold_more = False

    @property
    def has_more(self) -> bool:
        """Whether there is something to unpack before more is fed."""
        return bool(self._packed) or self._may_hold_more

    def feed(self, packed: bytes) -> None:
        """Take in more of the body."""
        self._packed += packed

    def next_piece(self) -> bytes:
        """Return the next bytes, `_PIECE` at most and perhaps none. Raises `Problem` (400) for what is no gzip."""
        if not self._is_in_member and self._packed:
            self._member = zlib.decompressobj(_GZIP_WINDOW)
            self._is_in_member = True
        try:
            piece = self._member.decompress(self._packed, _PIECE)
        except zlib.error as error:
            raise _damaged(f"the body is not gzip, or damaged ({error})") from None
        self._packed = self._member.unused_data or self._member.unconsumed_tail
        self._is_in_member = not self._member.eof
        self._may_hold_more = self._is_in_member and len(piece) == _PIECE  # zlib may hold output back
        return piece

    def finish(self) -> None:
        """Raise `Problem` (400) if the body ends within a member, or before the first."""
        if not self._member.eof:
            raise _damaged("the body breaks off: its gzip has no end")


def _encodings(scope: Scope) -> list[str]:
    """Return the encodings that a request names, in lower case, without those that change nothing."""
    named = ",".join(Headers(scope=scope).getlist("content-encoding")).lower().split(",")
    return [name.strip() for name in named if name.strip() not in ("", "identity")]


def _unsupported(encodings: str) -> Problem:
    detail = f"send the body as it is, or packed once as gzip, not as {encodings[:100]}"
    headers = {"Accept-Encoding": "gzip"}  # as RFC 9110 has it, section 12.5.3
    return Problem(415, "unsupported-encoding", "Wrong content encoding", detail, headers=headers)


def _damaged(detail: str) -> Problem:
    return Problem(400, "malformed-gzip", "The body cannot be unpacked", detail)


def _too_large(detail: str) -> Problem:
    return Problem(413, "body-too-large", "The body is too large", detail)
