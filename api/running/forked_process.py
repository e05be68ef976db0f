"""A process forked from this one before it has threads: it has all that is imported, and begins in a moment.

It waits until something is written to its input, and ends with that: so it can be forked before anybody knows
whether there will be something for it to do.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, NoReturn

_log = logging.getLogger(__name__)


class ForkedProcess:
    """A forked process, as `subprocess.Popen` shows one. One thread waits for it."""

    def __init__(self, process_id: int, written_to: int) -> None:
        self.pid = process_id
        self.stdin: BinaryIO = os.fdopen(written_to, "wb", buffering=0)
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return its exit status, negative that of a signal; None until it was waited for."""
        return self._status

    def wait(self) -> int:
        """Wait until it ends; return its exit status."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._status

    def kill(self) -> None:
        """End it at once."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)


def fork_waiting(task: Callable[[int], None]) -> ForkedProcess | None:
    """Fork a process that does a task once something is written to its input, whose file the task is given.

    Returns None where that cannot be: on a system without forks, or in a process that has threads, whose locks
    would stay held in the forked one.
    """
    if sys.platform == "win32" or threading.active_count() > 1:
        return None
    read_end, write_end = os.pipe()
    process_id = os.fork()
    if not process_id:
        os.close(write_end)
        _end_after(task, read_end)
    os.close(read_end)
    return ForkedProcess(process_id, write_end)


def _end_after(task: Callable[[int], None], read_end: int) -> NoReturn:
    """Do the task of a forked process, and end it: nothing of what called the fork is gone on with."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches the one who writes to us as well
    status = 1
    try:
        if os.read(read_end, 1):
            task(read_end)
        status = 0
    except BaseException:
        _log.critical("the process failed", exc_info=True)
    finally:
        logging.shutdown()
        os._exit(status)
