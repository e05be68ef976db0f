"""The whole OpenAPI document, walked with data of every kind: no failure, and every answer as it is documented.

`make fuzz` does the same with more examples, other ones each time.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NewDatabase
from tests.e2e.support import clash, posted, statement, wait_for_all
from tests.server import running_server

ROOT = Path(__file__).parents[2]
#: What a schema cannot say (names of actors, dates, who may be in whose article), it does not promise to accept. A
#: retracted article can still be read: that is the point.
NOT_HELD_AGAINST_US = "positive_data_acceptance,use_after_free,ignored_auth"
EXAMPLES = os.environ.get("FUZZ_EXAMPLES")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/detente.db"
    make: NewDatabase = request.getfixturevalue("new_postgres_database")
    return make()


def test_every_answer_is_as_documented(database: str, tmp_path: Path) -> None:
    with running_server(database, tmp_path / "log", "--seed", DETENTE_WAIT_TIMEOUT="60") as server:
        for number in range(5):
            posted(server, clash("RUS", "TUR", ref="r"), statement("SYR", "TUR"), id=str(number))
        wait_for_all(server)
        run = fuzz(str(server.base_url.join("/openapi.json")), tmp_path)
        assert server.get("/health").json()["status"] == "ok"
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Traceback" not in (tmp_path / "log").read_text()


def fuzz(document: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Let schemathesis walk a document."""
    options = ["--max-examples", EXAMPLES, "--generation-database", "none"] if EXAMPLES else ["--max-examples", "8", "--generation-deterministic"]
    command = [
        *(str(Path(sys.executable).with_name("st")), "run", document, *options),
        *("--checks", "all", "--exclude-checks", NOT_HELD_AGAINST_US),
        *("--warnings", "off", "--no-color"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.e2e.fuzz_hooks"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
