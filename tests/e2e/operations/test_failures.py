"""When something is wrong with the service itself, its answers still have the one form of an error."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.support import clash, posted, problem, read, wait_for_all
from tests.server import running_server


def _change_projections(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "detente.projections-1.db")) as connection, connection:
        connection.execute(statement)


def test_an_internal_error_is_a_problem_that_tells_no_secrets(tmp_path: Path) -> None:
    with running_server(f"sqlite:///{tmp_path}/detente.db", tmp_path / "log", "--seed") as server:
        wait_for_all(server)
        _change_projections(tmp_path, "ALTER TABLE state_runs RENAME TO state_walks")

        failed = problem(server.get("/v1/relations/RUS/TUR", headers={"X-Request-ID": "mine"}), 500)

        assert failed["type"] == "urn:detente:problem:internal-error"
        assert failed["request_id"] == "mine"
        assert "state_runs" not in str(failed)
        assert server.get("/v1/agreements").status_code == 200
    assert "no such table: state_runs" in (tmp_path / "log").read_text()


def test_tables_of_another_version_have_to_be_rebuilt(tmp_path: Path) -> None:
    with running_server(f"sqlite:///{tmp_path}/detente.db", tmp_path / "log", "--seed") as server:
        wait_for_all(server)
        _change_projections(tmp_path, "UPDATE projection_progress SET version = 0")

        for path in ("/v1/relations", "/v1/relations/RUS/TUR", "/v1/agreements", "/health/ready"):
            refused = problem(server.get(path), 503)
            assert refused["type"] == "urn:detente:problem:outdated-projections"
            assert "detente rebuild" in refused["detail"]
        assert read(server, "/health")["status"] == "degraded"
        assert read(server, "/health/live") == {"status": "alive"}
        posted(server, clash("RUS", "TUR"))
