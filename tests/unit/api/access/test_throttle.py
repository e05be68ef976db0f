"""Failed attempts are answered late, on a clock of the test's own."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from api.access import throttle
from api.access.throttle import (
    FIRST_DELAY,
    FORGIVEN_AFTER,
    LINE,
    LONGEST_DELAY,
    MAX_ADDRESSES,
    MAX_WAITING,
    Throttle,
)

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Time:
    """A clock that stands still, and sleepers that wait until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.now + seconds, woken))
        await woken.wait()

    @property
    def waits(self) -> list[float]:
        """How long each sleeper still has to wait, in the order in which they came."""
        return [round(until - self.now, 6) for until, woken in self._sleepers if not woken.is_set()]

    async def advance(self, seconds: float) -> None:
        """Let time pass, from the end of one sleep to the next."""
        end = self.now + seconds
        while due := [until for until, woken in self._sleepers if not woken.is_set() and until <= end + 1e-9]:
            self.now = min(due)
            for until, woken in self._sleepers:
                if until <= self.now:
                    woken.set()
            await _settle()
        self.now = max(self.now, end)


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _fail(throttle_: Throttle, *addresses: str) -> list[asyncio.Task[None]]:
    """Let attempts fail at the same time; return those whose answers are held back."""
    tasks = [asyncio.create_task(throttle_.hold(address)) for address in addresses]
    await _settle()
    return tasks


def run(story: Callable[[Time, Throttle], Coroutine[None, None, None]]) -> None:
    time = Time()
    asyncio.run(story(time, Throttle(time.clock, time.sleep)))


def test_each_failure_waits_longer_than_the_one_before_up_to_a_bound() -> None:
    async def story(time: Time, held: Throttle) -> None:
        waited = []
        for _ in range(12):
            await _fail(held, HERE)
            waited.append(time.waits[-1])
            await time.advance(waited[-1])
        assert waited[:4] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY, 8 * FIRST_DELAY]
        assert waited == sorted(waited)
        assert waited[-3:] == [LONGEST_DELAY] * 3

    run(story)


def test_attempts_at_the_same_time_wait_one_after_another() -> None:
    async def story(time: Time, held: Throttle) -> None:
        tasks = await _fail(held, *[HERE] * 4)

        assert time.waits == [0.1, 0.3, 0.7, 1.5]
        await time.advance(0.7)
        assert [task.done() for task in tasks] == [True, True, True, False]

    run(story)


def test_who_has_a_full_line_is_turned_away_until_there_is_room() -> None:
    async def story(time: Time, held: Throttle) -> None:
        await _fail(held, *[HERE] * (LINE - 1))
        assert held.retry_after(HERE) is None
        await _fail(held, HERE)

        seconds = held.retry_after(HERE)

        assert seconds is not None
        assert 1 <= seconds <= LINE * LONGEST_DELAY
        assert held.retry_after(THERE) is None
        await time.advance(FIRST_DELAY)
        assert held.retry_after(HERE) is None

    run(story)


def test_other_addresses_do_not_wait_for_it() -> None:
    async def story(time: Time, held: Throttle) -> None:
        await _fail(held, *[HERE] * LINE, THERE)
        assert time.waits[-1] == FIRST_DELAY

    run(story)


def test_a_subscriber_of_ipv6_is_one_client() -> None:
    async def story(time: Time, held: Throttle) -> None:
        await _fail(
            held, "2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1", "::ffff:192.0.2.1", HERE, "odd", ""
        )
        assert time.waits == [0.1, 0.3, 0.1, 0.1, 0.3, 0.1, 0.1]

    run(story)


def test_after_a_while_failures_are_forgiven() -> None:
    async def story(time: Time, held: Throttle) -> None:
        for _ in range(3):
            await _fail(held, HERE)
            await time.advance(LONGEST_DELAY)
        await time.advance(FORGIVEN_AFTER + LONGEST_DELAY)

        await _fail(held, HERE)

        assert time.waits == [FIRST_DELAY]

    run(story)


def test_an_attempt_that_is_given_up_leaves_the_line() -> None:
    async def story(_time: Time, held: Throttle) -> None:
        tasks = await _fail(held, *[HERE] * LINE)
        for task in tasks:
            task.cancel()
        await _settle()
        assert held.retry_after(HERE) is None

    run(story)


def test_memory_is_bounded_however_many_addresses_fail() -> None:
    async def story(time: Time, held: Throttle) -> None:
        addresses = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(3 * MAX_ADDRESSES)]
        tasks = []
        for address in addresses:
            if held.retry_after(address) is None:
                tasks += await _fail(held, address)

        assert len(held._records) == MAX_ADDRESSES
        assert len(tasks) == len(time.waits) == MAX_WAITING
        assert held.retry_after(addresses[-1]) == LONGEST_DELAY
        await time.advance(FIRST_DELAY)
        assert all(task.done() for task in tasks)
        assert held._waiting == 0

    run(story)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([HERE, THERE]), st.floats(0, 10)), max_size=40))
def test_no_more_answers_are_given_than_there_were_delays(attempts: list[tuple[str, float]]) -> None:
    """Whatever the order and the pauses: two answers to one address are never closer than the first delay."""

    async def story(time: Time, held: Throttle) -> None:
        answered: dict[str, list[float]] = {HERE: [], THERE: []}

        async def attempt(address: str) -> None:
            await held.hold(address)
            answered[address].append(time.now)

        tasks = []
        for address, pause in attempts:
            if held.retry_after(address) is None:
                tasks.append(asyncio.create_task(attempt(address)))
            await _settle()
            await time.advance(pause)
        await time.advance(LINE * LONGEST_DELAY)
        await asyncio.gather(*tasks)
        for moments in answered.values():
            assert all(b - a >= FIRST_DELAY - 1e-6 for a, b in pairwise(moments))

    run(story)


def test_the_longest_wait_is_shorter_than_clients_wait() -> None:
    assert throttle.LINE * throttle.LONGEST_DELAY <= 60
