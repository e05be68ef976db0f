"""Large answers on their way: who does not read, or leaves, holds no place; and there are only so many places."""

import asyncio
from itertools import count
from threading import Event
from typing import Any, Final

import pytest
from starlette.types import Message

from api.http.formats.spool import MOST_SPOOLS, Spool, SpooledResponse
from api.http.middleware.rationing import DearReads, ration_threads
from api.http.problems import Problem
from tests.patience import PATIENCE

_SCOPE: Final[dict[str, Any]] = {"type": "http", "path": "/v1/incidents", "headers": []}
_LARGE: Final = 3 * 1024 * 1024
_MOMENT: Final = 0.01


class Reader:
    """Who reads an answer, or takes nothing of it if it `hangs`, and leaves once `leaving` is set."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.hangs = hangs
        self.leaving = asyncio.Event()
        self.has_begun = asyncio.Event()
        self.body = bytearray()
        self.is_complete = False

    async def receive(self) -> Message:
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.has_begun.set()
            if self.hangs:
                await asyncio.Event().wait()
            self.body += message["body"]
            self.is_complete = not message["more_body"]


def _write_large(spool: Spool) -> None:
    spool.begin({})
    spool.write(b"x" * _LARGE)


def _answer(work: Any, timeout: float = PATIENCE) -> SpooledResponse:
    return SpooledResponse(DearReads(PATIENCE), work, "text/csv", timeout)


async def _read(reader: Reader, work: Any = _write_large, timeout: float = PATIENCE) -> None:
    await _answer(work, timeout)(_SCOPE, reader.receive, reader.send)


def test_who_reads_has_all() -> None:
    async def body() -> bytes:
        ration_threads()
        reader = Reader()
        await _read(reader)
        assert reader.is_complete
        return bytes(reader.body)

    assert asyncio.run(body()) == b"x" * _LARGE


def test_who_takes_no_piece_is_left_and_holds_no_place() -> None:
    async def leave_all() -> bool:
        ration_threads()
        for _ in range(MOST_SPOOLS + 1):  # each has to have given its place back
            reader = Reader(hangs=True)
            await asyncio.wait_for(_read(reader, timeout=_MOMENT), PATIENCE)
        return reader.is_complete

    assert not asyncio.run(leave_all())


def test_who_leaves_ends_the_writing() -> None:
    may_go_on, has_ended = Event(), Event()

    def work(spool: Spool) -> None:
        _write_large(spool)
        assert may_go_on.wait(PATIENCE)
        try:
            for _ in spool.while_wanted(count()):
                pass
        finally:
            has_ended.set()

    async def leave() -> None:
        ration_threads()
        reader = Reader()
        answering = asyncio.create_task(_read(reader, work))
        await reader.has_begun.wait()
        reader.leaving.set()
        while not answering.done():
            await asyncio.sleep(0)
            may_go_on.set()
        await answering

    asyncio.run(leave())
    assert has_ended.is_set()


def test_one_more_than_there_are_places_is_told_to_come_again() -> None:
    async def come() -> Problem:
        ration_threads()
        readers = [Reader(hangs=True) for _ in range(MOST_SPOOLS)]
        answering = [asyncio.create_task(_read(reader)) for reader in readers]
        for reader in readers:
            await reader.has_begun.wait()
        with pytest.raises(Problem) as refused:
            await _read(Reader())
        for reader in readers:
            reader.leaving.set()
        for each in answering:
            each.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
        await _read(Reader())  # there are places again
        return refused.value

    problem = asyncio.run(come())
    assert problem.details.status == 503
    assert problem.headers == {"Retry-After": "5"}
