"""A value with a time to live: read from somewhere, and read anew once it is older than that."""

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


def _never() -> int:
    return 0


class TtlValue(Generic[_Value]):
    """A value as it was at most `seconds` before it was asked for.

    `read` may block; `clock` is in seconds and only grows. `changes` is a number that is another after each change
    that somebody announced: then what was read before is not believed any more. A `glance` never blocks: it reads
    the same within the event loop, or None where that cannot be.
    """

    def __init__(
        self,
        read: Callable[[], _Value],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        changes: Callable[[], int] = _never,
        glance: Callable[[], _Value | None] = lambda: None,
    ) -> None:
        self._read = read
        self._glance = glance
        self._seconds = seconds
        self._clock = clock
        self._changes = changes
        self._values: list[_Value] = []
        self._fresh_until = float("-inf")
        self._seen = 0
        self._reading = asyncio.Lock()

    async def get(self) -> _Value:
        """Return the value; whoever comes first after its time reads it anew, and the others wait for that.

        What was read since they asked is new enough for all who waited, however long it took to read: else each
        would read it again, one after the other.
        """
        asked, changes = self._clock(), self._changes()
        if asked >= self._fresh_until or changes != self._seen:
            if (found := self._glance()) is not None:
                self._values, self._fresh_until, self._seen = [found], asked + self._seconds, changes
                return found
            async with self._reading:
                if asked >= self._fresh_until or changes > self._seen:
                    began, changes = self._clock(), self._changes()
                    # Not in the threads of the routes, which may all be busy.
                    self._values = [await asyncio.to_thread(self._read)]
                    self._fresh_until, self._seen = began + self._seconds, changes
        return self._values[0]

    def expire(self) -> None:
        """Have the value read anew by whoever asks next."""
        self._fresh_until = float("-inf")
