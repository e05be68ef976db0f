"""A file of an archive is first read by a process of its own: of some bytes the Parquet library ends the process.

Run as a module, this is that process: it reads the file that is named, and says on standard output what is wrong.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

from domain.log.archives.event_files import NotEvents, read_event_file

_REFUSED: Final = 3


def try_reading(file: Path) -> None:
    """Raise `NotEvents` for a file that cannot be read to its end."""
    command = [sys.executable, "-P", "-m", __name__, str(file)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == _REFUSED:
        raise NotEvents(done.stdout)
    if done.returncode < 0:
        raise NotEvents(f"it is no such Parquet file: whoever reads it is ended by signal {-done.returncode}")
    if done.returncode:
        raise NotEvents(f"it could not be read: {done.stderr}")


def main(file: Path) -> int:
    """Read a file to its end; return the exit status."""
    try:
        for _ in read_event_file(file):
            continue
    except NotEvents as error:
        sys.stdout.write(str(error))
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
