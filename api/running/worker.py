"""Folding the log as the work of a whole process: `detente work`, and what `detente serve` keeps beside itself."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from threading import Lock, Thread
from types import FrameType

from api.running import logging as logs
from api.running.forked_process import fork_waiting
from api.running.service import Service
from api.running.settings import Settings
from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.folding.parallel_fill import COLLECTED_AFTER
from projections.folding.stretches.pages_ahead import PagesAhead, fold_ahead


def fold_until_stopped(
    settings: Settings,
    begun: Callable[[Service], None],
    *stopped_by: signal.Signals,
    ahead: PagesAhead | None = None,
) -> None:
    """Fold the log until one of some signals comes, or the service is told to stop; commit the page at hand.

    While it is far behind, pages are taken from what folds `ahead`.
    """
    service = Service.open(settings)
    if ahead is not None:
        service.projector.take_pages_from(ahead)

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


@contextmanager
def folding_ahead(settings: Settings) -> Iterator[PagesAhead | None]:
    """Yield what gives pages that a process forked from this one folds; None where there are no forks.

    Reading and folding have a core of their own that way, where there is one, while this process writes.
    """
    ours, theirs = Pipe()

    def fold(_input: int) -> None:
        ours.close()
        fold_ahead(theirs, lambda: Detente(log_environment(settings.database_url, makes_tables=False)))

    process = fork_waiting(fold)
    theirs.close()
    if process is None:
        ours.close()
        yield None
        return
    process.stdin.write(b"\n")
    try:
        yield PagesAhead(ours)
    finally:
        ours.close()
        process.stdin.close()
        process.wait()


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
    with folding_ahead(settings) as ahead:
        parent = _Parent(parents)
        Thread(target=parent.listen, name="parent", daemon=True).start()
        fold_until_stopped(settings, parent.begun, signal.SIGTERM, ahead=ahead)


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
