"""Clients that are slow, silent, endless or gone: they are cut off, and the others are served meanwhile."""

import contextlib
import json
import resource
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from api.http.uvicorn_protocol import MAX_HEADER_BYTES
from tests.e2e.support import article, clash, posted, read, wait_for_all
from tests.patience import PATIENCE, wait_until
from tests.raw_connection import connected, read_all, refusal
from tests.server import ServerClient, running_server

TIMEOUT = 2  # seconds that the server is patient for
POST = b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BATCH = b"POST /v1/articles/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerClient]:
    """Return a client of a server that is not patient."""
    folder = tmp_path_factory.mktemp("hurried")
    url = f"sqlite:///{folder}/detente.db"
    with running_server(url, folder / "log", "--seed", DETENTE_REQUEST_TIMEOUT=str(TIMEOUT)) as client:
        wait_for_all(client)
        yield client
    assert "Traceback" not in (folder / "log").read_text()


def trickle(connection: socket.socket, piece: bytes, seconds: float) -> bytes:
    """Send a piece ten times a second until the server answers or closes; return its answer."""
    end = time.monotonic() + seconds
    with suppress(ConnectionError):
        while time.monotonic() < end and not select.select([connection], [], [], 0.1)[0]:
            connection.sendall(piece)
    return read_all(connection)


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost: "], ids=["nothing", "half of the headers"])
def test_who_sends_no_request_is_cut_off(hurried: ServerClient, sent: bytes) -> None:
    with connected(hurried, sent) as connection:
        assert hurried.get("/health/live").is_success
        assert read_all(connection) == b""


def test_headers_that_trickle_are_cut_off(hurried: ServerClient) -> None:
    with connected(hurried, b"GET /health HTTP/1.1\r\nHost: ") as connection:
        assert trickle(connection, b"x", PATIENCE) == b""


@pytest.mark.parametrize(
    ("sent", "status", "problem"),
    [
        (b"nonsense\r\n\r\n", 400, "bad-request"),
        (b"GET /health HTTP/1.1\r\nX: " + b"x" * 1_000_000, 431, "headers-too-large"),
        (b"GET /" + b"x" * 1_000_000, 431, "headers-too-large"),
        (POST + b"Content-Length: 100\r\n\r\n{", 408, "request-timeout"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", 408, "request-timeout"),
        (BATCH + b"Content-Length: 100\r\n\r\n{}\n", 408, "request-timeout"),
    ],
    ids=["no HTTP", "large header", "large path", "half a body", "half a chunked body", "half a batch"],
)
def test_what_is_no_request_is_said_so(hurried: ServerClient, sent: bytes, status: int, problem: str) -> None:
    assert len(sent) < 10_000 or len(sent) > 2 * MAX_HEADER_BYTES
    with connected(hurried, sent) as connection:
        found = refusal(read_all(connection))
    assert (found["status"], found["type"]) == (status, f"urn:detente:problem:{problem}")


def test_a_body_that_trickles_is_refused(hurried: ServerClient) -> None:
    with connected(hurried, POST + b"Content-Length: 100000\r\n\r\n{") as connection:
        assert refusal(trickle(connection, b" ", PATIENCE))["status"] == 408


def test_the_rest_of_a_body_that_is_refused_already_is_not_waited_for(hurried: ServerClient) -> None:
    with connected(
        hurried, POST.replace(b"articles", b"nothing") + b"Content-Length: 100000\r\n\r\n{"
    ) as connection:
        answered = b""
        while not answered.endswith(b"}"):
            answered += connection.recv(65536)
        assert answered.startswith(b"HTTP/1.1 404 ")
        assert trickle(connection, b" ", PATIENCE) == b""


def test_a_batch_may_take_its_time(hurried: ServerClient) -> None:
    lines = [json.dumps(article(clash("RUS", "TUR"))).encode() + b"\n" for _ in range(5)]
    body = b"".join(lines)
    with connected(hurried, BATCH + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)) as connection:
        for line in lines:  # one a second, more or less: longer than the server waits for any other body
            connection.sendall(line)
            assert not select.select([connection], [], [], 0.6)[0] or line == lines[-1]
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.count(b'"status":201') == 5


def test_who_does_not_read_the_answer_is_cut_off(hurried: ServerClient) -> None:
    long = [clash("RUS", "TUR", summary=f"{number} " + "x" * 3990, quote="y" * 4000) for number in range(400)]
    after = posted(hurried, *long)["position"] - len(long)
    posted(hurried, *long)
    feed = (
        b"GET /v1/events?limit=1000&after=%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % after
    )  # more than the system buffers
    lines = b"x\n" * 30_000
    batch = BATCH + b"Content-Length: %d\r\n\r\n" % len(lines) + lines
    before = open_sockets(hurried)
    with ExitStack() as stack:
        for sent in [feed] * 10 + [batch] * 2:
            stack.enter_context(connected(hurried, sent, receive_buffer=4096))
        assert open_sockets(hurried) > before
        for _ in range(5):
            assert read(hurried, "/v1/relations/RUS/TUR")["pair"] == ["RUS", "TUR"]
        wait_until(lambda: open_sockets(hurried) <= before, "the end of their connections")


def open_sockets(server: ServerClient) -> int:
    """Return how many sockets the server has open, our own with it included."""
    descriptors = Path(f"/proc/{server.process_id}/fd")
    if not descriptors.exists():
        pytest.skip("only Linux shows the open files of another process")
    assert server.get("/health/live").is_success
    links = []
    for descriptor in descriptors.iterdir():
        with suppress(FileNotFoundError):  # closed since
            links.append(descriptor.readlink().name)
    return sum(link.startswith("socket:") for link in links)


@pytest.mark.parametrize("missing", [0, 1], ids=["all was sent", "a byte is missing"])
def test_who_goes_away_has_posted_all_or_nothing(hurried: ServerClient, missing: int) -> None:
    articles = [article(clash("RUS", "TUR"), clash("TUR", "RUS")) for _ in range(3)]
    bodies = [json.dumps(sent).encode() for sent in articles]
    batch = b"\n".join(bodies[1:])
    for head, body in ((POST, bodies[0]), (BATCH, batch)):
        with connected(hurried, head + b"Content-Length: %d\r\n\r\n" % len(body)) as connection:
            connection.sendall(body[: len(body) - missing])
    for sent in articles:
        found = wait_for_article(hurried, sent["id"], 0 if missing else 1.0)
        assert found is None or not missing  # who does not wait for the answer is promised nothing
        assert found is None or [event["number"] for event in found["events"]] == [1, 2]


def wait_for_article(server: ServerClient, article_id: str, seconds: float) -> Any:
    """Return an article once it is there, None if it does not come."""
    end = time.monotonic() + seconds
    while (response := server.get(f"/v1/articles/{article_id}")).status_code == 404 and time.monotonic() < end:
        pass
    return response.json() if response.is_success else None


def test_ten_thousand_idle_connections_leave_room_for_others(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = 100_000 if hard == resource.RLIM_INFINITY else hard
    wanted = min(10_000, allowed - 500)
    print(f"{wanted} connections, where {allowed} open files are allowed")
    if soft < wanted + 500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 500, hard))
    with (
        running_server(f"sqlite:///{tmp_path}/detente.db", tmp_path / "log", "--seed") as server,
        ExitStack() as idle,
    ):
        address = (server.base_url.host, server.base_url.port)
        for _ in range(wanted):
            idle.enter_context(contextlib.closing(socket.create_connection(address, timeout=PATIENCE)))
        sent = posted(server, clash("RUS", "TUR"))
        relation = read(server, "/v1/relations/RUS/TUR", min_position=sent["position"])
        assert relation["position"] >= sent["position"]
    assert "Traceback" not in (tmp_path / "log").read_text()
