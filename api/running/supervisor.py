"""A process beside this one that folds the log: started, woken, started again when it dies, ended with this one.

Folding and answering share no interpreter that way, so they have a core each. The two are joined by a pipe, the
other process's standard input: a byte in it says "look at the log", its end says "end". It ends with us, too,
however we die, so the other process never outlives us.
"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Final

from api.running.forked_process import ForkedProcess

_log = logging.getLogger(__name__)

_FIRST_PAUSE: Final = 0.5  # seconds before what died is started again; doubled each time
_LONGEST_PAUSE: Final = 30.0
_LIVED: Final = 60.0  # seconds after which an end is no sign that it cannot start
LAST_PAGE: Final = 60.0  #: seconds it may take to end when told to, before it is made to


class Pauses:
    """The pauses before what died is started again."""

    def __init__(self) -> None:
        self._next = _FIRST_PAUSE

    def after(self, seconds: float) -> float:
        """Return for how many seconds to wait after a process that has lived for some seconds."""
        pause = _FIRST_PAUSE if seconds > _LIVED else self._next
        self._next = min(2 * pause, _LONGEST_PAUSE)
        return pause


_Process = subprocess.Popen[bytes] | ForkedProcess


class Supervisor:
    """Keeps one process running: the first may have been forked, and waits for what is written to it."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], first: ForkedProcess | None = None
    ) -> None:
        self._command = list(command)
        self._environment = {**os.environ, **environment}
        self._stop = Event()
        self._mutex = Lock()
        self._first = first
        self._process: _Process | None = None
        self._thread = Thread(target=self._keep_running, name="supervisor", daemon=True)

    @property
    def process_id(self) -> int | None:
        """Return the id of the process; None while there is none."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def start(self) -> None:
        """Start the process, and keep it running from now on."""
        self._thread.start()

    def wake(self) -> None:
        """Make the process look at the log. Never waits."""
        with self._mutex, suppress(OSError, ValueError):  # it is full of wakes, or about to be started again
            if self._process is not None and self._process.stdin is not None:
                os.write(self._process.stdin.fileno(), b"\n")

    def stop(self) -> None:
        """End the process, once it has committed the page at hand."""
        with self._mutex:
            self._stop.set()
            if self._process is not None:
                _close_input(self._process)
        self._thread.join(LAST_PAGE)
        if self._thread.is_alive() and self._process is not None:
            _log.warning("the projector's process does not end; it is killed")
            self._process.kill()
            self._thread.join()

    def _keep_running(self) -> None:
        pauses = Pauses()
        while process := self._launch():
            started = time.monotonic()
            status = process.wait()
            with self._mutex:
                _close_input(process)
            if self._stop.is_set():
                return
            pause = pauses.after(time.monotonic() - started)
            _log.warning("the projector's process ended with status %s; starting it in %s s", status, pause)
            self._stop.wait(pause)

    def _launch(self) -> _Process | None:
        with self._mutex:
            if self._stop.is_set():
                return None
            process, self._first = self._first or self._run_command(), None
            if process.stdin is not None and sys.platform != "win32":
                os.set_blocking(process.stdin.fileno(), False)
            self._process = process
        self.wake()  # one that was forked waits for it
        return process

    def _run_command(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # our own module
            self._command, env=self._environment, stdin=subprocess.PIPE, bufsize=0
        )


def _close_input(process: _Process) -> None:
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
