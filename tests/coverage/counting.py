"""Counting, in a process, which lines and branches of the code are run through.

Probes are put into the code as it is imported, so `begin` comes before all imports of it. Unlike a trace function,
they cost little: tests that are counted take hardly longer.
"""

import marshal
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NoReturn

COUNTED: Final = "DETENTE_TESTS_COUNTED"  #: variable with the folder in which processes put what they ran through

_FOLDER: Final = os.environ.get(COUNTED)  # as it was at first: a run that is part of a test is not counted
_ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = [str(_ROOT / name) for name in ("api", "domain", "projections", "client")]

#: Of each file, the lines, and the branches from a line to another (0 where a function ends).
Seen = Mapping[str, set[int | tuple[int, int]]]


def begin() -> Callable[[], None]:
    """Count from now on, if that is asked for; return what stores what was run through until then."""
    if _FOLDER is None:
        return lambda: None
    from slipcover import FileMatcher, ImportManager, Slipcover

    folder = Path(_FOLDER)
    # Immediate: no probe is taken out again, which it does by changing functions while other threads run them.
    counter = Slipcover(branch=True, immediate=True)
    ImportManager(counter, FileMatcher(sources=SOURCES)).__enter__()

    def store() -> None:
        for file, places in counter._get_newly_seen().items():
            counter.all_seen[file].update(places)
        (folder / f"{os.getpid()}.seen").write_bytes(marshal.dumps(dict(counter.all_seen)))

    _store_before_sudden_ends(store)
    return store


def _store_before_sudden_ends(store: Callable[[], None]) -> None:
    """Store in those processes as well that end without looking back, as forked ones do."""
    end = os._exit

    def store_and_end(status: int) -> NoReturn:
        try:
            store()
        finally:
            end(status)

    os._exit = store_and_end


def environment() -> dict[str, str]:
    """Return the variables with which another process counts, if this one does."""
    return {} if _FOLDER is None else {COUNTED: _FOLDER}


def stored(folder: Path) -> list[Seen]:
    """Return what the processes of a run stored."""
    return [marshal.loads(file.read_bytes()) for file in sorted(folder.glob("*.seen"))]  # noqa: S302  # our own
