"""The folder in which the workers of one server count: swept by the next server where it outlives all of them."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

if sys.platform != "win32":  # where there are no workers
    import fcntl

_PREFIX: Final = "detente-metrics-"
_OWNED: Final = "owned"  # a file that is locked for as long as a process of the server runs


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """Yield a new folder, which is removed at the end by the process that made it, and not by its forks.

    Those that servers left behind which were killed are removed first.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        _sweep(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    maker = os.getpid()
    unlocked = folder / "making"
    descriptor = os.open(unlocked, os.O_CREAT | os.O_RDONLY, 0o600)  # forks have it, too, until they end
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        unlocked.rename(folder / _OWNED)  # not before: what has this name and no lock is swept
        yield folder
    finally:
        if os.getpid() == maker:
            os.close(descriptor)
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove a folder of ours that no process has any more."""
    with suppress(OSError):  # it has an owner; or it is being made, or removed by another
        if folder.stat().st_uid != os.getuid():
            return
        with (folder / _OWNED).open("rb") as owned:
            fcntl.flock(owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
