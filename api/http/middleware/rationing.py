"""What requests take is rationed: threads by kind, and the turns of dear reads.

All threads share one interpreter: the more of them compute, the longer each waits for it, and the more it costs
to wait. So there are few, and reads and posts have theirs apart. Posts wait for each other in any case, since one
transaction at a time adds to the log: no read waits behind them.

Of dear reads a few are worked out at once, some wait, and more are told to come again. Dear is what is worked out
from all that is known, and not read from running sums: a `what_if`, the list of all pairs at another time or under
another model, an explanation, a history, a dry run on names. One may take seconds of a processor. So that the
other requests have threads and time, the dear ones have a bound of their own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial, wraps
from typing import Any, Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import Depends, Request

from api.http.problems import Problem

READING_THREADS: Final = 6  #: in which routes work that do not post, the dear ones among them
POSTING_THREADS: Final = 4  #: in which routes post, and in which large bodies are parsed
AT_ONCE: Final = 2  #: dear reads that are worked out at the same time: they share one interpreter in any case
MOST_WAITING: Final = 60  #: dear reads that wait for their turn

_P = ParamSpec("_P")
_T = TypeVar("_T")

# Threads


def ration_threads() -> None:
    """Have no more threads than `READING_THREADS` in this event loop but those for posts."""
    to_thread.current_default_thread_limiter().total_tokens = READING_THREADS


async def run_posting(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return what some work for a post comes to, done in a thread for posts."""
    limiter = _posting.get(None)
    if limiter is None:
        limiter = CapacityLimiter(POSTING_THREADS)
        _posting.set(limiter)
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=limiter)


def posting(endpoint: Callable[_P, _T]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Return a route's function so that it works in a thread for posts."""

    @wraps(endpoint)
    async def post(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await run_posting(endpoint, *args, **kwargs)

    return post


_posting: Final[RunVar[CapacityLimiter | None]] = RunVar("threads for posts")

# Dear reads


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
DEAR_IN_THE_PAST: Final = _rationed("as_of", "known_at", "published_by", "model", "what_if")


def _busy() -> Problem:
    detail = "many questions that take long are being worked out; ask again in a while, or ask of the present"
    return Problem(503, "busy", "Too many dear questions at once", detail, headers={"Retry-After": "5"})
