"""Who asks: callers, and the keys as they were a moment ago."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from api.access.keys import MAKE_ONE, Key, Scope, why_invalid
from api.ttl_value import TtlValue

MAX_AGE: Final = 1.0  #: seconds for which keys are believed once read: so late a change is seen


class Caller(NamedTuple):
    """Who asks. The name is None for whoever is on this machine, where no keys have been made."""

    name: str | None
    scope: Scope


LOCAL: Final = Caller(None, Scope.ADMIN)


class KeyRing(TtlValue[Mapping[str, Key]]):
    """The keys by their ids, as they were at most `MAX_AGE` seconds ago. `clock` is in seconds and only grows."""

    def __init__(self, read: Callable[[], Sequence[Key]], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(lambda: {key.id: key for key in read()}, MAX_AGE, clock)

    async def keys(self) -> Mapping[str, Key]:
        """Return the keys."""
        return await self.get()


def describe_access(keys: Mapping[str, Key], now: datetime) -> str:
    """Return who is let in, for the log."""
    valid = sum(why_invalid(key, now) is None for key in keys.values())
    if keys:
        return f"only requests with a key are answered; {valid} of {len(keys)} keys are valid"
    return f"no keys have been made: only requests of this machine are answered, all of them; {MAKE_ONE}"
