"""Several workers on one socket answer as one server does, and start and end as one."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.command import detente
from tests.e2e.pages.writing.forms import FormReader
from tests.e2e.running.serving_workers import TWO, is_alive, one_of_each, process_of, two_workers, workers_of
from tests.e2e.support import ActorFactory, article, clash, posted, read, relation
from tests.patience import PATIENCE, wait_until
from tests.postgres import Databases
from tests.server import ServerClient


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerClient]:
    """Return a client of a server of two workers, for each kind of store; tests share it."""
    folder = tmp_path_factory.mktemp("workers")
    url = f"sqlite:///{folder}/detente.db"
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        url = databases.make()
    with two_workers(url, folder / "log") as server:
        yield server


def counted(client: httpx.Client, name: str, **labels: str) -> float:
    """Return the sum of the samples of a name with some labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    assert samples, name
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def test_connections_are_shared_out_evenly(shared: ServerClient) -> None:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(httpx.Client(base_url=shared.base_url, timeout=PATIENCE)) for _ in range(10)
        ]
        served_by = [process_of(client.get("/health/live"), shared) for client in clients]
        assert sorted(served_by.count(process) for process in set(served_by)) == [5, 5]


def test_what_one_records_the_other_reads(shared: ServerClient) -> None:
    a, b = ActorFactory(shared).pair()
    with one_of_each(shared) as clients:
        for number in range(10):
            writer, reader = clients[number % 2], clients[1 - number % 2]
            day = f"2020-01-{number + 1:02}"
            position = posted(writer, clash(a, b, day))["position"]
            assert relation(reader, a, b, min_position=position)["incidents"] == number + 1
            for client in clients:  # from a cache, too, once that may know of it
                wait_until(lambda c=client, n=number: relation(c, a, b)["incidents"] == n + 1)  # type: ignore[misc]
        answers = [client.get(f"/v1/relations/{a}/{b}") for client in clients]
        assert answers[0].content == answers[1].content
        assert answers[0].headers["etag"] == answers[1].headers["etag"]


def test_an_actor_of_one_is_known_to_the_other_at_once(shared: ServerClient) -> None:
    with one_of_each(shared) as (one, other):
        code = ActorFactory(one)()
        assert other.post("/v1/articles", json=article(clash(code, "RUS"))).status_code == 201


def test_whoever_is_asked_tells_what_all_have_counted(shared: ServerClient) -> None:
    asked = {"method": "GET", "route": "/v1/models", "status": "200"}
    name = "detente_http_request_duration_seconds_count"
    with one_of_each(shared) as clients:
        before = counted(clients[0], name, **asked) if "models" in clients[0].get("/metrics").text else 0
        for client in clients:
            for _ in range(3):
                read(client, "/v1/models")
        assert [counted(client, name, **asked) for client in clients] == [before + 6] * 2
        processes = psutil.Process(shared.process_id)
        assert counted(clients[0], "process_resident_memory_bytes") > processes.memory_info().rss
        assert (
            counted(clients[0], "process_start_time_seconds")
            < counted(clients[1], "process_start_time_seconds") + 1
        )


def test_health_knows_the_projector_as_its_own(shared: ServerClient) -> None:
    with one_of_each(shared) as clients:
        told = [read(client, "/health")["projector"] for client in clients]
    assert told[0] == told[1]
    assert told[0]["active"] == "this"
    assert told[0]["process"] not in workers_of(shared)


def test_a_form_of_one_is_genuine_to_the_other(shared: ServerClient) -> None:
    with one_of_each(shared) as (one, other):
        pages = [one.get("/post", headers={"Accept": "text/html"})]
        other.cookies.update(one.cookies)
        pages.append(other.get("/post", headers={"Accept": "text/html"}))
    tokens = [dict(FormReader(page.text).fields)["form_token"] for page in pages]
    assert tokens[0]
    assert tokens[0] == tokens[1]


def test_a_worker_that_dies_is_started_again_and_nothing_counted_is_lost(shared: ServerClient) -> None:
    name = "detente_http_request_duration_seconds_count"
    with one_of_each(shared) as (one, other):
        before = counted(other, name)
        dead = process_of(one.get("/health/live"), shared)
        os.kill(dead, signal.SIGKILL)
        assert other.get("/v1/models").status_code == 200
        wait_until(lambda: not is_alive(dead))
    assert dead not in workers_of(shared)
    assert counted(shared, name) > before
    a, b = ActorFactory(shared).pair()
    assert relation(shared, a, b, min_position=posted(shared, clash(a, b))["position"])["incidents"] == 1


def test_a_worker_that_is_told_to_end_refuses_nobody(shared: ServerClient) -> None:
    """Connections that are made all the while are served, by the other one or by who takes its place."""
    failed: list[str] = []
    is_over = False

    def ask() -> None:
        closing = {"Connection": "close"}
        with httpx.Client(base_url=shared.base_url, timeout=PATIENCE, headers=closing) as client:
            while not is_over:
                try:
                    client.get("/health/live")
                except httpx.HTTPError as error:
                    failed.append(repr(error))

    asking = [Thread(target=ask) for _ in range(2)]
    before = workers_of(shared)
    for thread in asking:
        thread.start()
    leaves = min(before)
    os.kill(leaves, signal.SIGTERM)
    wait_until(lambda: not is_alive(leaves))
    wait_until(lambda: len(workers_of(shared) - {leaves}) == 2)
    is_over = True
    for thread in asking:
        thread.join()
    assert failed == []


class Guarded(NamedTuple):
    """A server of two workers that has a key, named Desk, of scope admin; and the URL of its database."""

    server: ServerClient
    url: str
    key: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    url = f"sqlite:///{folder}/x.db"
    made = detente(url, "key", "create", "--name", "Desk", "--scope", "admin")
    with two_workers(url, folder / "log", seeded=False, DETENTE_HEARTBEAT="1") as server:
        yield Guarded(server, url, made.stdout.split()[-1])


def test_a_session_begins_and_ends_at_all_of_them_at_once_and_a_key_within_a_second(guarded: Guarded) -> None:
    server, url, key = guarded
    with one_of_each(server) as clients:
        origin = {"Origin": str(server.base_url).rstrip("/")}
        page = {"Accept": "text/html"}
        for number in range(6):
            one, other = clients[number % 2], clients[1 - number % 2]
            signed_in = one.post("/sign-in", data={"key": key}, headers={**origin, **page})
            assert signed_in.status_code == 303, signed_in.text
            for client in clients:
                client.cookies = httpx.Cookies(one.cookies)
                assert client.get("/models", headers=page).status_code == 200
            fields = dict(FormReader(other.get("/models", headers=page).text).fields)
            ended = other.post("/sign-out", data=fields, headers={**origin, **page})
            assert ended.status_code == 303, ended.text
            for client in clients:
                client.cookies.set("detente_session", signed_in.cookies["detente_session"])
                assert client.get("/models", headers=page).status_code == 401
                client.cookies.clear()
        bearer = {"Authorization": f"Bearer {key}"}
        assert {client.get("/v1/models", headers=bearer).status_code for client in clients} == {200}
        detente(url, "key", "revoke", "Desk")
        for client in clients:
            wait_until(lambda c=client: c.get("/v1/models", headers=bearer).status_code == 401)  # type: ignore[misc]


def test_all_end_in_good_order_and_what_is_asked_is_answered(tmp_path: Path) -> None:
    with two_workers(f"sqlite:///{tmp_path}/x.db", tmp_path / "log", seeded=False) as server:
        processes = [server.process_id, *workers_of(server), read(server, "/health")["projector"]["process"]]
        body = b'{"id": "a-1"}'
        with socket.create_connection((server.base_url.host, server.base_url.port or 0)) as asking:
            head = f"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            asking.sendall(f"{head}Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n".encode())
            asking.settimeout(PATIENCE)
            assert asking.recv(100).startswith(b"HTTP/1.1 100")  # it is under way
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "Shutting down" in (tmp_path / "log").read_text())
            asking.sendall(body)
            assert asking.recv(1000).startswith(b"HTTP/1.1 422")
        assert server.process.wait(PATIENCE) == 0
    assert not any(map(is_alive, processes))
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert "ended with status" not in log
    assert log.count("seed") <= 1


def test_none_outlives_the_process_that_accepts(guarded: Guarded) -> None:
    """The last test of this server: nothing of it runs afterwards."""
    process = psutil.Process(guarded.server.process_id)
    processes = [child.pid for child in process.children(recursive=True)]
    assert len(processes) == 4, "two workers, the projector, and who folds ahead of it"
    process.kill()
    wait_until(lambda: not any(map(is_alive, processes)))


def test_what_cannot_be_is_said_at_the_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    refused = detente(url, "serve", "--workers", "2", DETENTE_PROJECTOR="thread")
    assert refused.returncode == 2
    assert "DETENTE_PROJECTOR: several workers have one projector" in refused.stderr
    assert detente(url, "serve", "--workers", "0").returncode == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        busy = detente(url, "serve", "--workers", "2", "--port", port, **{**TWO, "DETENTE_LOG_FORMAT": "text"})
    assert busy.returncode == 3
    assert "the server could not start" in busy.stderr
