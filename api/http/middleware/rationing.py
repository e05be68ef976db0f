"""Dear reads are rationed: a few are worked out at once, some wait, and more are told to come again.

Dear is what is worked out from all that is known, and not read from running sums: a `what_if`, the list of all
pairs at another time or under another model, an explanation, a history, a dry run on names. One may take
seconds of a processor. So that the other requests have threads and time, the dear ones have a bound of their own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import Depends, Request

from api.http.problems import Problem

AT_ONCE: Final = 2  #: dear reads that are worked out at the same time: they share one interpreter in any case
MOST_WAITING: Final = 60  #: dear reads that wait for their turn


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


def _rationed(*asked: str) -> Any:
    """Return what makes a route dear: always, or if a request has one of some query parameters."""

    async def ration(request: Request) -> AsyncIterator[None]:
        if asked and request.query_params.keys().isdisjoint(asked):
            yield
            return
        dear_reads: DearReads = request.app.state.dear_reads
        async with dear_reads.turn():
            yield

    return Depends(ration, scope="function")  # the turn ends with the work, and not once the answer is read


DEAR: Final = _rationed()  #: a route that is dear whatever it is asked
DEAR_IF_SUPPOSED: Final = _rationed("what_if")  #: one that is dear with a `what_if`
DEAR_IF_DRY: Final = _rationed("dry_run")  #: one that is dear as a dry run
#: One that is dear unless asked of the present.
DEAR_IN_THE_PAST: Final = _rationed("as_of", "known_at", "model", "what_if")


def _busy() -> Problem:
    detail = "many questions that take long are being worked out; ask again in a while, or ask of the present"
    return Problem(503, "busy", "Too many dear questions at once", detail, headers={"Retry-After": "5"})
