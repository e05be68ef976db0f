"""How the interpreter is set for a process that serves, and how it ends though threads still wait."""

import gc
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from api.running.open_files import allow_many_connections

_SWITCHING: Final = 0.0005  # seconds for which a thread may compute while the one that talks to clients waits
_COLLECTED_AFTER: Final = (20_000, 20, 20)  # an answer is made of many objects, which have no cycles

_log = logging.getLogger("api.cli")  # those who read the log know the command line by this name


def tune_for_serving() -> None:
    """Let this process have many connections, change threads often, and rarely look for garbage."""
    allow_many_connections()
    sys.setswitchinterval(_SWITCHING)
    gc.freeze()  # what is here by now stays: the collector need not go through it again and again
    gc.set_threshold(*_COLLECTED_AFTER)


@contextmanager
def ending_its_threads() -> Iterator[None]:
    """End the process afterwards though threads of refused requests still wait, for a lock in the database.

    What they have not committed is not recorded: the connections that they hold end with the process.
    """
    try:
        yield
    finally:
        gc.unfreeze()  # else what DuckDB finds left at the end is written into the log, line by line
        main_thread = threading.main_thread()
        waiting = [each for each in threading.enumerate() if not each.daemon and each is not main_thread]
        for each in waiting:
            each.join(timeout=1)
        if any(each.is_alive() for each in waiting):
            _log.warning("requests that still wait for the database are given up")
            logging.shutdown()
            os._exit(0)
