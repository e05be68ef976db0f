"""What requests take is rationed: threads by kind, and the turns of short work and of dear reads.

All threads share one interpreter, and let go of it at each row of the database: where several compute at once,
they hand it to and fro, and what one of them does in a millisecond takes three. So requests are at work one after
the other, in the order in which they came, or a few at once where the database is a server and has to be waited
for. What takes longer than a moment, as a large post or a database that is busy, lets another begin beside it.

Of dear reads a few are worked out at once, some wait, and more are told to come again. Dear is what is worked out
from all that is known, and not read from running sums: a `what_if`, the list of all pairs at another time or under
another model, an explanation, a history, a dry run on names. One may take seconds of a processor. So the dear ones
have threads and a bound of their own, and where others wait, one of them is worked out at a time, and none for a
while after it: they have a share of the time.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar, copy_context
from functools import partial, wraps
from math import inf
from time import monotonic, thread_time
from typing import Any, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Depends, Request

from api.http.fast_path.dependency_plan import of_query
from api.http.problems import Problem

READING_THREADS: Final = 6  #: in which routes work that do not post
POSTING_THREADS: Final = 4  #: in which routes post, and in which large bodies are parsed
AT_WORK_EMBEDDED: Final = 1  #: requests that are at work at once, but for those that take long
AT_WORK_SERVER: Final = 3  #: the same where the database is a server
AT_ONCE: Final = 2  #: dear reads that are worked out at the same time
MOST_WAITING: Final = 60  #: dear reads that wait for their turn
DEAR_SHARE: Final = 1 / 8  #: of a processor's time, which dear reads have where others wait
_SHORT: Final = 0.003  # seconds for which the event loop waits for a read's work
_LONG: Final = 0.05  # seconds after which a request lets another begin beside it
_LONG_READ: Final = 5.0  # seconds after which a dear read lets another dear one begin, though others wait
_LOOK_AGAIN: Final = 0.05  # seconds after which it is looked again whether dear reads may go on
_LATE: Final = 0.025  # seconds that the event loop takes for one round where requests wait for it
_CROWDED: Final = 0.5  # seconds after such a round in which there will be more of them

_P = ParamSpec("_P")
_T = TypeVar("_T")

# Threads


def ration_threads(at_work: int = AT_WORK_EMBEDDED) -> None:
    """Have few threads in this event loop, and `at_work` requests at work at once but for those that take long."""
    to_thread.current_default_thread_limiter().total_tokens = READING_THREADS
    _shared[asyncio.get_running_loop()] = _Rations(at_work)


def end_threads() -> None:
    """End the thread of this event loop that is no other's."""
    if (short := _rations().short) is not None:
        short.close()


class TurnQueue:
    """Turns that are taken in the order in which they are asked for.

    `at_once` says how many are taken at once. Each that has taken longer than `long` seconds lets one more begin
    beside it, up to `most`: a short one does not wait for a long one's end.

    The next turn begins in a later round of the event loop. Between two turns answers are sent, and others are
    heard: in one round with the work of all who wait, all answers would be sent at its end, and who asks again
    at once would be heard before those who have waited for longer.
    """

    def __init__(self, at_once: Callable[[], int], long: float, most: float = inf) -> None:
        self._at_once = at_once
        self._most = most
        self._long = long
        self._taken = 0
        self._long_taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def waiting(self) -> int:
        """Return how many wait for a turn."""
        self._admit()  # there may be more at once now
        return len(self._waiting)

    def is_full(self) -> bool:
        """Return whether one who comes now has to wait."""
        return self.waiting() > 0 or not self._is_free()

    @asynccontextmanager
    async def turn(self, timeout: float | None = None) -> AsyncIterator[None]:
        """Wait for a turn, and hold it. Raises `TimeoutError` after `timeout` seconds of waiting."""
        if not self.is_full():
            self._taken += 1
        elif timeout is None:
            await self._wait()
        else:
            async with asyncio.timeout(timeout):
                await self._wait()
        is_long = False

        def take_long() -> None:
            nonlocal is_long
            is_long = True
            self._long_taken += 1
            self._admit()

        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._long, take_long)
        try:
            yield
        finally:
            timer.cancel()
            self._long_taken -= is_long
            loop.call_soon(self._give_back)

    def _is_free(self) -> bool:
        return self._taken < min(self._at_once() + self._long_taken, self._most)

    async def _wait(self) -> None:
        admitted = asyncio.get_running_loop().create_future()
        self._waiting.append(admitted)
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted in self._waiting:
                self._waiting.remove(admitted)
            elif not admitted.cancelled():  # it was admitted at the same moment
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


class ShortWork:
    """A thread for work that is short as a rule: the event loop waits for it, but not for long.

    What the two would do at the same time they would do in turns, as they share an interpreter, and to hand that
    to and fro takes longer than a short read does. What is not done after a moment is awaited, as what other
    threads do.
    """

    def __init__(self, within: float = _SHORT) -> None:
        self._within = within
        self._thread = ThreadPoolExecutor(1, "short work")
        self._latest: Future[Any] | None = None

    def is_free(self) -> bool:
        """Return whether nothing is under way."""
        return self._latest is None or self._latest.done()

    def close(self) -> None:
        """End the thread, which a process would wait for when it ends; not what is under way."""
        self._thread.shutdown(wait=False)

    async def run(self, work: Callable[[], _T]) -> _T:
        """Return what some work comes to."""
        future = self._thread.submit(copy_context().run, work)
        self._latest = future
        try:
            return future.result(self._within)
        except TimeoutError as error:
            if future.done() and future.exception() is error:
                raise  # it is the work's own
        awaited = asyncio.wrap_future(future)
        with CancelScope(shield=True):  # as anyio waits for its threads
            await asyncio.wait([awaited])
        return awaited.result()  # and not the thread's own: an error that nobody takes is logged


class _Rations:
    """What the requests of one event loop share. Dear reads rest after one of them, where others wait."""

    def __init__(self, at_work: int) -> None:
        self.posting = CapacityLimiter(POSTING_THREADS)
        self.dear = CapacityLimiter(AT_ONCE)
        self.short = ShortWork() if at_work == AT_WORK_EMBEDDED else None
        self.turns = TurnQueue(
            lambda: at_work, _LONG
        )  # what waits for a thread with its turn lets others begin, too
        self.resting_until = -inf

    def do_dear(self, work: Callable[[], _T]) -> _T:
        """Return what a dear read's work comes to; others have the processor for the rest of the time it took."""
        begun = thread_time()
        try:
            return work()
        finally:
            self.resting_until = monotonic() + (thread_time() - begun) * (1 / DEAR_SHARE - 1)


#: By event loop. (A `RunVar` of anyio's asks each time which library runs it: as long as a short read's routing.)
_shared: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Rations]] = WeakKeyDictionary()


def _rations() -> _Rations:
    loop = asyncio.get_running_loop()
    rations = _shared.get(loop)
    if rations is None:
        rations = _shared[loop] = _Rations(AT_WORK_EMBEDDED)
    return rations


async def run_reading(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return what some work for a read comes to, done in a thread for reads, or for dear ones if it is one."""
    todo, rations = partial(work, *args, **kwargs), _rations()
    async with rations.turns.turn():
        return await _read(todo, rations)


async def run_glancing(glance: Callable[[], _T | None], work: Callable[[], _T]) -> _T:
    """Return what a read comes to at a glance, within the event loop; where that is None, as `run_reading`.

    A glance takes a millisecond at most, and waits for nobody: less than it takes to have a thread do it. Where
    the database is a server, or the read is dear, there is none.
    """
    rations = _rations()
    if rations.short is None or _is_dear.get():
        return await run_reading(work)
    async with rations.turns.turn():
        if (found := glance()) is not None:
            return found
        return await _read(work, rations)


async def _read(work: Callable[[], _T], rations: "_Rations") -> _T:
    if _is_dear.get():
        return await to_thread.run_sync(rations.do_dear, work, limiter=rations.dear)
    if rations.short is not None and rations.short.is_free():
        return await rations.short.run(work)
    return await to_thread.run_sync(work)


async def run_posting(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return what some work for a post comes to, done in a thread for posts."""
    todo, rations = partial(work, *args, **kwargs), _rations()
    async with rations.turns.turn():
        if _is_dear.get():
            return await to_thread.run_sync(rations.do_dear, todo, limiter=rations.posting)
        return await to_thread.run_sync(todo, limiter=rations.posting)


def posting(endpoint: Callable[_P, _T]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Return a route's function so that it works in its turn, in a thread for posts."""

    @wraps(endpoint)
    async def post(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await run_posting(endpoint, *args, **kwargs)

    return post


def reading(endpoint: Callable[_P, _T]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Return a route's function so that it works in its turn, in a thread for reads."""

    @wraps(endpoint)
    async def read(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await run_reading(endpoint, *args, **kwargs)

    return read


# Dear reads

_is_dear: Final[ContextVar[bool]] = ContextVar("is_dear", default=False)


class DearReads:
    """The dear reads of one app: those that are worked out, and those that wait at most `timeout` seconds.

    Others may wait for their turn, or for the event loop, which does short work within its rounds.
    """

    def __init__(self, timeout: float, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._timeout = timeout
        self._most_waiting = most_waiting
        self._at_once = at_once
        self._turns = TurnQueue(self._may_begin, _LONG_READ, at_once)
        self._crowded_until = -inf

    def _may_begin(self) -> int:
        """Return how many may be worked out at once: where others wait, none until their share of time is due."""
        rations = _rations()
        if monotonic() >= self._crowded_until and not rations.turns.waiting():
            return self._at_once
        return int(monotonic() >= rations.resting_until)

    def _look_again_later(self) -> None:
        due = monotonic() + _LOOK_AGAIN
        asyncio.get_running_loop().call_later(_LOOK_AGAIN, self._look_again, due)

    def _look_again(self, due: float) -> None:
        """Let dear reads go on as soon as they may, while any wait."""
        self._note_round(due)
        if self._turns.waiting():
            self._look_again_later()

    async def _look_at_loop(self) -> None:
        """Find out how long the event loop takes for one round."""
        begun = monotonic()
        await asyncio.sleep(0)
        self._note_round(begun)

    def _note_round(self, due: float) -> None:
        """Note how long the event loop took to come to something that was due."""
        if (now := monotonic()) - due > _LATE:
            self._crowded_until = now + _CROWDED

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it. Raises `Problem` (503) if too many wait, or one waits for too long."""
        await self._look_at_loop()
        if self._turns.is_full():
            waiting = self._turns.waiting()
            if waiting >= self._most_waiting:
                raise _busy()
            if not waiting:  # who waits already is looked after
                self._look_again_later()
        async with AsyncExitStack() as stack:  # what is done in the turn may time out, too
            try:
                await stack.enter_async_context(self._turns.turn(self._timeout))
            except TimeoutError:
                raise _busy() from None
            yield


async def run_dear(dear_reads: DearReads, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return what a dear read's work comes to, done in its turn. In a task of its own. Raises `Problem` (503)."""
    async with dear_reads.turn():
        _is_dear.set(True)
        return await run_reading(work, *args, **kwargs)


def _rationed(*asked: str) -> Any:
    """Return what makes a route dear: always, or if a request has one of some query parameters."""

    async def ration(request: Request) -> AsyncIterator[None]:
        if asked and request.query_params.keys().isdisjoint(asked):
            yield
            return
        dear_reads: DearReads = request.app.state.dear_reads
        async with dear_reads.turn():
            _is_dear.set(True)
            yield

    if asked:
        of_query(ration)
    return Depends(ration, scope="function")  # the turn ends with the work, and not once the answer is read


DEAR: Final = _rationed()  #: a route that is dear whatever it is asked
DEAR_IF_SUPPOSED: Final = _rationed("what_if")  #: one that is dear with a `what_if`
DEAR_IF_DRY: Final = _rationed("dry_run")  #: one that is dear as a dry run
#: One that is dear unless asked of the present.
DEAR_IN_THE_PAST: Final = _rationed("as_of", "known_at", "published_by", "model", "what_if")


def _busy() -> Problem:
    detail = "many questions that take long are being worked out; ask again in a while, or ask of the present"
    return Problem(503, "busy", "Too many dear questions at once", detail, headers={"Retry-After": "5"})
