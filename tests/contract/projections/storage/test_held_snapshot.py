"""What glances share on SQLite: one transaction, and always the newest state of the tables."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.running.service import Service
from api.running.settings import Settings
from tests.language import clash, post, statement


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    opened = Service.open(Settings(database_url=f"sqlite:///{tmp_path}/log.db"))
    opened.log.post_article(post("a-1", clash()))
    opened.projector.catch_up()
    yield opened
    opened.close()


@pytest.fixture
def other(service: Service) -> Iterator[Service]:
    """Return another process's view of the same database, as far as one process can have it."""
    opened = Service.open(service.settings)
    yield opened
    opened.close()


def test_glances_share_a_transaction_until_they_let_go_of_it(service: Service) -> None:
    store = service.store
    with store.glancing() as (_, first), store.glancing() as (_, second):
        assert first is second
    with store.glancing() as (_, third):
        assert third is first
    store.let_go()
    store.let_go()
    with store.glancing() as (_, fourth):
        assert fourth == first
        assert fourth is not first


def test_whatever_is_committed_by_whomever_the_next_glance_sees_it(service: Service, other: Service) -> None:
    numbers = iter(range(2, 1000))

    def fold(by: Service) -> None:
        by.log.post_article(post(f"a-{next(numbers)}", statement()))
        by.projector.catch_up()

    acts: dict[str, Callable[[], object]] = {
        "fold": lambda: fold(service),
        "fold in another process": lambda: fold(other),
        "rebuild": service.projector.rebuild,
        "rebuild in another process": other.projector.rebuild,
        "let go": service.store.let_go,
        "nothing": lambda: None,
    }

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.sampled_from(sorted(acts)), max_size=6))
    @example(["fold", "fold in another process", "rebuild", "fold", "rebuild in another process", "fold"])
    def look(done: list[str]) -> None:
        for act in done:
            acts[act]()
            with service.store.glancing() as (_, seen), service.store.reading_snapshot() as (_, newest):
                assert seen == newest

    look()


def test_the_write_ahead_log_begins_anew_once_glances_let_go(service: Service, other: Service) -> None:
    def can_begin_anew() -> bool:
        with closing(sqlite3.connect(service.store.place, timeout=0)) as connection:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    with service.store.glancing():
        pass
    other.log.post_article(post("a-2", clash()))
    other.projector.catch_up()
    assert not can_begin_anew()
    service.store.let_go()
    assert can_begin_anew()


def test_after_a_glance_that_failed_the_next_begins_anew(service: Service) -> None:
    with pytest.raises(ZeroDivisionError), service.store.glancing() as (_, seen):
        raise ZeroDivisionError
    with service.store.glancing() as (_, next_seen):
        assert next_seen == seen
        assert next_seen is not seen
