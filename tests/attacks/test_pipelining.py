"""Many requests on one connection, sent without waiting: they are answered in turn, up to a bound."""

import re
from typing import Final

from api.http.uvicorn_protocol import MAX_PIPELINED
from tests.attacks.cost import MEGABYTE, cpu_seconds, memory
from tests.raw_connection import connected, read_all
from tests.server import ServerClient

SMALL: Final = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST: Final = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def test_those_within_the_bound_are_answered_in_their_order(attacked: ServerClient) -> None:
    unknown = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(attacked, (SMALL + unknown) * (MAX_PIPELINED // 2 - 1) + LAST) as connection:
        answered = read_all(connection)
    statuses = re.findall(rb"HTTP/1.1 (\d+)", answered)
    assert statuses == [b"200", b"404"] * (MAX_PIPELINED // 2 - 1) + [b"200"]


def test_more_end_the_connection_before_they_cost_anything(attacked: ServerClient) -> None:
    memory_before, cpu_before = memory(attacked), cpu_seconds(attacked)
    for _ in range(10):
        with connected(attacked, SMALL * 20_000) as connection:
            answered = read_all(connection)
        assert answered.count(b"HTTP/1.1 ") <= MAX_PIPELINED + 1
        assert b"HTTP/1.1 4" not in answered  # no refusal in between the answers to others
    assert cpu_seconds(attacked) - cpu_before < 2
    assert memory(attacked) - memory_before < 16 * MEGABYTE
    assert attacked.get("/health/live").is_success


def test_headers_without_an_end_behind_a_request_refuse_nothing_in_its_place(attacked: ServerClient) -> None:
    with connected(attacked, SMALL + SMALL[:-2] + b"X-Long: " + b"x" * 100_000) as connection:
        answered = read_all(connection)
    assert not answered.startswith(b"HTTP/1.1 4")
