"""Requests without an end: no byte of them is kept for which there is no bound."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import Final

import pytest

from api.access.key_store import KeyStore
from api.access.keys import Scope
from tests.attacks.cost import MEGABYTE, memory
from tests.raw_connection import connected, read_all, refusal
from tests.server import ServerClient, running_server

SENT: Final = 100 * MEGABYTE  #: most bytes of an attack, several times what the server may keep of it
KEPT: Final = 16 * MEGABYTE
CHUNKED: Final = b"Host: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
LIVE: Final = b"GET /health/live HTTP/1.1\r\n" + CHUNKED
POST: Final = b"POST /v1/articles HTTP/1.1\r\n" + CHUNKED
LINES: Final = b"x-trailer: some text that is kept\r\n" * 1000
NO_END: Final = b"x" * 64 * 1024


def send_without_end(connection: socket.socket, piece: bytes) -> bytes:
    """Send a piece again and again until the server closes; return all that it answered."""
    with suppress(ConnectionError):
        for again in repeat(piece, SENT // len(piece)):
            connection.sendall(again)
        pytest.fail(f"the server took {SENT} bytes and did not close the connection")
    return read_all(connection)


@pytest.mark.parametrize("piece", [LINES, NO_END], ids=["many", "one without an end"])
@pytest.mark.parametrize(
    "begun",
    [LIVE + b"0\r\n", LIVE + b"1\r\nx\r\n0\r\n", LIVE + b"1;", b"GET /nothing HTTP/1.1\r\n" + CHUNKED + b"0\r\n"],
    ids=["trailers", "trailers of a body", "chunk extensions", "trailers of what is refused"],
)
def test_what_comes_after_the_headers_and_is_no_body_has_a_bound(
    attacked: ServerClient, begun: bytes, piece: bytes
) -> None:
    before = memory(attacked)
    with connected(attacked, begun) as connection:
        send_without_end(connection, piece.replace(b"\r\n", b";") if begun.endswith(b";") else piece)
    assert memory(attacked) - before < KEPT
    assert attacked.get("/health/live").is_success


def test_a_later_request_on_a_connection_has_the_same_bound(attacked: ServerClient) -> None:
    before = memory(attacked)
    with connected(attacked, LIVE + b"0\r\n\r\n") as connection:
        answered = connection.recv(65536)
        assert answered.startswith(b"HTTP/1.1 200 ")
        connection.sendall(LIVE + b"0\r\n")
        send_without_end(connection, LINES)
    assert memory(attacked) - before < KEPT


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[ServerClient]:
    url = f"sqlite:///{tmp_path}/guarded.db"
    keys = KeyStore.open(url)
    keys.create("Desk", Scope.READ, datetime.now(UTC))
    keys.close()
    with running_server(url, tmp_path / "log") as server:
        yield server


def test_who_was_refused_for_want_of_a_key_has_the_same_bound(guarded: ServerClient) -> None:
    before = memory(guarded)
    with connected(guarded, POST) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
        connection.sendall(b"0\r\n")
        send_without_end(connection, LINES)
    assert memory(guarded) - before < KEPT


@pytest.mark.parametrize("begun", [POST + b"0\r\n" + LINES * 3, POST + b"1;" + b"x" * 100_000])
def test_while_nothing_is_answered_yet_the_refusal_says_why(attacked: ServerClient, begun: bytes) -> None:
    with connected(attacked, begun) as connection:
        found = refusal(read_all(connection))
    assert (found["status"], found["type"]) == (431, "urn:detente:problem:headers-too-large")


def test_a_trailer_is_no_header(attacked: ServerClient) -> None:
    trailer = b"0\r\nX-Request-ID: of-a-trailer\r\nHost: elsewhere.example\r\n\r\n"
    plain = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with connected(attacked, LIVE + trailer + plain) as connection:
        answered = read_all(connection)
    assert answered.count(b"HTTP/1.1 200 ") == 2
    assert b"of-a-trailer" not in answered


def test_a_body_in_small_chunks_is_no_attack(attacked: ServerClient) -> None:
    chunks = b"1;ext=1\r\n \r\n" * 20_000
    with connected(attacked, POST + chunks + b"0\r\nx-sum: 1\r\n\r\n") as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")  # blanks are no JSON
