"""A value with a time to live is read once for all who ask for it."""

import asyncio
from itertools import count
from threading import Event

from api.ttl_value import TtlValue
from tests.patience import PATIENCE


def test_a_value_is_read_anew_once_it_is_older_than_it_may_be() -> None:
    now, numbers = [0.0], count()

    async def ask() -> list[int]:
        value = TtlValue(lambda: next(numbers), 5.0, lambda: now[0])
        found = []
        for now[0] in (0.0, 4.9, 5.0, 5.1):
            found.append(await value.get())
        return found

    assert asyncio.run(ask()) == [0, 0, 1, 1]


def test_who_asks_while_it_is_read_gets_what_is_read() -> None:
    numbers, asked = count(), Event()

    def read() -> int:
        assert asked.wait(PATIENCE)
        return next(numbers)

    async def ask() -> list[int]:
        value = TtlValue(read, 60.0)
        asking = [asyncio.create_task(value.get()) for _ in range(3)]
        await asyncio.sleep(0)  # all of them have begun
        asked.set()
        return await asyncio.gather(*asking)

    assert asyncio.run(ask()) == [0, 0, 0]


def test_who_waited_for_it_to_be_read_does_not_read_it_again_however_long_that_took() -> None:
    now, numbers, asked = [0.0], count(), Event()

    def read() -> int:
        assert asked.wait(PATIENCE)
        now[0] += 60.0
        return next(numbers)

    async def ask() -> list[int]:
        value = TtlValue(read, 5.0, lambda: now[0])
        asking = [asyncio.create_task(value.get()) for _ in range(3)]
        await asyncio.sleep(0)  # all of them have begun
        asked.set()
        return [*await asyncio.gather(*asking), await value.get()]

    assert asyncio.run(ask()) == [0, 0, 0, 1], "who asks later than it was new enough reads it anew"
