"""Folding the log as the work of a whole process: `detente work`, and what `detente serve` keeps beside itself."""

import gc
import os
import signal
import sys
from collections.abc import Callable
from threading import Lock, Thread
from types import FrameType

from api.running import logging as logs
from api.running.service import Service
from api.running.settings import Settings
from projections.folding.parallel_fill import COLLECTED_AFTER


def fold_until_stopped(settings: Settings, begun: Callable[[Service], None], *stopped_by: signal.Signals) -> None:
    """Fold the log until one of some signals comes, or the service is told to stop; commit the page at hand."""
    service = Service.open(settings)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        service.stop()

    try:
        for number in stopped_by:
            signal.signal(number, stop)
        service.start_projector()
        begun(service)
        service.wait()
    finally:
        service.close()


def main() -> None:
    """Fold the log beside the process that holds the other end of our standard input."""
    settings = Settings()
    logs.configure(settings.log_format, settings.log_level)
    fold_beside(settings, sys.stdin.fileno())


def fold_beside(settings: Settings, parents: int) -> None:
    """Fold the log while anybody holds the other end of a pipe: what is written to it wakes the projector."""
    gc.freeze()  # what is here by now stays, and may be another process's memory as well
    gc.set_threshold(*COLLECTED_AFTER)
    # A terminal's Ctrl-C reaches us as well as the server, which may have requests to end that wait for us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = _Parent(parents)
    Thread(target=parent.listen, name="parent", daemon=True).start()
    fold_until_stopped(settings, parent.begun, signal.SIGTERM)


class _Parent:
    """The process that started us, listened to from the first moment: opening the database may take long."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._mutex = Lock()
        self._service: Service | None = None

    def begun(self, service: Service) -> None:
        """Take in which service it wakes and stops."""
        with self._mutex:
            self._service = service

    def listen(self) -> None:
        """Wake the projector for what is written to us; stop when nobody can write any more."""
        while os.read(self._file, 4096):
            if self._service is not None:  # else it looks at the log in any case, when it begins
                self._service.wake.set()
        with self._mutex:
            if self._service is None:
                os._exit(0)  # it may wait for a lock, and has begun nothing that would have to be finished
            self._service.stop()


if __name__ == "__main__":
    main()
