"""A Parquet file is first read by a process of its own: of some bytes the library ends the process.

Run as a module, this is that process: it reads the files that are named, as those of stored events unless they may
have `--any` columns, and says on standard output what is wrong.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from domain.log.archives.event_files import BATCH, NotEvents, read_event_file
from domain.log.archives.parquet_files import UnfitParquet, read_parquet_file

_REFUSED: Final = 3
_ANY: Final = "--any"


def try_reading(file: Path) -> None:
    """Raise `NotEvents` for a file of stored events that cannot be read to its end."""
    if (fault := _fault_of(str(file))) is not None:
        raise NotEvents(fault)


def try_reading_any(*files: Path) -> None:
    """Raise `UnfitParquet` where one of some files, of whatever columns, cannot be read to its end."""
    if (fault := _fault_of(_ANY, *map(str, files))) is not None:
        raise UnfitParquet(fault)


def _fault_of(*arguments: str) -> str | None:
    command = [sys.executable, "-P", "-m", __name__, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == _REFUSED:
        return done.stdout
    if done.returncode < 0:
        return f"it is no such Parquet file: whoever reads it is ended by signal {-done.returncode}"
    return f"it could not be read: {done.stderr}" if done.returncode else None


def main(arguments: Sequence[str]) -> int:
    """Read files to their ends; return the exit status."""
    files = [Path(name) for name in arguments if name != _ANY]
    try:
        for file in files:
            for _ in read_parquet_file(file, None, BATCH) if _ANY in arguments else read_event_file(file):
                continue
    except UnfitParquet as error:
        sys.stdout.write(str(error))
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
