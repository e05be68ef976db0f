"""What is looked up in a thread that nothing else waits for, so that health answers whatever the routes do."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

_WITHIN: Final = 5.0  # seconds in which the database answers
_T = TypeVar("_T")


class OwnThread:
    """A thread in which one look is under way at a time.

    Whoever asks for the same while others wait for it gets what they get, so that many cost what one does. A look
    that has begun already is not shared: it may have missed what was recorded before the question.
    """

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, name)
        self._latest: dict[Hashable, Future[Any]] = {}

    async def get(self, key: Hashable, look: Callable[[], _T]) -> _T:
        """Return what a look finds, within a few seconds. Raises `TimeoutError`, and what looking raises."""
        latest: Future[_T] | None = self._latest.get(key)
        if latest is None or latest.running() or latest.done():
            latest = self._latest[key] = self._executor.submit(look)
        async with asyncio.timeout(_WITHIN):
            return await asyncio.shield(asyncio.wrap_future(latest))

    def close(self) -> None:
        """End the thread, which a process would wait for when it ends; not a look that is under way."""
        self._executor.shutdown(wait=False, cancel_futures=True)
