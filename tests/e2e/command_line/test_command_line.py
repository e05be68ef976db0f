"""The `detente` command, run as a person runs it."""

import json
from pathlib import Path

import pytest

from tests.conftest import NewDatabase
from tests.e2e.command import detente


def test_seed_rebuild_and_status_go_together(new_database: NewDatabase) -> None:
    database_url = new_database()
    seeded = detente(database_url, "seed")
    assert (seeded.returncode, seeded.stdout) == (0, "514 actors and 1 articles are new\n")
    assert detente(database_url, "seed").stdout == "0 actors and 0 articles are new\n"
    rebuilt = detente(database_url, "rebuild")
    assert (rebuilt.returncode, rebuilt.stdout) == (0, "rebuilt up to position 537\n")
    refused = detente(database_url, "rebuild", "--from-history", "/nowhere")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "/nowhere/manifest.json: there is no such file, and so no history\n"
    status = detente(database_url, "status", "--json")
    assert status.returncode == 0
    health = json.loads(status.stdout)
    assert (health["status"], health["log_position"], health["projections"][0]["lag"]) == ("ok", 537, 0)
    assert "ok; the log stands at position 537" in detente(database_url, "status").stdout


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DETENTE_DATABASE_URL", "mysql://db", "sqlite:/// or postgresql://"),
        ("DETENTE_DATABASE_URL", "sqlite:///:memory:", "is a file"),
        ("DETENTE_PORT", "99999", "65535"),
        ("DETENTE_HEARTBEAT", "0", "greater than 0"),
        ("DETENTE_PROJECTOR", "perhaps", "'process', 'thread' or 'none'"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, name: str, value: str, problem: str) -> None:
    environment = {"DETENTE_DATABASE_URL": f"sqlite:///{tmp_path}/x.db", name: value}
    run = detente(environment.pop("DETENTE_DATABASE_URL"), "status", **environment)
    assert run.returncode == 2
    assert name in run.stderr
    assert problem in run.stderr
    assert "Traceback" not in run.stderr


def test_what_was_set_is_shown_as_it_is(tmp_path: Path) -> None:
    run = detente(f"sqlite:///{tmp_path}/x.db", "serve", DETENTE_RISK_MODEL="no[/red]such.json")
    assert run.returncode == 2
    assert "DETENTE_RISK_MODEL: no[/red]such.json: it cannot be read" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_database_that_is_not_there_is_said_in_a_line() -> None:
    run = detente("postgresql://nobody@127.0.0.1:1/nothing", "status")
    assert run.returncode == 1
    assert "127.0.0.1" in run.stderr
    assert "Traceback" not in run.stderr
