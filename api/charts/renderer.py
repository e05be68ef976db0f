"""Renders definitions in a process of its own, which is started with the first picture and used for all others.

The library that renders holds on to the interpreter while it does, and nothing else in its process goes on. A
definition that takes too long or too much memory ends that process, and not the service: the next picture starts
another one.
"""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Final, NamedTuple

from api.charts.definition import Definition

CPU_SECONDS: Final = 10  #: that a picture may take
_WALL_SECONDS: Final = 30.0  # that a picture may take, with what else the machine does
_DATA_BYTES: Final = 1536 * 1024 * 1024  # that the process may have as its data
_MOST_WAITING: Final = 20  # pictures that wait for their turn
_SCALE: Final = 2.0  # pixels of a PNG to each of its definition: sharp in print and on dense screens
_CHILD: Final = Path(__file__).with_name("render_process.py")
_FONTS: Final = Path(__file__).parent / "fonts" / "fonts.conf"


class NotRendered(Exception):
    """A definition made no picture."""


class TooDear(NotRendered):
    """A picture took more time or memory than one may."""


class RendererBusy(Exception):
    """Too many pictures wait for their turn."""


class Limits(NamedTuple):
    """What one picture may take."""

    cpu_seconds: int = CPU_SECONDS
    wall_seconds: float = _WALL_SECONDS
    data_bytes: int = _DATA_BYTES


_LIMITS: Final = Limits()


class Renderer:
    """Renders one picture at a time. It starts its process when there is something to render."""

    def __init__(self, limits: Limits = _LIMITS, most_waiting: int = _MOST_WAITING) -> None:
        self._limits = limits
        self._most_waiting = most_waiting
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, "pictures")
        self._process: subprocess.Popen[bytes] | None = None

    async def render(self, definition: Definition, picture_format: str) -> bytes:
        """Return the picture of a definition, as `svg` or `png`.

        Raises `RendererBusy` if too many wait, `TooDear` if it takes too much, and `NotRendered` if it makes none.
        """
        if self._waiting >= self._most_waiting:
            raise RendererBusy(f"{self._waiting} pictures are being made")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._render, definition, picture_format)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the process and its thread; a picture that is under way is not made."""
        self._end()
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._end()

    def process_id(self) -> int | None:
        """Return the id of the process, None if none runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def _render(self, definition: Definition, picture_format: str) -> bytes:
        body = json.dumps(definition, ensure_ascii=False, separators=(",", ":")).encode()
        head = json.dumps({"format": picture_format, "scale": _SCALE, "length": len(body)}).encode()
        process = self._started()
        timer = Timer(self._limits.wall_seconds, process.kill)
        timer.start()
        try:
            answer = _exchange(process, b"%b\n%b" % (head, body))
        except (EOFError, BrokenPipeError):
            raise self._why_ended(process) from None
        finally:
            timer.cancel()
        if answer.is_last:
            self._end()
        if not answer.ok:
            raise NotRendered(answer.body.decode())
        return answer.body

    def _why_ended(self, process: subprocess.Popen[bytes]) -> NotRendered:
        """Return what ended the process while it rendered: a signal, if it took too much."""
        status = process.wait()
        self._end()
        if status >= 0:
            return NotRendered(f"the process that renders pictures ended with {status}")
        limits = f"{self._limits.cpu_seconds} seconds of a processor or {self._limits.data_bytes >> 20} MB"
        return TooDear(f"it takes more than {limits}")

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the process, started anew if it ended."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            bounds = map(str, (self._limits.cpu_seconds, self._limits.data_bytes))
            self._process = subprocess.Popen(  # noqa: S603  # a file of ours, and numbers
                [sys.executable, "-I", str(_CHILD), *bounds],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"FONTCONFIG_FILE": str(_FONTS), "TZ": "UTC"},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


class _Answer(NamedTuple):
    """What the process answered: a picture, or what is wrong with the definition; and whether it ends."""

    ok: bool
    body: bytes
    is_last: bool


def _exchange(process: subprocess.Popen[bytes], request: bytes) -> _Answer:
    """Return what the process answers to a request. Raises `EOFError` or `BrokenPipeError` if it ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request)
    process.stdin.flush()
    head = process.stdout.readline()
    if not head:
        raise EOFError
    answered = json.loads(head)
    body = process.stdout.read(answered["length"])
    if len(body) < answered["length"]:
        raise EOFError
    return _Answer(answered["ok"], body, answered["is_last"])
