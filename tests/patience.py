"""How long tests wait for what takes a moment: until it is so, however busy the machine is."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Final

#: Seconds, at most; nothing is measured by it.
PATIENCE: Final = 240.0


def wait_until(condition: Callable[[], bool], what: str = "what was waited for") -> None:
    """Look again and again until something is so."""
    poll, until = Event(), monotonic() + PATIENCE
    while not condition():
        assert monotonic() < until, f"this never came: {what}"
        poll.wait(0.02)
