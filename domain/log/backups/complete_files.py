"""Files that appear under their names once they are complete, and on the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PART: Final = ".part"  #: how the name of an unfinished file ends


@contextmanager
def complete_or_not_at_all(target: Path, mode: int) -> Iterator[Path]:
    """Yield a file beside the target, of some permissions; give it the target's name once all went well."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}{PART}")
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield unfinished
        sync_to_disk(unfinished)
        unfinished.replace(target)
        sync_to_disk(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
        unfinished.with_name(unfinished.name + "-journal").unlink(missing_ok=True)


def sync_to_disk(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
