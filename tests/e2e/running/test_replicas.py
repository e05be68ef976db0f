"""A replica answers reads from a standby, and the standby takes the place of a primary that is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple

import httpx
import pytest

from api.app import create_app
from api.running.settings import Settings
from domain.log.application import Detente
from domain.log.database_url import log_environment
from tests.conftest import NewDatabase
from tests.e2e.app_client import AppClient, client_of
from tests.e2e.command import detente
from tests.e2e.replication import Replication, running_replication, wait_for_standby
from tests.e2e.support import article, clash, posted, problem, read, relation, unique
from tests.patience import PATIENCE, wait_until
from tests.server import FOLDING_BESIDE, ServerClient, running_server

PRIMARY = "https://desk.example.org"
READS = 1000


class Served(NamedTuple):
    """A primary and a replica, each with its server."""

    pair: Replication
    primary: ServerClient
    replica: ServerClient


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("replicas")
    with running_replication() as pair:
        settings = {**FOLDING_BESIDE, "DETENTE_HEARTBEAT": "0.2"}
        with running_server(pair.either, folder / "primary", "--seed", **settings) as primary:
            pair.run_page("sh replica")
            settings = {
                "DETENTE_ROLE": "replica",
                "DETENTE_PRIMARY": PRIMARY,
                "DETENTE_WORKERS": "2",
                **FOLDING_BESIDE,
            }
            with running_server(pair.standby, folder / "replica", "--seed", **settings) as replica:
                yield Served(pair, primary, replica)


@contextmanager
def replica_app(pair: Replication, wait_timeout: float) -> Iterator[AppClient]:
    """Serve a replica in this process, which waits for a while only."""
    settings = Settings(
        database_url=pair.standby, role="replica", primary=PRIMARY, wait_timeout=wait_timeout, access_log=False
    )
    with client_of(create_app(settings)) as client:
        yield client


def test_a_replica_answers_as_its_primary(served: Served) -> None:
    sent = posted(served.primary, clash("RUS", "TUR"))
    asked = {"as_of": "2020-02-01", "min_position": sent["position"]}
    answers = [client.get("/v1/relations/RUS/TUR", params=asked) for client in (served.replica, served.primary)]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    for path in (
        "/v1/relations",
        "/v1/articles",
        "/v1/imports",
        "/v1/events",
        "/v1/actors/RUS",
        "/models",
        "/imports",
    ):
        assert served.replica.get(path).status_code in (200, 404), path
        assert served.replica.get(path).status_code == served.primary.get(path).status_code, path
    wait_for_standby(served.pair)
    health = read(served.replica, "/health")
    assert (health["status"], health["projector"]["active"]) == ("ok", "primary"), health
    assert health["replica"] == {"is_standby": True, "is_connected": True, "bytes_behind": 0, "lag_seconds": 0.0}
    assert read(served.primary, "/health")["replica"] is None
    assert "detente_replica_lag_seconds 0.0" in served.replica.get("/metrics").text
    assert "detente_replica" not in served.primary.get("/metrics").text


def test_whatever_records_is_refused_and_told_where_to_go(served: Served) -> None:
    before = read(served.primary, "/v1/events", limit=1)["position"]
    document = read(served.replica, "/openapi.json")
    writes = [
        (method, path)
        for path, operations in document["paths"].items()
        for method in operations
        if method not in ("get", "head")
    ]
    assert len(writes) > 10
    for method, path in [*writes, ("post", "/sign-in"), ("post", "/sign-out"), ("post", "/post")]:
        refused = problem(served.replica.request(method.upper(), path, json={}), 421)
        assert refused["type"] == "urn:detente:problem:replica-reads-only"
        assert f"send it to {PRIMARY}{path}" in refused["detail"]
    page = served.replica.post("/post", headers={"Accept": "text/html"})
    assert page.status_code == 421
    assert PRIMARY in page.text
    assert read(served.primary, "/v1/events", limit=1)["position"] == before


def test_nothing_stale_is_read_under_load(served: Served) -> None:
    """Readers of the replica see each what a writer of the primary was told, from the first moment on."""
    found: list[tuple[int, int]] = []

    def write_and_read(number: int) -> None:
        a, b = f"W{number}A", f"W{number}B"
        with _client(served.primary) as writer, _client(served.replica) as reader:
            for code in (a, b):
                actor = {"code": code, "kind": "group", "name": f"Group {code}", "aliases": []}
                writer.post("/v1/actors", json=actor).raise_for_status()
            for count in range(1, READS // (4 * 5) + 1):
                day = (datetime(2019, 1, 1, tzinfo=UTC) + timedelta(days=count)).date().isoformat()
                position = posted(writer, clash(a, b, day))["position"]
                for _ in range(5):
                    response = reader.get(f"/v1/relations/{a}/{b}", params={"min_position": position})
                    fresh = response.is_success and response.json()["incidents"] == count
                    found.append((response.status_code, int(fresh)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_and_read, range(4)))
    assert len(found) == READS
    assert set(found) == {(200, 1)}


def _client(server: ServerClient) -> httpx.Client:
    return httpx.Client(base_url=server.base_url, timeout=PATIENCE)


def test_a_standby_that_is_behind_is_waited_for_and_then_said_so(served: Served) -> None:
    pair = served.pair
    wait_for_standby(pair)
    with replica_app(pair, wait_timeout=0.2) as hurried:
        before = relation(hurried, "RUS", "TUR")
        pair.run(pair.standby, "SELECT pg_wal_replay_pause()")
        try:
            sent = posted(served.primary, clash("RUS", "TUR", "2020-01-21"))
            noted = read(served.primary, "/v1/relations/RUS/TUR", min_position=sent["position"])["known_at"]
            for asked in ({"min_position": sent["position"]}, {"min_position": 10**9}, {"known_at": noted}):
                late = hurried.get("/v1/relations/RUS/TUR", params={"as_of": "2020-02-01", **asked})
                refused = problem(late, 503)
                assert refused["type"] == "urn:detente:problem:projections-behind"
                assert late.headers["retry-after"] == "1"
                assert (
                    f"this replica has not reached {'position' if 'min_position' in asked else 'the instant'}"
                    in refused["detail"]
                )
                assert f"or ask {PRIMARY}" in refused["detail"]
            assert relation(hurried, "RUS", "TUR") == before, "who does not ask for more has what there is"
            wait_until(lambda: (read(hurried, "/health")["replica"]["lag_seconds"] or 0) > 1)
            health = read(hurried, "/health")
            assert health["status"] == "degraded"
            assert health["replica"]["bytes_behind"] > 0
            assert any("seconds behind its primary" in advice for advice in health["advice"])
        finally:
            pair.run(pair.standby, "SELECT pg_wal_replay_resume()")
    for asked in ({"min_position": sent["position"]}, {"known_at": noted}):
        assert relation(served.replica, "RUS", "TUR", **asked)["incidents"] == before["incidents"] + 1


def test_tables_of_another_version_are_mended_on_the_primary(served: Served) -> None:
    pair = served.pair
    live = pair.run(pair.primary, "SELECT live FROM projection_generations")
    change = f"UPDATE detente_projections_{live}.projection_progress SET version = version"  # noqa: S608  # a number
    pair.run(pair.primary, f"{change} - 1")
    try:
        wait_for_standby(pair)
        refused = problem(served.replica.get("/v1/relations/RUS/TUR?as_of=2019-05-05"), 503)
        assert refused["type"] == "urn:detente:problem:outdated-projections"
        advice = read(served.replica, "/health")["advice"]
        assert any("upgrade this server or its primary" in each for each in advice), advice
        assert any("run `detente rebuild` on the primary." in each for each in advice), advice
    finally:
        pair.run(pair.primary, f"{change} + 1")
    wait_for_standby(pair)
    read(served.replica, "/v1/relations/RUS/TUR", as_of="2019-05-05")


def test_keys_and_sessions_come_from_the_primary(served: Served) -> None:
    made = detente(served.pair.primary, "key", "create", "--name", "Passing", "--scope", "read")
    bearer = {"Authorization": f"Bearer {made.stdout.split()[-1]}"}
    wait_until(lambda: served.replica.get("/v1/models").status_code == 401)
    wait_until(lambda: served.replica.get("/v1/models", headers=bearer).status_code == 200)
    detente(served.pair.primary, "key", "revoke", "Passing")
    wait_until(lambda: served.replica.get("/v1/models", headers=bearer).status_code == 401)
    with Detente(log_environment(served.pair.primary)):
        served.pair.run(served.pair.primary, "DELETE FROM api_keys")  # for the tests that follow
    wait_until(lambda: served.replica.get("/v1/models").status_code == 200)
    wait_until(lambda: served.primary.get("/v1/models").status_code == 200)


def test_commands_read_and_do_not_record(served: Served, tmp_path: Path) -> None:
    replica = {"DETENTE_ROLE": "replica"}
    wait_for_standby(served.pair)
    reading: list[tuple[str, ...]] = [
        ("status",),
        ("key", "list"),
        ("publisher", "list"),
        ("key", "sessions"),
        ("export",),
    ]
    archive = str(tmp_path / "archive")
    for command in [*reading, ("backup", str(tmp_path / "backup")), ("archive", archive), ("archive", archive)]:
        done = detente(served.pair.standby, *command, **replica)
        assert done.returncode == 0, done.stderr
    recording: list[tuple[str, ...]] = [("work",), ("rebuild",), ("seed",), ("publisher", "alias", "A", "B")]
    recording.append(("restore-archive", archive))
    for command in recording:
        refused = detente(served.pair.standby, *command, **replica)
        assert refused.returncode == 1
        assert "a replica only reads" in refused.stderr
    for command in [("serve", "--port", "0"), ("work",), ("status",)]:
        refused = detente(served.pair.standby, *command)
        assert refused.returncode == 1
        assert "the database is a standby" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_what_cannot_be_a_replica_is_said_so(new_postgres_database: NewDatabase, tmp_path: Path) -> None:
    replica = {"DETENTE_ROLE": "replica"}
    refused = detente(f"sqlite:///{tmp_path}/x.db", "serve", **replica)
    assert refused.returncode == 2
    assert "DETENTE_ROLE: a replica reads from a PostgreSQL standby" in refused.stderr
    empty = detente(new_postgres_database(), "status", **replica)
    assert empty.returncode == 1
    assert "no tables of a log yet: start a server on the primary first" in empty.stderr
    wrong = detente(f"sqlite:///{tmp_path}/x.db", "serve", DETENTE_PRIMARY="desk.example.org")
    assert wrong.returncode == 2
    assert "DETENTE_PRIMARY: 'desk.example.org' is no address" in wrong.stderr


def test_a_primary_that_is_killed_under_load_loses_nothing_that_it_acknowledged(served: Served) -> None:
    """The last of these tests: the standby is the primary afterwards."""
    acknowledged: list[str] = []
    is_over = Event()

    def post() -> None:
        while not is_over.is_set():
            sent = article(clash("RUS", "TUR"), id=unique("kept"))
            while not is_over.is_set():  # until it is acknowledged, as a feed does it
                try:
                    answered = served.primary.post("/v1/articles", json=sent)
                except httpx.HTTPError:
                    continue
                if answered.status_code in (200, 201):
                    acknowledged.append(sent["id"])
                    break
                assert answered.status_code == 503, answered.text
                is_over.wait(0.05)

    writers = [Thread(target=post) for _ in range(3)]
    for writer in writers:
        writer.start()
    wait_until(lambda: len(acknowledged) > 30)
    assert served.pair.run(served.pair.primary, "SELECT sync_state FROM pg_stat_replication") == "sync"
    served.pair.kill_primary()
    killed_at = len(acknowledged)
    served.pair.run_page("sh promote")
    began = monotonic()
    wait_until(lambda: len(acknowledged) > killed_at + 30, "writers that go on")
    print(f"writers went on {monotonic() - began:.1f} s after the promotion")
    is_over.set()
    for writer in writers:
        writer.join()

    with Detente(log_environment(served.pair.standby)) as log:
        lost = [id_ for id_ in acknowledged if id_ not in log.article_sizes({id_})]
    assert lost == []
    newest = posted(served.primary, clash("RUS", "TUR"))["position"]
    assert relation(served.primary, "RUS", "TUR", min_position=newest) == relation(
        served.replica, "RUS", "TUR", min_position=newest
    )
    health = read(served.replica, "/health")
    assert health["status"] == "degraded"
    assert any("no standby" in advice and "DETENTE_ROLE=primary" in advice for advice in health["advice"])
    problem(served.replica.post("/v1/articles", json=article(clash("RUS", "TUR"))), 421)
