"""A large answer on its way: written to a temporary file as fast as the tables are read, and sent from there.

Who reads slowly so holds neither a transaction nor a thread, only room on disk. Who takes no piece of it for a
while is left, and the connection ends.
"""

import asyncio
import io
import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, Final, TypeVar

from fastapi import Response
from starlette.types import Receive, Scope, Send

from api.http.middleware.rationing import DearReads, run_dear
from api.http.problems import Problem

_log = logging.getLogger(__name__)

MOST_SPOOLS: Final = 32  #: large answers that are on their way at once
_PIECE: Final = 256 * 1024  # bytes that are written, or sent, at once
PIECE_TIMEOUT: Final = 60.0  #: seconds that a reader has to take a piece: 4 kB in each at least
_FIRST: Final = 1024 * 1024  # bytes that are there before an answer begins: what fails before is a problem

_T = TypeVar("_T")


class ReaderLeft(Exception):
    """Nobody waits for the rest of an answer."""


class _ReaderTooSlow(Exception):
    """A piece was not taken in time."""


class Spool(io.RawIOBase):
    """A temporary file that one thread writes while the event loop sends what is in it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # closed by `release`
        self._loop = loop
        self._held = bytearray()
        self._lock = Lock()
        self._is_released = False
        self.changed = asyncio.Event()
        self.headers: Mapping[str, str] | None = None
        self.size = 0  #: bytes that can be sent
        self.is_abandoned = False

    # By the writing thread

    def begin(self, headers: Mapping[str, str]) -> None:
        """Say what the head of the answer is."""
        self.headers = headers

    def write(self, data: Any) -> int:
        """Write some bytes."""
        self._held += data
        if len(self._held) >= _PIECE:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Let what was written be sent. Raises `ReaderLeft`."""
        if not self._held:
            return
        held = bytes(self._held)
        self._held.clear()
        with self._lock:
            if self._is_released:
                raise ReaderLeft
            view = memoryview(held)
            while view:
                view = view[self._file.write(view) :]
        self.size += len(held)
        self._loop.call_soon_threadsafe(self.changed.set)

    def writable(self) -> bool:
        """Return that it is written, from the beginning to the end."""
        return True

    def while_wanted(self, pieces: Iterable[_T]) -> Iterator[_T]:
        """Yield pieces as long as somebody waits for them. Raises `ReaderLeft`."""
        for piece in pieces:
            if self.is_abandoned:
                raise ReaderLeft
            yield piece

    # By the event loop

    def piece(self, start: int) -> bytes:
        """Return the next bytes behind a place; some are there."""
        return os.pread(self._file.fileno(), min(_PIECE, self.size - start), start)

    def release(self) -> None:
        """Let go of the file."""
        self.is_abandoned = True
        with self._lock:
            self._is_released = True
            self._file.close()


class SpooledResponse(Response):
    """An answer that a thread writes in a dear read's turn. What is wrong before it begins is answered instead.

    `work` says the head by `begin`, and then writes; for a `HEAD` it says no more. A reader has `timeout` seconds
    for each piece: who takes longer is left before the answer is complete.
    """

    def __init__(
        self,
        dear_reads: DearReads,
        work: Callable[[Spool], None],
        media_type: str,
        timeout: float = PIECE_TIMEOUT,
    ) -> None:
        super().__init__(media_type=media_type)
        self._dear_reads = dear_reads
        self._work = work
        self._timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer. Raises what the work does before the answer has begun, and `Problem` (503)."""
        if _open_spools.count >= MOST_SPOOLS:
            raise _busy()
        spool = Spool(asyncio.get_running_loop())
        _open_spools.count += 1
        writing = asyncio.create_task(run_dear(self._dear_reads, self._write_all, spool))
        leaving = asyncio.create_task(_until_left(receive))
        writing.add_done_callback(lambda _: spool.changed.set())
        leaving.add_done_callback(lambda _: spool.changed.set())
        try:
            await self._send(spool, writing, leaving, send)
        except _ReaderTooSlow:  # to whom nothing can be said any more: the server closes what is not complete
            _log.warning("a reader of %s took no piece for %g seconds", scope["path"], self._timeout)
        finally:
            _open_spools.count -= 1
            leaving.cancel()
            spool.release()
            await asyncio.gather(writing, leaving, return_exceptions=True)

    def _write_all(self, spool: Spool) -> None:
        self._work(spool)
        spool.flush()

    async def _send(
        self, spool: Spool, writing: "asyncio.Task[None]", leaving: "asyncio.Task[None]", send: Send
    ) -> None:
        while not (writing.done() or leaving.done() or spool.size >= _FIRST):
            await _next_change(spool)
        if writing.done():
            writing.result()
        if leaving.done():
            return
        assert spool.headers is not None
        self.raw_headers = [each for each in self.raw_headers if each[0] != b"content-length"]
        self.headers.update(spool.headers)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sent = 0
        while not leaving.done():
            while sent < spool.size and not leaving.done():
                piece = spool.piece(sent)
                sent += len(piece)
                await self._send_piece(piece, send)
            if writing.done():
                writing.result()
                if sent == spool.size:
                    break
                continue
            await _next_change(spool)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_piece(self, piece: bytes, send: Send) -> None:
        """Send a piece. Raises `_ReaderTooSlow`."""
        try:
            async with asyncio.timeout(self._timeout):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError as error:
            raise _ReaderTooSlow from error


class _OpenSpools:
    """How many large answers are on their way."""

    count = 0


_open_spools: Final = _OpenSpools()


async def _next_change(spool: Spool) -> None:
    await spool.changed.wait()
    spool.changed.clear()


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _busy() -> Problem:
    detail = f"{MOST_SPOOLS} large answers are on their way already; ask again in a while"
    return Problem(503, "busy", "Too many large answers at once", detail, headers={"Retry-After": "5"})


def in_slices(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield items, up to `size` of them at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
