"""What requests take is rationed: threads by kind, and the turns of posts and of dear reads.

All threads share one interpreter: the more of them compute, the longer each waits for it, and the more it costs
to wait. So there are few, and reads and posts have theirs apart. Posts wait for each other in any case, since one
transaction at a time adds to the log: no read waits behind them.

Of dear reads a few are worked out at once, some wait, and more are told to come again. Dear is what is worked out
from all that is known, and not read from running sums: a `what_if`, the list of all pairs at another time or under
another model, an explanation, a history, a dry run on names. One may take seconds of a processor. So that the
other requests have threads and time, the dear ones have a bound of their own.

Where reads wait for a thread, posts are done one at a time, and so are dear reads: each one more at work would
take its share of the interpreter from many. One that takes long lets another begin beside it all the same.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial, wraps
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import Depends, Request

from api.http.problems import Problem

READING_THREADS: Final = 6  #: in which routes work that do not post, the dear ones among them
POSTING_THREADS: Final = 4  #: in which routes post, and in which large bodies are parsed
AT_ONCE: Final = 2  #: dear reads that are worked out at the same time: they share one interpreter in any case
MOST_WAITING: Final = 60  #: dear reads that wait for their turn
_LONG_POST: Final = 0.1  # seconds after which a post lets another begin beside it, though reads wait
_LONG_READ: Final = 1.0  # the same for dear reads

_P = ParamSpec("_P")
_T = TypeVar("_T")

# Threads


def ration_threads() -> None:
    """Have no more threads than `READING_THREADS` in this event loop but those for posts."""
    to_thread.current_default_thread_limiter().total_tokens = READING_THREADS


def _do_reads_wait() -> bool:
    """Return whether a read would wait for a thread."""
    return to_thread.current_default_thread_limiter().available_tokens <= 0


class TurnQueue:
    """Turns of which at most `most` are taken at once: first come, first served.

    While reads wait for a thread it is one at a time, and one more for each that has taken longer than `long`
    seconds: a short one never waits for a long one's end.
    """

    def __init__(self, most: int, long: float, *, do_reads_wait: Callable[[], bool] = _do_reads_wait) -> None:
        self._most = most
        self._long = long
        self._do_reads_wait = do_reads_wait
        self._taken = 0
        self._long_taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def is_full(self) -> bool:
        """Return whether one who comes now has to wait."""
        self._admit()  # reads may wait no more
        return bool(self._waiting) or not self._is_free()

    @asynccontextmanager
    async def turn(self, timeout: float | None = None) -> AsyncIterator[None]:
        """Wait for a turn, and hold it. Raises `TimeoutError` after `timeout` seconds of waiting."""
        async with asyncio.timeout(timeout):
            await self._take()
        is_long = False

        def take_long() -> None:
            nonlocal is_long
            is_long = True
            self._long_taken += 1
            self._admit()

        timer = asyncio.get_running_loop().call_later(self._long, take_long)
        try:
            yield
        finally:
            timer.cancel()
            self._long_taken -= is_long
            self._give_back()

    def _is_free(self) -> bool:
        at_once = 1 + self._long_taken if self._do_reads_wait() else self._most
        return self._taken < min(at_once, self._most)

    async def _take(self) -> None:
        if not self.is_full():
            self._taken += 1
            return
        admitted = asyncio.get_running_loop().create_future()
        self._waiting.append(admitted)
        try:
            await admitted
        except asyncio.CancelledError:
            if not admitted.cancelled():  # it was admitted at the same moment
                self._give_back()
            raise

    def _give_back(self) -> None:
        self._taken -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._is_free():
            admitted = self._waiting.popleft()
            if not admitted.done():
                self._taken += 1
                admitted.set_result(None)


async def run_posting(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return what some work for a post comes to, done in a thread for posts."""
    rations = _posting.get(None)
    if rations is None:
        rations = _PostRations(CapacityLimiter(POSTING_THREADS), TurnQueue(POSTING_THREADS, _LONG_POST))
        _posting.set(rations)
    async with rations.turns.turn():
        return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=rations.threads)


def posting(endpoint: Callable[_P, _T]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Return a route's function so that it works in a thread for posts."""

    @wraps(endpoint)
    async def post(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await run_posting(endpoint, *args, **kwargs)

    return post


class _PostRations(NamedTuple):
    """What posts of one event loop share."""

    threads: CapacityLimiter
    turns: TurnQueue


_posting: Final[RunVar[_PostRations | None]] = RunVar("rations of posts")

# Dear reads


class DearReads:
    """The dear reads of one app: those that are worked out, and those that wait at most `timeout` seconds."""

    def __init__(self, timeout: float, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._timeout = timeout
        self._most_waiting = most_waiting
        self._waiting = 0
        self._turns = TurnQueue(at_once, _LONG_READ)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it. Raises `Problem` (503) if too many wait, or one waits for too long."""
        if self._waiting >= self._most_waiting and self._turns.is_full():
            raise _busy()
        async with AsyncExitStack() as stack:
            self._waiting += 1
            try:
                await stack.enter_async_context(self._turns.turn(self._timeout))
            except TimeoutError:
                raise _busy() from None
            finally:
                self._waiting -= 1
            yield


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
