"""A process that is told to stop ends in good order: what it acknowledged is recorded, nobody waits forever."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from pathlib import Path
from threading import Event

import httpx
import psycopg
import pytest

from api.running.service import Service
from api.running.settings import Settings
from domain.errors import ArticleNotFound
from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.folding.folder import PAGE_SIZE
from projections.folding.projector import Projector
from projections.storage.store import Store
from tests.conftest import NewDatabase
from tests.contract.tables import rows
from tests.e2e.support import Json, article, clash, log_position, problem, statement
from tests.language import clash as reported_clash
from tests.language import post
from tests.patience import PATIENCE, wait_until
from tests.server import FOLDING_BESIDE, ServerClient, running_server
from tests.zygote import Forked, start


def _stop(server: ServerClient) -> None:
    """Tell a server to stop, and wait until it takes no new connections."""
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: _refuses(server), "a server that takes no connections any more")


def _refuses(server: ServerClient) -> bool:
    try:
        socket.create_connection((server.base_url.host, server.base_url.port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


def _exit_status(server: ServerClient) -> int:
    return server.process.wait(timeout=PATIENCE)


def _line(sent: Json) -> bytes:
    return json.dumps(sent).encode() + b"\n"


class _Upload:
    """A batch that is sent piece by piece."""

    def __init__(self, server: ServerClient) -> None:
        self._connection = HTTPConnection(server.base_url.host, server.base_url.port or 0, timeout=PATIENCE)
        self._connection.putrequest("POST", "/v1/articles/batch")
        self._connection.putheader("Content-Type", "application/x-ndjson")
        self._connection.putheader("Transfer-Encoding", "chunked")
        self._connection.putheader("X-Request-ID", "the-batch")
        self._connection.endheaders()

    def send(self, content: bytes) -> None:
        self._connection.send(b"%x\r\n%s\r\n" % (len(content), content))

    def end(self) -> HTTPResponse:
        self._connection.send(b"0\r\n\r\n")
        return self._connection.getresponse()

    def answered(self) -> bool:
        """Return whether the server has answered already."""
        connected = self._connection.sock
        connected.settimeout(0.02)
        try:
            return bool(connected.recv(1, socket.MSG_PEEK))
        except TimeoutError:
            return False
        finally:
            connected.settimeout(PATIENCE)

    def response(self) -> HTTPResponse:
        return self._connection.getresponse()


def _recorded(database_url: str, article_ids: list[str]) -> bool:
    with Detente(log_environment(database_url)) as log:
        return all(len(log.article(article_id).reports) == 2 for article_id in article_ids)


def test_a_batch_under_way_is_finished_and_answered(database_url: str, tmp_path: Path) -> None:
    sent = [article(clash("RUS", "TUR"), statement("TUR", "RUS")) for _ in range(250)]
    with running_server(database_url, tmp_path / "log", "--seed", **FOLDING_BESIDE) as server:
        before = log_position(server)
        upload = _Upload(server)
        upload.send(b"".join(map(_line, sent[:150])))
        wait_until(lambda: log_position(server) >= before + 300, "the first hundred articles")
        server.close()

        _stop(server)
        for each in sent[150:]:
            upload.send(_line(each))
        response = upload.end()

        results = [json.loads(line) for line in response.read().splitlines()]
        assert response.status == 200
        assert [(result["line"], result["status"]) for result in results] == [(n, 201) for n in range(1, 251)]
        assert _exit_status(server) == 0
    assert _recorded(database_url, [result["id"] for result in results])


def test_a_batch_that_never_ends_is_refused_in_time(tmp_path: Path) -> None:
    settings = {"DETENTE_SHUTDOWN_TIMEOUT": "1", "DETENTE_LOG_FORMAT": "json", **FOLDING_BESIDE}
    url = f"sqlite:///{tmp_path}/detente.db"
    with running_server(url, tmp_path / "log", "--seed", **settings) as server:
        before = log_position(server)
        upload = _Upload(server)
        upload.send(b"".join(_line(article(clash("RUS", "TUR"))) for _ in range(100)))
        wait_until(lambda: log_position(server) > before, "the first hundred articles")
        server.close()
        _stop(server)
        sent = iter(count())
        while not upload.answered():
            upload.send(_line(article(clash("RUS", "TUR"))))
            assert next(sent) < 10_000

        response = upload.response()
        refused = json.loads(response.read())

        assert (response.status, response.getheader("Content-Type")) == (503, "application/problem+json")
        assert refused["type"] == "urn:detente:problem:stopping"
        assert refused["request_id"] == "the-batch" == response.getheader("X-Request-ID")
        assert response.getheader("Retry-After") == "1"
        assert _exit_status(server) == 0


def test_connections_without_a_request_hold_nothing_up(tmp_path: Path) -> None:
    settings = {"DETENTE_SHUTDOWN_TIMEOUT": "3600", **FOLDING_BESIDE}
    url = f"sqlite:///{tmp_path}/detente.db"
    with (
        running_server(url, tmp_path / "log", **settings) as server,
        httpx.Client(base_url=server.base_url) as idle,
        socket.create_connection((server.base_url.host, server.base_url.port)) as silent,
    ):
        assert idle.get("/health/live").is_success
        silent.send(b"GET /health/live HT")  # a request that never gets further
        _stop(server)
        assert _exit_status(server) == 0


def test_a_server_that_nobody_waits_for_gives_nothing_up(tmp_path: Path) -> None:
    log_file = tmp_path / "server.log"
    with running_server(f"sqlite:///{tmp_path}/one.db", log_file, "--seed", **FOLDING_BESIDE) as server:
        for path in ("/health/ready", "/v1/relations?as_of=2020-02-12", "/v1/actors", "/metrics"):
            assert server.get(path).status_code == 200
        problem(server.post("/v1/articles", json={"events": [0] * 9000}), 422)
        _stop(server)

        assert _exit_status(server) == 0

    assert "given up" not in log_file.read_text()


def test_a_request_that_waits_for_the_database_is_given_up(
    new_postgres_database: NewDatabase, tmp_path: Path
) -> None:
    database_url = new_postgres_database()
    sent = article(clash("RUS", "TUR"))
    settings = {"DETENTE_SHUTDOWN_TIMEOUT": "1", **FOLDING_BESIDE}
    with (
        running_server(database_url, tmp_path / "log", "--seed", **settings) as server,
        psycopg.connect(database_url) as somebody,
        ThreadPoolExecutor(1) as threads,
    ):
        somebody.execute("LOCK TABLE detente_events IN EXCLUSIVE MODE")
        posting = threads.submit(server.post, "/v1/articles", json=sent)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        with psycopg.connect(database_url, autocommit=True) as watching:
            wait_until(lambda: watching.execute(waiting).fetchone() == (1,), "a writer that waits")

        _stop(server)

        assert problem(posting.result(timeout=PATIENCE), 503)["type"] == "urn:detente:problem:stopping"
        assert _exit_status(server) == 0
        somebody.rollback()
    assert "given up" in (tmp_path / "log").read_text()
    with Detente(log_environment(database_url)) as log, pytest.raises(ArticleNotFound):
        log.article(sent["id"])


def test_what_was_acknowledged_while_a_server_stops_is_recorded(database_url: str, tmp_path: Path) -> None:
    acknowledged: list[str] = []
    stopped = Event()

    def post_until_refused(server: ServerClient) -> None:
        with httpx.Client(base_url=server.base_url, timeout=PATIENCE) as client:
            while not stopped.is_set():
                sent = article(clash("RUS", "TUR"), statement("TUR", "RUS"))
                try:
                    response = client.post("/v1/articles", json=sent)
                except httpx.TransportError:
                    return  # no answer, no promise
                assert response.status_code == 201, response.text
                acknowledged.append(sent["id"])

    with (
        running_server(database_url, tmp_path / "log", "--seed", **FOLDING_BESIDE) as server,
        ThreadPoolExecutor(4) as threads,
    ):
        writers = [threads.submit(post_until_refused, server) for _ in range(4)]
        try:
            wait_until(lambda: len(acknowledged) >= 20, "twenty articles")
            _stop(server)
            assert _exit_status(server) == 0
        finally:
            stopped.set()
        for writer in writers:
            writer.result(timeout=PATIENCE)
    assert _recorded(database_url, acknowledged)


@contextmanager
def _working(database_url: str, log_file: Path) -> Iterator[Forked]:
    with log_file.open("w") as log:
        process = start(["work"], {**os.environ, "DETENTE_DATABASE_URL": database_url}, log, log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=PATIENCE)


def _ends_of_pages(service: Service) -> Iterator[int]:
    position = 0
    while page := service.log.read_commands(position, PAGE_SIZE):
        position = page[-1].id
        yield position


def test_a_worker_ends_with_a_whole_page(new_database: NewDatabase, tmp_path: Path) -> None:
    database_url, log_file = new_database(), tmp_path / "work.log"
    service = Service.open(Settings(database_url=database_url))
    reports = [reported_clash(killed=number) for number in range(9)]  # with the article's own, ten domain events
    commands = [post(f"a-{n}", *reports) for n in range(3 * PAGE_SIZE // 10)]
    for begin in range(0, len(commands), 500):
        service.log.post_articles(commands[begin : begin + 500])
    ends = list(_ends_of_pages(service))
    end = ends[-1]

    def has_begun_after(position: int) -> bool:
        return service.store.position() > position or (
            position == end and "folding the log" in log_file.read_text()
        )

    try:
        stopped_at = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            with _working(database_url, log_file) as worker:
                wait_until(lambda position=stopped_at: has_begun_after(position), "another page")  # type: ignore[misc]
                worker.send_signal(number)
                assert worker.wait(timeout=PATIENCE) == 0, log_file.read_text()
            stopped_at = service.store.position()
            assert stopped_at in ends
        service.projector.catch_up()
        anew = Store.open(new_database())
        Projector(service.log, anew).catch_up()
        assert rows(anew) == rows(service.store)
        anew.close()
    finally:
        service.close()
