"""Threads are rationed by kind, and work by turns: few compute at once, and long work keeps nobody waiting."""

import asyncio
import gc
from collections.abc import Coroutine
from contextvars import ContextVar
from threading import Event, Lock, Thread, current_thread
from typing import Any

import httpx
import pytest
from anyio import to_thread
from fastapi import APIRouter, FastAPI

from api.http.middleware import rationing
from api.http.middleware.json_route import JsonRoute
from api.http.middleware.rationing import (
    DEAR_SHARE,
    POSTING_THREADS,
    READING_THREADS,
    DearReads,
    ShortWork,
    TurnQueue,
    end_threads,
    ration_threads,
    run_glancing,
    run_posting,
    run_reading,
)
from tests.patience import PATIENCE


class Work:
    """Work that waits until it may end, and counts how much of it is under way at once."""

    def __init__(self) -> None:
        self.may_end = Event()
        self.most = 0
        self._now = 0
        self._lock = Lock()

    def do(self) -> str:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        assert self.may_end.wait(PATIENCE)
        with self._lock:
            self._now -= 1
        return "done"


def test_no_more_than_some_threads_work_at_once() -> None:
    async def most(limit: int, *begun: Coroutine[Any, Any, str], work: Work) -> int:
        ration_threads(READING_THREADS)
        tasks = [asyncio.create_task(each) for each in begun]
        while work.most < limit:
            await asyncio.sleep(0)  # all of them have begun by then, or wait for a thread
        work.may_end.set()
        assert await asyncio.gather(*tasks) == ["done"] * len(tasks)
        return work.most

    reading, post = Work(), Work()
    reads = [to_thread.run_sync(reading.do) for _ in range(4 * READING_THREADS)]
    posts = [run_posting(post.do) for _ in range(4 * POSTING_THREADS)]
    assert asyncio.run(most(READING_THREADS, *reads, work=reading)) == READING_THREADS
    assert asyncio.run(most(POSTING_THREADS, *posts, work=post)) == POSTING_THREADS


def test_a_read_is_answered_while_more_posts_wait_than_there_are_threads() -> None:
    router, work = APIRouter(route_class=JsonRoute), Work()

    @router.post("/deed")
    def post_deed() -> str:
        """Do it."""
        return work.do()

    @router.get("/deed")
    def get_deed() -> str:
        """Read it."""
        return "read"

    app = FastAPI()
    app.include_router(router)

    async def ask() -> tuple[Any, list[Any]]:
        ration_threads()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            count = POSTING_THREADS + READING_THREADS + 1
            posts = [asyncio.create_task(client.post("/deed", timeout=PATIENCE)) for _ in range(count)]
            while work.most < POSTING_THREADS:
                await asyncio.sleep(0)
            read = (await client.get("/deed", timeout=PATIENCE)).json()
            work.may_end.set()
            return read, [(await post).json() for post in posts]

    read, posted = asyncio.run(ask())
    assert read == "read"
    assert set(posted) == {"done"}
    assert app.openapi()["paths"]["/deed"]["post"]["description"] == "Do it."


def test_reads_and_posts_are_done_one_after_the_other_as_they_came() -> None:
    order: list[str] = []

    async def ask() -> None:
        ration_threads(1)
        begun = [
            run(order.append, name)
            for name, run in (("r1", run_reading), ("p1", run_posting), ("r2", run_reading), ("p2", run_posting))
        ]
        await asyncio.gather(*begun)

    asyncio.run(ask())
    assert order == ["r1", "p1", "r2", "p2"]


def test_a_read_is_answered_while_as_many_posts_take_long_as_there_are_threads() -> None:
    async def ask() -> str:
        ration_threads(1)
        work = Work()
        posts = [asyncio.create_task(run_posting(work.do)) for _ in range(POSTING_THREADS)]
        while work.most < POSTING_THREADS:
            await asyncio.sleep(0)
        answer = await run_reading(lambda: "read")
        work.may_end.set()
        assert await asyncio.gather(*posts) == ["done"] * POSTING_THREADS
        return answer

    assert asyncio.run(ask()) == "read"


@pytest.mark.parametrize(("at_once", "long", "expected"), [(2, PATIENCE, 2), (1, PATIENCE, 1), (1, 0.0, 3)])
def test_turns_are_few_at_once_but_for_those_that_take_long(at_once: int, long: float, expected: int) -> None:
    async def holders() -> int:
        turns, end, held = TurnQueue(lambda: at_once, long, 3), asyncio.Event(), [0]

        async def hold() -> None:
            async with turns.turn():
                held[0] += 1
                await end.wait()

        tasks = [asyncio.create_task(hold()) for _ in range(5)]
        for _ in range(3):
            await asyncio.sleep(0)
        while held[0] < expected:
            await asyncio.sleep(0)
        found = held[0]
        assert turns.waiting() == 5 - expected
        end.set()
        await asyncio.gather(*tasks)
        assert held == [5]
        assert not turns.is_full()
        assert turns.waiting() == 0
        return found

    assert asyncio.run(holders()) == expected


@pytest.mark.parametrize("is_glance", [True, False])
def test_one_read_is_worked_out_in_a_round_and_those_wait_least_who_have_waited_longest(is_glance: bool) -> None:
    readers, asked = 5, 3

    async def ask() -> tuple[list[int], set[int]]:
        ration_threads(1)
        answered, worked, in_round = list[int](), [0], set[int]()

        def work() -> str:
            worked[0] += 1
            return "read"

        async def read(number: int) -> None:
            for _ in range(asked):
                await (run_glancing(work, work) if is_glance else run_reading(work))
                answered.append(number)
                await asyncio.sleep(0)  # the answer is on its way

        tasks = [asyncio.create_task(read(number)) for number in range(readers)]
        while not all(task.done() for task in tasks):
            before = worked[0]
            await asyncio.sleep(0)
            in_round.add(worked[0] - before)
        end_threads()
        return answered, in_round

    answered, in_round = asyncio.run(ask())
    assert answered == list(range(readers)) * asked
    assert in_round == {0, 1}


def test_who_gives_up_waiting_takes_no_turn_from_others() -> None:
    async def wait() -> None:
        turns = TurnQueue(lambda: 1, PATIENCE, 1)
        async with turns.turn():
            with pytest.raises(TimeoutError):
                async with turns.turn(timeout=0.0):
                    pass
        await asyncio.sleep(0)
        assert not turns.is_full()
        async with turns.turn():
            assert turns.is_full()

    asyncio.run(wait())


def test_the_loop_waits_for_short_work_and_goes_on_beside_what_takes_long() -> None:
    named = ContextVar("named", default="nobody")

    async def ask() -> list[str]:
        named.set("somebody")
        short, long = ShortWork(within=PATIENCE), ShortWork(within=0.0)
        found = [await short.run(named.get)]
        work = Work()
        begun = asyncio.create_task(long.run(work.do))
        while not work.most:
            await asyncio.sleep(0)
        assert not long.is_free()
        work.may_end.set()
        return [*found, await begun]

    assert asyncio.run(ask()) == ["somebody", "done"]


def test_what_short_work_raises_is_raised_also_where_it_is_a_timeout() -> None:
    def fail() -> None:
        raise TimeoutError("its own")

    for within in (PATIENCE, 0.0):
        with pytest.raises(TimeoutError, match="its own"):
            asyncio.run(ShortWork(within).run(fail))


def test_what_short_work_raises_is_not_left_over_for_the_log() -> None:
    left_over: list[Any] = []

    def refuse() -> None:
        raise ValueError("refused")

    async def ask() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: left_over.append(context))
        with pytest.raises(ValueError, match="refused"):
            await ShortWork(within=0.0).run(refuse)

    asyncio.run(ask())
    gc.collect()
    assert left_over == []


def test_where_others_wait_dear_reads_have_a_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    time = [100.0]
    for clock in ("monotonic", "thread_time"):
        monkeypatch.setattr(rationing, clock, lambda: time[0])

    def take_a_second() -> None:
        time[0] += 1.0

    async def ask() -> list[bool]:
        ration_threads(1)
        dear, shared, work = DearReads(PATIENCE), rationing._rations(), Work()
        async with dear.turn():
            rationing._is_dear.set(True)
            await run_reading(take_a_second)
            rationing._is_dear.set(False)
        holder = asyncio.create_task(run_reading(work.do))
        async with asyncio.TaskGroup() as group:
            async with shared.turns.turn():  # as soon as the holder takes long
                waiter = group.create_task(run_reading(int))
                while not shared.turns.waiting():
                    await asyncio.sleep(0)
                found = [dear._turns.is_full()]
                time[0] += 1 / DEAR_SHARE - 1
                found.append(dear._turns.is_full())
                time[0] -= 1.0
                found.append(dear._turns.is_full())
            work.may_end.set()
        await asyncio.gather(holder, waiter)
        return [*found, dear._turns.is_full()]

    assert asyncio.run(ask()) == [True, False, True, False]


@pytest.mark.parametrize(("round_takes", "expected"), [(0.001, [False, False]), (0.1, [True, False])])
def test_where_others_wait_for_the_event_loop_dear_reads_rest_for_a_while(
    monkeypatch: pytest.MonkeyPatch, round_takes: float, expected: list[bool]
) -> None:
    time = [100.0]
    monkeypatch.setattr(rationing, "monotonic", lambda: time[0])

    def pass_time(seconds: float) -> None:
        time[0] += seconds

    async def ask() -> list[bool]:
        ration_threads(1)
        dear = DearReads(PATIENCE)
        rationing._rations().resting_until = time[0] + 10.0
        asyncio.get_running_loop().call_soon(pass_time, round_takes)
        await dear._look_at_loop()
        found = [dear._turns.is_full()]
        pass_time(1.0)
        return [*found, dear._turns.is_full()]

    assert asyncio.run(ask()) == expected


def test_the_thread_of_short_work_ends_with_its_loop() -> None:
    async def ask() -> Thread:
        ration_threads(1)
        thread: Thread = await run_reading(current_thread)
        end_threads()
        return thread

    thread = asyncio.run(ask())
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_who_is_cancelled_in_the_moment_of_being_admitted_gives_the_turn_back() -> None:
    async def run() -> None:
        queue = TurnQueue(lambda: 1, 60)

        async def take() -> None:
            async with queue.turn():
                raise AssertionError("a turn was taken that was cancelled")

        async with queue.turn():
            admitted, waiting = asyncio.create_task(take()), asyncio.create_task(take())
            await asyncio.sleep(0)
            assert queue.waiting() == 2
            waiting.cancel()
            await asyncio.wait([waiting])
            assert queue.waiting() == 1
        await asyncio.sleep(0)
        assert queue.is_full()
        assert queue.waiting() == 0
        admitted.cancel()
        await asyncio.wait([admitted])
        assert admitted.cancelled()
        assert not queue.is_full()

    asyncio.run(run())
