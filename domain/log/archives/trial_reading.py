"""A Parquet file is first read by a process of its own: of some bytes the library ends the process.

Run as a module, this is that process: it reads the files that are named, as those of stored events unless they may
have `--any` columns, and says on standard output what is wrong.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from domain.log.archives.event_files import BATCH, NotEvents, read_event_file
from domain.log.archives.parquet_files import UnfitParquet, read_parquet_file

_REFUSED: Final = 3
_ANY: Final = "--any"
_NEXT: Final = "\n"  # is written before each file


class Unreadable(NamedTuple):
    """Which of some files cannot be read, and why."""

    place: int
    fault: str


def try_reading(file: Path) -> None:
    """Raise `NotEvents` for a file of stored events that cannot be read to its end."""
    if (found := _try_in_process([str(file)])) is not None:
        raise NotEvents(found.fault)


def find_unreadable(files: Sequence[Path]) -> Unreadable | None:
    """Return the first of some files, of whatever columns, that cannot be read to its end; None if all can."""
    return _try_in_process([_ANY, *map(str, files)])


def _try_in_process(arguments: Sequence[str]) -> Unreadable | None:
    command = [sys.executable, "-P", "-m", __name__, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return None
    fault = done.stdout.lstrip(_NEXT)
    place = max(len(done.stdout) - len(fault) - 1, 0)
    if done.returncode < 0:
        fault = f"it is no such Parquet file: whoever reads it is ended by signal {-done.returncode}"
    elif done.returncode != _REFUSED:
        fault = f"it could not be read: {done.stderr}"
    return Unreadable(place, fault)


def main(arguments: Sequence[str]) -> int:
    """Read files to their ends; return the exit status."""
    try:
        for name in arguments:
            if name != _ANY:
                sys.stdout.write(_NEXT)
                sys.stdout.flush()  # for who reads it to know of which file this process was ended
                _read(Path(name), of_events=_ANY not in arguments)
    except UnfitParquet as error:
        sys.stdout.write(str(error))
        return _REFUSED
    return 0


def _read(file: Path, *, of_events: bool) -> None:
    for _ in read_event_file(file) if of_events else read_parquet_file(file, None, BATCH):
        continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
