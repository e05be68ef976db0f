"""Several processes on one database: servers beside each other, and the projector apart."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.support import answer, article, clash, posted, problem, read, relation, wait_for_all
from tests.patience import PATIENCE
from tests.server import FOLDING_BESIDE, running_server
from tests.zygote import start


@contextmanager
def _working(database_url: str, log_file: Path) -> Iterator[None]:
    """Run `detente work`."""
    environment = {**os.environ, "DETENTE_DATABASE_URL": database_url}
    with log_file.open("w") as log:
        process = start(["work"], environment, log, log)
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(timeout=PATIENCE) == 0, log_file.read_text()


def test_a_reader_is_told_to_come_back_when_nothing_folds_the_log(database_url: str, tmp_path: Path) -> None:
    settings = {"DETENTE_PROJECTOR": "false", "DETENTE_WAIT_TIMEOUT": "0"}
    with running_server(database_url, tmp_path / "log", "--seed", **settings) as server:
        sent = posted(server, clash("RUS", "TUR"))
        position = sent["position"]
        recorded = read(server, f"/v1/articles/{sent['id']}")["history"][0]["recorded"]

        for asked in ({"min_position": position}, {"known_at": recorded}):
            behind = server.get("/v1/relations/RUS/TUR", params=asked)
            assert problem(behind, 503)["type"] == "urn:detente:problem:projections-behind"
            assert behind.headers["retry-after"] == "1"
        both = {"known_from": "2020-01-01", "known_to": recorded}
        problem(server.get("/v1/relations/RUS/TUR/explanation", params=both), 503)
        for known_at in ("2020-01-01", "2999-01-01"):  # before all that there is, and to come
            assert read(server, "/v1/relations/RUS/TUR", known_at=known_at)["known_at"] is None
        assert server.get("/v1/actors/RUS").status_code == 503
        tried = server.post("/v1/articles", params={"dry_run": True}, json=article(clash("RUS", "TUR")))
        assert problem(tried, 503)["type"] == "urn:detente:problem:projections-behind"
        assert server.get("/health").json()["projections"][0]["lag"] == position


def test_a_worker_folds_what_a_server_records(database_url: str, tmp_path: Path) -> None:
    with (
        running_server(database_url, tmp_path / "serve", "--seed", DETENTE_PROJECTOR="false") as server,
        _working(database_url, tmp_path / "work"),
    ):
        sent = posted(server, clash("RUS", "TUR"))
        assert relation(server, "RUS", "TUR", min_position=sent["position"])["tension"] > 0


def test_a_server_sees_what_another_one_records(database_url: str, tmp_path: Path) -> None:
    with (
        running_server(database_url, tmp_path / "one", "--seed", **FOLDING_BESIDE) as one,
        running_server(database_url, tmp_path / "other", "--seed", **FOLDING_BESIDE) as other,
    ):
        actor = {"code": "TESTLAND", "kind": "state", "name": "Testland", "aliases": []}
        answer(one.post("/v1/actors", json=actor))
        sent = article(clash("Testland", "RUS"))

        recorded = answer(other.post("/v1/articles", json=sent))
        again = one.post("/v1/articles", json=sent)

        assert again.status_code == 200
        found = [relation(client, "RUS", "TESTLAND", min_position=recorded["position"]) for client in (one, other)]
        assert found[0] == found[1]
        assert found[0]["incidents"] == 1


def test_a_server_that_starts_again_goes_on_where_it_was(database_url: str, tmp_path: Path) -> None:
    with running_server(database_url, tmp_path / "first", "--seed", **FOLDING_BESIDE) as server:
        sent = posted(server, clash("RUS", "TUR"))
        before = relation(server, "RUS", "TUR", min_position=sent["position"])
        position = wait_for_all(server)

    with running_server(database_url, tmp_path / "second", "--seed", **FOLDING_BESIDE) as server:
        assert wait_for_all(server) == position
        assert relation(server, "RUS", "TUR") == before
