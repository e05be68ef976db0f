"""Failed attempts are answered late: the more of them, the later, one after another for each client address.

With secrets of 256 bits nobody guesses a key, however fast they may try, and to check one costs microseconds. So a
right key is let through whatever goes on, also from an address from which others try wrong ones. This keeps a
client that tries all the same from filling the log.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

FIRST_DELAY: Final = 0.1  #: seconds; doubled with each further failure
LONGEST_DELAY: Final = 5.0  #: seconds
FORGIVEN_AFTER: Final = 300.0  #: seconds without a failure
LINE: Final = 8  #: answers held back at once for one address; further failures are turned away, and not logged
MAX_ADDRESSES: Final = 1024
MAX_WAITING: Final = 1024  #: answers held back at once for all addresses; further failures are turned away


@dataclass(slots=True)
class _Record:
    """What an address did: its failures, when the line is free again, how many answers are held back."""

    failures: int = 0
    free_at: float = 0.0
    waiting: int = 0


class Throttle:
    """Holds back the answers to failed attempts. `clock` is in seconds and only grows."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._waiting = 0

    def retry_after(self, address: str) -> int | None:
        """Return when a failure of an address is turned away: seconds until it is worth another try; else None."""
        record = self._records.get(_neighbourhood(address))
        if record is not None and record.waiting >= LINE:
            return max(ceil(record.free_at - self._clock()), 1)
        return ceil(LONGEST_DELAY) if self._waiting >= MAX_WAITING else None

    async def hold(self, address: str) -> None:
        """Count a failure of an address that is not turned away; return when it is to be answered."""
        now = self._clock()
        record = self._record(_neighbourhood(address), now)
        delay = min(FIRST_DELAY * 2 ** min(record.failures, 16), LONGEST_DELAY)
        record.failures += 1
        record.free_at = max(record.free_at, now) + delay
        record.waiting += 1
        self._waiting += 1
        try:
            await self._sleep(record.free_at - now)
        finally:
            record.waiting -= 1
            self._waiting -= 1

    def _record(self, address: str, now: float) -> _Record:
        """Return the record of an address, as the newest; the oldest goes where there is no more room."""
        record = self._records.pop(address, None)
        if record is None or now - record.free_at > FORGIVEN_AFTER:
            record = _Record()
        self._records[address] = record
        if len(self._records) > MAX_ADDRESSES:
            self._records.popitem(last=False)
        return record


def _neighbourhood(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network that one IPv6 subscriber has."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or int(ip) >> 64)
    return address
