"""A cache of responses, bounded in bytes, their keys and headers included: the least recently used go first."""

from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import Final, NamedTuple

from fastapi.routing import APIRoute

from api.access.key_ring import Caller

MAX_BYTES: Final = 32 * 1024 * 1024
_LARGEST: Final = MAX_BYTES // 8  # 4 MB: the daily series of decades fits in any format
_ENTRY: Final = 2048  # bytes of the objects around the texts: tuples, a day, a place in the cache


class RequestKey(NamedTuple):
    """What a response depends on: where the projections stand, and what of a request has a say in its answer.

    The host is in the links to next pages; the day is today, which is what a question is about by default. A page
    says who asks: of data, `caller` is None.
    """

    mark: object
    scheme: str
    host: bytes
    path: str
    query: bytes
    answer_format: str
    day: date
    caller: Caller | None


class CachedResponse(NamedTuple):
    """The body and the headers of a response, its entity tag, and the route that gave it."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    etag: str
    route: APIRoute


class BoundedCache:
    """The responses last used, in up to `max_bytes` of what `bytes_kept` counts. Threads may share it."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._responses: OrderedDict[tuple[object, ...], CachedResponse] = OrderedDict()
        self._max_bytes = self._room = max_bytes
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
        size = bytes_kept(key, response)
        if size > _LARGEST:
            return
        with self._lock:
            if key in self._responses:
                return
            self._responses[key] = response
            self._room -= size
            while self._room < 0:
                self._room += bytes_kept(*self._responses.popitem(last=False))

    def clear(self) -> None:
        """Drop all responses."""
        with self._lock:
            self._responses.clear()
            self._room = self._max_bytes


def bytes_kept(key: tuple[object, ...], response: CachedResponse) -> int:
    """Return about how many bytes a response under its key takes in memory."""
    texts = [part for part in key if isinstance(part, str | bytes)]
    texts += [response.body, response.etag, *(text for header in response.headers for text in header)]
    return _ENTRY + sum(map(len, texts))
