"""A connection to a server on which bytes are sent and read as they are."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.patience import PATIENCE
from tests.server import ServerClient


@contextmanager
def connected(server: ServerClient, sent: bytes = b"", receive_buffer: int = 0) -> Iterator[socket.socket]:
    """Yield a connection on which something was sent."""
    with socket.socket() as connection:
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        connection.connect((server.base_url.host, server.base_url.port))
        with suppress(ConnectionError):
            connection.sendall(sent)
        yield connection


def read_all(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection."""
    received = b""
    with suppress(ConnectionError):
        while piece := connection.recv(65536):
            received += piece
    return received


def refusal(received: bytes) -> dict[str, Any]:
    """Return the problem in a raw answer that closes its connection."""
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert fields[b"connection"] == b"close"
    assert fields[b"content-type"] == b"application/problem+json"
    problem: dict[str, Any] = json.loads(body)
    assert problem["request_id"].encode() == fields[b"x-request-id"]
    assert head.split()[1] == str(problem["status"]).encode()
    return problem
