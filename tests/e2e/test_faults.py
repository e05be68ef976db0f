"""Faults: a server that is killed, a database that is restarted. Nothing acknowledged is lost, nothing half there."""

from pathlib import Path

from tests.conftest import NewDatabase
from tests.faults import Tally, kill_while_posting


def test_a_server_killed_while_batches_are_posted_loses_nothing(tmp_path: Path) -> None:
    tally = kill_while_posting(f"sqlite:///{tmp_path}/x.db", tmp_path, 1, lambda so_far: so_far.kills < 20)

    _assert_worth_something(tally)


def test_a_server_killed_on_postgresql_loses_nothing(new_postgres_database: NewDatabase, tmp_path: Path) -> None:
    tally = kill_while_posting(new_postgres_database(), tmp_path, 2, lambda so_far: so_far.kills < 6)

    _assert_worth_something(tally)


def _assert_worth_something(tally: Tally) -> None:
    """Fail if no kill hit a batch: then nothing was tested."""
    assert tally.acknowledged > 0
    assert tally.batches > tally.acknowledged
    assert tally.lost_answers + tally.never_came > 0
