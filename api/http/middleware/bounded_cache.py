"""A cache of responses, bounded in bytes: the least recently used go first."""

from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

from fastapi.routing import APIRoute

MAX_BYTES: Final = 32 * 1024 * 1024
_LARGEST: Final = MAX_BYTES // 32


class CachedResponse(NamedTuple):
    """The body and the headers of a response, its entity tag, and the route that gave it."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    etag: str
    route: APIRoute


class BoundedCache:
    """The responses last used, in up to `max_bytes` of bodies. Threads may share it."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._responses: OrderedDict[tuple[object, ...], CachedResponse] = OrderedDict()
        self._room = max_bytes
        self._lock = Lock()

    def get(self, key: tuple[object, ...]) -> CachedResponse | None:
        """Return the response under a key, None if there is none."""
        with self._lock:
            response = self._responses.get(key)
            if response is not None:
                self._responses.move_to_end(key)
            return response

    def put(self, key: tuple[object, ...], response: CachedResponse) -> None:
        """Store a response, unless it is very large; drop the least recently used to make room."""
        if len(response.body) > _LARGEST:
            return
        with self._lock:
            if key in self._responses:
                return
            self._responses[key] = response
            self._room -= len(response.body)
            while self._room < 0:
                _, oldest = self._responses.popitem(last=False)
                self._room += len(oldest.body)
