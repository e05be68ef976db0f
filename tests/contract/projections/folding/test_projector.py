"""Whose turn it is to fold the log, on every kind of store: one projector's, and the next one's after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.operations.health import read_health
from api.running.service import Service
from api.running.settings import Settings
from projections.folding.folder import Folder
from projections.folding.projector import Projector, rest_after
from projections.storage.locks import FileLock, Holder, Lock
from projections.storage.store import Store
from tests.clock import Clock
from tests.conftest import NewDatabase
from tests.contract.tables import rows
from tests.language import clash, post
from tests.patience import PATIENCE, wait_until


@pytest.fixture
def other(service: Service) -> Iterator[Service]:
    """Return another process's view of the same database, as far as one process can have it."""
    opened = Service.open(service.settings, service.clock)
    yield opened
    opened.close()


@contextmanager
def running(projector: Projector) -> Iterator[Event]:
    """Run a projector in a thread; yield what wakes it."""
    wake, stop = Event(), Event()
    thread = Thread(target=projector.run, args=(wake, stop, 0.05))
    thread.start()
    try:
        yield wake
    finally:
        stop.set()
        wake.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def is_free(lock: Lock) -> bool:
    return lock.holder() is None


def test_one_holds_the_lock_and_the_others_see_who(service: Service, other: Service) -> None:
    mine, theirs = service.store.lock("projector"), other.store.lock("projector")
    assert is_free(mine)
    assert mine.acquire()
    assert mine.acquire(), "it is ours already"
    assert not theirs.acquire()
    assert not theirs.is_held()
    assert theirs.holder() == mine.holder() == Holder.this_process()
    mine.release()
    assert mine.is_held(), "taken twice, given back once"
    mine.release()
    assert is_free(theirs)
    assert theirs.acquire()
    assert not mine.acquire()
    theirs.release()
    theirs.release()  # no harm
    mine.give_up()
    assert is_free(mine)


def test_the_lock_of_a_rebuild_is_another_one(service: Service) -> None:
    projector, rebuild = service.store.lock("projector"), service.store.lock("rebuild")
    assert projector.acquire()
    assert rebuild.acquire()
    projector.release()
    rebuild.release()


def test_a_lock_that_was_released_is_free_at_once(service: Service, other: Service) -> None:
    mine, theirs = service.store.lock("rebuild"), other.store.lock("rebuild")
    assert mine.acquire()
    for held, wanted in [(mine, theirs), (theirs, mine)] * 25:
        assert not wanted.acquire()
        held.release()
        assert wanted.acquire()
    mine.release()


def test_a_lock_whose_file_was_deleted_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "one.lock"
    lock = FileLock(file)
    assert lock.acquire()
    file.unlink()
    assert not lock.is_held()
    assert is_free(lock)
    file.write_text("not what we write")
    other = FileLock(file)
    assert other.acquire()
    assert lock.holder() == Holder.this_process()
    other.release()


def test_a_lock_that_is_held_is_not_given_up_and_says_whose_it_is_as_far_as_it_can(tmp_path: Path) -> None:
    file = tmp_path / "one.lock"
    lock = FileLock(file)
    assert lock.acquire()
    lock.give_up()
    assert lock.is_held()
    for content in ("", "{", '["a list"]', '{"another": 1}'):
        file.write_text(content)
        assert FileLock(file).holder() == Holder(None, None)
    lock.release()
    lock.give_up()
    assert is_free(FileLock(file))


@pytest.fixture
def on_postgresql(new_postgres_database: NewDatabase, clock: Clock) -> Iterator[Service]:
    """Return a service on PostgreSQL, where a lock is held by a connection."""
    opened = Service.open(Settings(database_url=new_postgres_database()), clock)
    yield opened
    opened.close()


def end_connections(service: Service) -> None:
    """End the connections that hold projectors' locks, as a restart of the server does."""
    with psycopg.connect(service.settings.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'detente projector %' AND datname = current_database()"
        )


def test_a_lock_whose_connection_is_lost_is_noticed_and_taken_again(on_postgresql: Service) -> None:
    lock = on_postgresql.store.lock("projector")
    assert lock.acquire()
    end_connections(on_postgresql)
    assert not lock.is_held()
    lock.release()
    assert lock.acquire()
    lock.release()


def test_an_active_projector_that_lost_its_lock_stops_and_takes_it_again(on_postgresql: Service) -> None:
    service = on_postgresql
    with running(service.projector) as wake:
        wait_until(lambda: service.projector.active() is not None)
        end_connections(service)
        position = service.log.post_article(post("a-1", clash())).position
        wake.set()
        wait_until(lambda: service.store.position() == position)
        wait_until(lambda: service.projector.active() == Holder.this_process())


def test_the_one_that_stands_by_takes_over_when_the_active_one_ends(service: Service, other: Service) -> None:
    with running(other.projector) as standing_by:
        with running(service.projector):
            pass
        position = service.log.post_article(post("a-1", clash())).position
        standing_by.set()
        wait_until(lambda: service.store.position() == position)
        assert read_health(service).projector.active == "this", "it is this process's, whichever thread's"
    assert is_free(service.store.lock("projector"))


def test_who_does_not_have_the_turn_writes_nothing(service: Service, other: Service) -> None:
    lock = service.store.lock("projector")
    assert lock.acquire()
    with running(other.projector) as wake:
        service.log.post_article(post("a-1", clash()))
        for _ in range(20):
            wake.set()
            assert service.store.position() == 0
        lock.release()
        wait_until(lambda: service.store.position() == service.log.position())


def test_catching_up_watches_the_active_projector_and_takes_over_from_it(service: Service, other: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    lock = service.store.lock("projector")
    assert lock.acquire()
    progress: list[tuple[int, int]] = []

    def tell(position: int, end: int) -> None:
        progress.append((position, end))
        if len(progress) == 2:
            lock.release()  # the active one died

    assert other.projector.catch_up(tell) == service.log.position()
    assert progress[:2] == [(0, service.log.position())] * 2
    assert is_free(lock)


def test_catching_up_is_done_when_the_active_projector_has_done_it(service: Service, other: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    service.projector.catch_up()
    lock = service.store.lock("projector")
    assert lock.acquire()
    progress: list[tuple[int, int]] = []
    assert other.projector.catch_up(lambda *at: progress.append(at)) == service.log.position()
    assert progress == [(service.log.position(), service.log.position())]
    lock.release()


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("INSERT", {}, Exception("database or disk is full")),
        PoolTimeout("QueuePool limit reached, connection timed out"),
    ],
    ids=["full", "no-connection"],
)
def test_a_projector_that_fails_lets_another_one_try(
    service: Service, other: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A full disk: nothing is half written, no event is blamed, and whoever can goes on."""
    service.log.post_article(post("a-1", clash()))
    tried = Event()

    def full(*_: object) -> None:
        tried.set()
        raise error

    monkeypatch.setattr(service.projector, "_write", full)
    with running(service.projector):
        assert tried.wait(PATIENCE)
        assert service.store.position() == 0
        with running(other.projector) as wake:
            wake.set()
            wait_until(lambda: service.store.position() == service.log.position())
    assert rows(service.store, "parked_events") == {"parked_events": []}


def test_health_says_whose_projector_is_active(service: Service) -> None:
    assert read_health(service).projector.active == "none"
    service.log.post_article(post("a-1", clash()))
    assert "detente work" in read_health(service).advice[0]
    with running(service.projector) as wake:
        wait_until(lambda: service.store.position() == service.log.position())
        wake.set()
        found = read_health(service)
    assert (found.status, found.advice) == ("ok", [])
    assert (found.projector.active, found.projector.process) == ("this", Holder.this_process().process)


def test_a_lock_that_there_is_not_is_refused(service: Service) -> None:
    with pytest.raises((ValueError, KeyError)):
        Store.lock(service.store, "cellar")


def test_what_is_recorded_while_it_rests_is_one_page(service: Service) -> None:
    pages: list[int] = []
    service.log.post_article(post("a-1", clash()))

    def rest(events: int, _seconds: float) -> None:
        if not pages:
            service.log.post_article(post("a-2", clash()))
            service.log.post_article(post("a-3", clash()))
        pages.append(events)

    Folder(service.log, service.store).fold(rest=rest)

    assert pages == [2, 4]
    assert service.store.position() == service.log.position()


def test_a_rest_is_in_proportion_to_a_small_page_and_there_is_none_after_a_large_one() -> None:
    assert rest_after(1, 0.01) == pytest.approx(0.02)
    assert rest_after(49, 1.0) == pytest.approx(0.1)
    assert rest_after(50, 1.0) == 0.0
