"""A thread of its own: looks that wait together cost one; none is shared that had begun before the question."""

import asyncio
from collections.abc import Iterator
from threading import Event

import pytest

from api.operations.own_thread import OwnThread
from tests.patience import PATIENCE


@pytest.fixture
def thread() -> Iterator[OwnThread]:
    made = OwnThread("test")
    yield made
    made.close()


def test_those_who_wait_share_a_look_that_began_after_they_asked(thread: OwnThread) -> None:
    begun, release = Event(), Event()
    looks: list[int] = []

    def look() -> int:
        begun.set()
        assert release.wait(PATIENCE)
        looks.append(len(looks))
        return looks[-1]

    async def ask() -> list[int]:
        first = asyncio.create_task(thread.get("look", look))
        await asyncio.to_thread(begun.wait, PATIENCE)
        others = [asyncio.create_task(thread.get("look", look)) for _ in range(5)]
        await asyncio.sleep(0)
        release.set()
        return list(await asyncio.gather(first, *others))

    assert asyncio.run(ask()) == [0, 1, 1, 1, 1, 1]


def test_other_questions_get_other_answers(thread: OwnThread) -> None:
    async def ask() -> list[str]:
        return list(await asyncio.gather(thread.get(1, lambda: "a"), thread.get(2, lambda: "b")))

    assert asyncio.run(ask()) == ["a", "b"]


def test_what_looking_raises_is_raised_and_the_next_looks_again(thread: OwnThread) -> None:
    def fail() -> None:
        raise LookupError("gone")

    for _ in range(2):
        with pytest.raises(LookupError, match="gone"):
            asyncio.run(thread.get("look", fail))
    assert asyncio.run(thread.get("look", lambda: 1)) == 1
