"""The whole OpenAPI document, walked with data of every kind: no failure, and every answer as it is documented.

`make fuzz` does the same with more examples, other ones each time.
"""

import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.access.key_store import KeyStore
from api.access.keys import Scope
from tests.conftest import NewDatabase
from tests.e2e.support import clash, posted, statement, wait_for_all
from tests.examples import FUZZ_EXAMPLES
from tests.server import running_server

ROOT = Path(__file__).parents[3]
#: Each takes a tenth of a second to draw, of what other routes answer: `make fuzz` asks for them, too.
NO_PICTURES = ("--exclude-path-regex", "^/v1/pictures/")


@pytest.mark.parametrize(
    ("database", "has_meaning"),
    [("sqlite", False), ("sqlite", True), ("postgresql", True)],
    ids=["any shape on sqlite", "with meaning on sqlite", "with meaning on postgresql"],
)
def test_every_answer_is_as_documented(
    database: str, has_meaning: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/detente.db"
    if database == "postgresql":
        make: NewDatabase = request.getfixturevalue("new_postgres_database")
        url = make()
    key = make_key(url)
    with running_server(url, tmp_path / "log", "--seed") as server:
        server.headers["Authorization"] = f"Bearer {key}"
        for number in range(5):
            posted(server, clash("RUS", "TUR"), statement("SYR", "TUR"), id=str(number))
        wait_for_all(server)
        run = walk(str(server.base_url.join("/openapi.json")), tmp_path, key, has_meaning=has_meaning)
        assert server.get("/health").json()["status"] == "ok"
    assert run.returncode == 0, run.stdout + run.stderr
    assert "No issues found" in run.stdout
    assert "Traceback" not in (tmp_path / "log").read_text()


def make_key(database_url: str) -> str:
    """Return a key that may do everything."""
    with closing(KeyStore.open(database_url)) as keys:
        return keys.create("Fuzzer", Scope.ADMIN, datetime.now(UTC)).text


def walk(document: str, folder: Path, key: str, *, has_meaning: bool) -> subprocess.CompletedProcess[str]:
    """Let schemathesis walk a document, with all that a schema allows and forbids, or with what has a meaning."""
    what = ["--phases", "examples,coverage" + ",fuzzing" * bool(FUZZ_EXAMPLES)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.e2e.openapi.fuzz_hooks"}
    if has_meaning:
        what = ["--phases", "fuzzing,stateful", "--mode", "positive"]
        environment["FUZZ_MEANING"] = "1"
    command = [
        *(
            str(Path(sys.executable).with_name("st")),
            "--config-file",
            str(ROOT / "tests/e2e/openapi/schemathesis.toml"),
        ),
        *("run", document, "--header", f"Authorization: Bearer {key}"),
        *("--exclude-checks", "ignored_auth"),  # attempts with wrong keys are held up
        *(*what, "--warnings", "off", "--no-color", "--max-examples", FUZZ_EXAMPLES or "4"),
        *(["--generation-database", "none"] if FUZZ_EXAMPLES else ["--generation-deterministic", *NO_PICTURES]),
    ]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
