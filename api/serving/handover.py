"""Connections on their way from the process that accepts them to a worker, over a Unix socket.

Each goes as a byte and a file. The worker answers with bytes: that it serves, that it has taken one in, that one
has ended, that it is about to end itself. Until a worker has taken a connection in, the one who accepted it keeps
it, and gives it to another worker if that one dies.
"""

import socket
from collections import deque
from contextlib import suppress
from typing import Final

_CONNECTION: Final = b"c"
READY: Final = b"r"  #: a worker serves
TAKEN: Final = b"+"  #: it has taken a connection in, and read nothing of it yet
ENDED: Final = b"-"  #: a connection of it has ended
LEAVING: Final = b"x"  #: it is about to end, and takes in no more than is on its way
_MOST: Final = 4096


class HandoverChannel:
    """The accepting process's end of the way to one worker. Never waits."""

    def __init__(self) -> None:
        self.end, self.workers_end = socket.socketpair()
        self.end.setblocking(False)
        self.workers_end.setblocking(False)
        self.is_ready = False
        self._open = 0
        self._on_the_way: deque[socket.socket] = deque()

    @property
    def load(self) -> int:
        """Return how many connections the worker has, those on their way included."""
        return self._open + len(self._on_the_way)

    def hand_over(self, connection: socket.socket) -> bool:
        """Send a connection to the worker; False if that takes no more just now, or is gone."""
        try:
            socket.send_fds(self.end, [_CONNECTION], [connection.fileno()])
        except OSError:
            return False
        self._on_the_way.append(connection)
        return True

    def hear(self) -> bool:
        """Take in what the worker says; False once it says nothing more."""
        try:
            said = self.end.recv(_MOST)
        except BlockingIOError:
            return True
        except OSError:
            return False
        for each in said:
            self._hear(bytes([each]))
        return bool(said)

    def _hear(self, said: bytes) -> None:
        if said == READY:
            self.is_ready = True
        elif said == TAKEN:
            self._on_the_way.popleft().close()
            self._open += 1
        elif said == ENDED:
            self._open -= 1
        elif said == LEAVING:
            self.stop()

    def stop(self) -> None:
        """Tell the worker to end, once it has taken in what is on its way."""
        self.is_ready = False
        with suppress(OSError):
            self.end.shutdown(socket.SHUT_WR)

    def close(self) -> list[socket.socket]:
        """Close the channel of a worker that is gone; return the connections that it has not taken in."""
        while self.hear():  # what it said last
            if not self._is_readable():
                break
        self.is_ready = False
        self.end.close()
        left, self._on_the_way = list(self._on_the_way), deque()
        return left

    def forget(self) -> list[socket.socket]:
        """Close this end in a forked process, which has copies; return those of the connections."""
        self.end.close()
        return list(self._on_the_way)

    def _is_readable(self) -> bool:
        try:
            return bool(self.end.recv(1, socket.MSG_PEEK))
        except OSError:
            return False


class TakingEnd:
    """A worker's end of the way. Never waits."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._unsaid = b""

    def say(self, what: bytes) -> None:
        """Say something; what does not go out now goes out with the next."""
        self._unsaid += what
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            self._unsaid = self._unsaid[self.end.send(self._unsaid) :]

    def take(self) -> socket.socket | None:
        """Take a connection in. Raises `BlockingIOError` where there is none, returns None where none will be."""
        try:
            message, files, _, _ = socket.recv_fds(self.end, 1, 1)
        except ConnectionResetError:
            return None
        if not message:
            return None
        if not files:  # this process may have no more of them
            self.say(TAKEN + ENDED)
            raise BlockingIOError("no file came with a connection")
        taken = socket.socket(fileno=files[0])
        taken.setblocking(False)
        self.say(TAKEN)
        return taken
