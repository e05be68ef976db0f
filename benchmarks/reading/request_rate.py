"""A client that asks as fast as it is answered, over some connections, and takes little of the machine's time."""

import itertools
import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Final

_SECONDS: Final = 5.0
_PAUSE, _TRIES = 0.1, 100  # seconds between tries to connect
_READ_AT_ONCE: Final = 1 << 18
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def request_rate(host: str, port: int, paths: Sequence[str], *, once: bool = False, connections: int = 8) -> float:
    """Return the requests answered in a second over some connections, each path once or all over and over."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() for path in paths]
    asked = iter(requests) if once else itertools.cycle(requests)
    selector = selectors.DefaultSelector()
    opened = [_connect(host, port) for _ in range(connections)]
    answers = {opened_one: _Answer() for opened_one in opened}
    start = time.perf_counter()
    for each in opened:
        each.sendall(next(asked))
        selector.register(each, selectors.EVENT_READ)
    count = _count(selector, answers, asked, start + _SECONDS)
    taken = time.perf_counter() - start
    selector.close()
    for each in opened:
        each.close()
    return count / taken


class _Answer:
    """An answer as far as it has come."""

    def __init__(self) -> None:
        self._body = b""

    def is_complete(self, more: bytes) -> bool:
        """Take more of the answer; return whether it is whole. Raises `RuntimeError` if its status is not 200."""
        self._body += more
        head = self._body.find(b"\r\n\r\n")
        length = _LENGTH.search(self._body, 0, head)
        if head < 0 or length is None or len(self._body) < head + 4 + int(length[1]):
            if not more:
                raise RuntimeError("the server has ended the connection")
            return False
        if not self._body.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(self._body.decode())
        self._body = b""
        return True


def _count(
    selector: selectors.BaseSelector,
    answers: dict[socket.socket, _Answer],
    asked: Iterator[bytes],
    until: float,
) -> int:
    """Ask over each connection until the time or the requests are up; return the number of answers."""
    count, waiting = 0, len(answers)
    while waiting:
        for key, _ in selector.select():
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            if not answers[connection].is_complete(connection.recv(_READ_AT_ONCE)):
                continue
            count += 1
            if time.perf_counter() < until and (request := next(asked, None)):
                connection.sendall(request)
            else:
                waiting -= 1
    return count


def _connect(host: str, port: int) -> socket.socket:
    for _ in range(_TRIES):
        try:
            return socket.create_connection((host, port))
        except ConnectionRefusedError:
            time.sleep(_PAUSE)
    raise ConnectionRefusedError(f"nothing answers on {host}:{port}")
