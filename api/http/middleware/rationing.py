"""Dear reads are rationed: a few are worked out at once, some wait, and more are told to come again.

Dear is what is worked out from all that is known, and not read from running sums: a `what_if`, the list of all
pairs at another time or under another model, an explanation, a history, a dry run on names. One may take
seconds of a processor. So that the other requests have threads and time, the dear ones have a bound of their own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Depends, Request

from api.http.problems import Problem

AT_ONCE: Final = 2  #: dear reads that are worked out at the same time: they share one interpreter in any case
MOST_WAITING: Final = 60  #: dear reads that wait for their turn
_ASKS_OF_ANOTHER_TIME: Final = frozenset({"as_of", "known_at", "model", "what_if"})


class DearReads:
    """The dear reads of one app: those that are worked out, and those that wait at most `timeout` seconds."""

    def __init__(self, timeout: float, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._timeout = timeout
        self._most_waiting = most_waiting
        self._waiting = 0
        self._turns = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it. Raises `Problem` (503) if too many wait, or one waits for too long."""
        if self._turns.locked() and self._waiting >= self._most_waiting:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._timeout):
                await self._turns.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()


async def _ration(request: Request) -> AsyncIterator[None]:
    dear_reads: DearReads = request.app.state.dear_reads
    async with dear_reads.turn():
        yield


async def _ration_what_if(request: Request) -> AsyncIterator[None]:
    if "what_if" not in request.query_params:
        yield
        return
    async for turn in _ration(request):
        yield turn


async def _ration_dry_run(request: Request) -> AsyncIterator[None]:
    if "dry_run" not in request.query_params:
        yield
        return
    async for turn in _ration(request):
        yield turn


async def _ration_past(request: Request) -> AsyncIterator[None]:
    if _ASKS_OF_ANOTHER_TIME.isdisjoint(request.query_params):
        yield
        return
    async for turn in _ration(request):
        yield turn


# The turn ends with the work, and not once its reader has read the answer.
DEAR: Final = Depends(_ration, scope="function")  #: a route that is dear whatever it is asked
DEAR_IF_SUPPOSED: Final = Depends(_ration_what_if, scope="function")  #: one that is dear with a `what_if`
DEAR_IF_DRY: Final = Depends(_ration_dry_run, scope="function")  #: one that is dear as a dry run
DEAR_IN_THE_PAST: Final = Depends(_ration_past, scope="function")  #: one that is dear unless asked of the present


def _busy() -> Problem:
    detail = "many questions that take long are being worked out; ask again in a while, or ask of the present"
    return Problem(503, "busy", "Too many dear questions at once", detail, headers={"Retry-After": "5"})
