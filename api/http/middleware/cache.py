"""Answers given already, kept under what they depend on: so that what has not changed is not worked out again."""

from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

from fastapi.routing import APIRoute

MAX_BYTES: Final = 32 * 1024 * 1024
_LARGEST: Final = MAX_BYTES // 32


class CachedResponse(NamedTuple):
    """The body and the headers of an answer, its entity tag, and the route that gave it."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    etag: str
    route: APIRoute


class BoundedCache:
    """The answers last given, in up to `max_bytes` of bodies. Threads may share it."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._answers: OrderedDict[tuple[object, ...], CachedResponse] = OrderedDict()
        self._room = max_bytes
        self._lock = Lock()

    def get(self, key: tuple[object, ...]) -> CachedResponse | None:
        """Return the answer under a key, None if it is not kept."""
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
            return answer

    def put(self, key: tuple[object, ...], answer: CachedResponse) -> None:
        """Keep an answer, unless it is very large; let go of those not asked for the longest."""
        if len(answer.body) > _LARGEST:
            return
        with self._lock:
            if key in self._answers:
                return
            self._answers[key] = answer
            self._room -= len(answer.body)
            while self._room < 0:
                _, oldest = self._answers.popitem(last=False)
                self._room += len(oldest.body)
