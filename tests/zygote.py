"""Processes of `detente` without the second that each takes to import everything: forks of one that has done so.

A fork runs what `detente` runs, with arguments, environment, output and exit status of its own. Run as a module,
this is the process that is forked; `start` asks it for a fork.
"""

import atexit
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

from tests import store_what_was_run_through
from tests.coverage import counting
from tests.patience import PATIENCE

ROOT: Final = Path(__file__).parents[1]


class Forked:
    """A process of `detente`, with the part of `subprocess.Popen` that tests need."""

    def __init__(self, channel: socket.socket, arguments: list[str]) -> None:
        self._answers = channel.makefile("rb", buffering=0)
        self._socket = channel
        self.args = arguments
        self.pid = int(self._answers.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        return self._status(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; return the exit status. Raises `subprocess.TimeoutExpired`."""
        status = self._status(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _status(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_READ)
                if not selector.select(timeout):
                    return None
            self.returncode = int(self._answers.readline())
            self._answers.close()
            self._socket.close()
        return self.returncode


def start(arguments: list[str], environment: dict[str, str], out: IO[Any], err: IO[Any]) -> Forked:
    """Start `detente` with some arguments and an environment."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(_zygote(), [b"."], [theirs.fileno(), out.fileno(), err.fileno()])
    ours.sendall(json.dumps({"arguments": arguments, "environment": environment}).encode() + b"\n")
    return Forked(ours, arguments)


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `detente` to its end; return its exit status and what it said."""
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        status = start(arguments, environment, out, err).wait(PATIENCE)
        for said in (out, err):
            said.seek(0)
        return subprocess.CompletedProcess(arguments, status, out.read(), err.read())


@cache
def _zygote() -> socket.socket:
    """Return what a process is asked through for its forks; it ends with this process."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.zygote", str(theirs.fileno())],
            cwd=ROOT,
            # Consoles are made while importing, and threads cannot be forked.
            env={**os.environ, **counting.environment(), "COLUMNS": "200", "OPENBLAS_NUM_THREADS": "1"},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        process.terminate()
        process.wait()

    atexit.register(end)
    return ours


class _Zygote:
    """Forks on request, and says when a fork ended."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._tells: dict[int, socket.socket] = {}
        self._ended, self._wakes = os.pipe()

    def answer(self) -> None:
        """Answer requests, without end; return in each fork, as what was requested."""
        os.set_blocking(self._wakes, False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.set_wakeup_fd(self._wakes)
        with selectors.DefaultSelector() as selector:
            selector.register(self._asked, selectors.EVENT_READ)
            selector.register(self._ended, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._ended in ready:
                    os.read(self._ended, 4096)
                    self._tell_who_ended()
                if self._asked in ready and self._fork():
                    return

    def _tell_who_ended(self) -> None:
        while self._tells:
            process_id, status = os.waitpid(-1, os.WNOHANG)
            if process_id == 0:
                return
            with self._tells.pop(process_id) as tell:
                tell.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))

    def _fork(self) -> bool:
        """Fork for the request that came; return whether we are the fork."""
        message, files, _, _ = socket.recv_fds(self._asked, 1, 3)
        if not message:
            os._exit(0)  # who asked is gone
        tell = socket.socket(fileno=files[0])
        request = json.loads(tell.makefile("rb").readline())
        if process_id := os.fork():
            for file in files[1:]:
                os.close(file)
            self._tells[process_id] = tell
            tell.sendall(b"%d\n" % process_id)
            return False
        self._forget()
        tell.close()
        for file, standard in zip(files[1:], (1, 2), strict=True):
            os.dup2(file, standard)
            os.close(file)
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = ["detente", *request["arguments"]]
        return True

    def _forget(self) -> None:
        """Leave behind what is the forking process's own."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for file in (self._ended, self._wakes):
            os.close(file)
        for other in (self._asked, *self._tells.values()):
            other.close()


if __name__ == "__main__":
    from api.app import create_app
    from api.cli.main import command_line, main
    from api.running.settings import Settings

    command_line()  # and all that its commands need
    create_app(Settings())  # what it describes itself with is made once for all forks, like what was imported
    gc.freeze()
    _Zygote(socket.socket(fileno=int(sys.argv[1]))).answer()
    atexit.register(store_what_was_run_through)
    main()
