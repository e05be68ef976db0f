"""What Spark says when something fails, which is long: the part of it that tells what happened."""

import re
from typing import Final

from domain.log.archives.manifest import ArchiveRefused

_REFUSED: Final = re.compile(rf"\b{ArchiveRefused.__name__}: (.+)")  # in the traceback of a task
_CAUSE: Final = re.compile(
    r"^(?:: |Caused by: )?((?:\w+\.)*\w*(?:Exception|Error): (?!.*awaitResult).+)", re.MULTILINE
)


def refusal_in(said: str) -> str | None:
    """Return what a task refused by `ArchiveRefused`, None if it was something else that failed."""
    found = _REFUSED.search(said)
    return None if found is None else found[1]


def cause_in(said: str) -> str:
    """Return the line of what Spark says, with all calls in Java and Python, that tells what happened."""
    found = _CAUSE.search(said)
    return (found[1] if found else said.strip().partition("\n")[0]).strip().rstrip(".")
