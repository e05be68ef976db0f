"""Generations of the tables, on every kind of store: built beside the live ones, swapped in as a whole."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy import delete, select, update

from api.operations.health import read_health
from api.running.service import Service
from api.running.settings import Settings
from projections.folding.folder import Folder
from projections.storage.reading.tables_state import OutdatedTables
from projections.storage.store import RebuildRunning, Store
from projections.storage.tables import articles, progress
from tests.conftest import NewDatabase
from tests.contract.tables import rows
from tests.language import backing, clash, post, statement
from tests.patience import PATIENCE


@pytest.fixture
def folded(service: Service) -> Service:
    """Return a service on which two articles are folded."""
    service.log.post_article(post("a-1", clash(killed=3), backing()))
    service.log.post_article(post("a-2", statement("RUS", "TUR"), publisher="AP"))
    service.projector.catch_up()
    return service


@pytest.fixture
def other(folded: Service) -> Iterator[Service]:
    """Return another process's view of the same database, as far as one process can have it."""
    opened = Service.open(folded.settings, folded.clock)
    yield opened
    opened.close()


def live(store: Store) -> int:
    with store.inspecting() as (_, standing):
        return standing.live


def kept(service: Service) -> set[int]:
    return service.store._home.numbers()


def test_a_rebuild_makes_the_same_tables_in_a_new_generation_and_removes_the_old(folded: Service) -> None:
    before = rows(folded.store)
    progress: list[tuple[int, int]] = []
    end = folded.log.position()

    assert folded.projector.rebuild(lambda position, end: progress.append((position, end))) == end

    assert rows(folded.store) == before
    assert progress[-1] == (end, end)
    assert (live(folded.store), kept(folded)) == (2, {2})


def test_everyone_else_reads_and_writes_the_new_generation_from_the_swap_on(
    folded: Service, other: Service
) -> None:
    before = rows(other.store)
    folded.projector.rebuild()
    folded.log.post_article(post("a-3", clash()))

    assert rows(other.store) == before
    assert other.projector.catch_up() == folded.log.position()

    assert rows(folded.store) == rows(other.store) != before
    assert live(other.store) == 2


def test_a_reader_keeps_its_generation_until_it_is_done(folded: Service, other: Service) -> None:
    """On PostgreSQL the old tables are dropped once nobody reads them: here, when the reader has seen enough."""
    seen, go_on = Event(), Event()
    found: list[int] = []

    def read() -> None:
        with other.store.reading() as connection:
            seen.set()
            go_on.wait(PATIENCE)
            found.append(len(connection.execute(select(articles)).all()))

    def go_on_after_the_swap() -> None:
        poll = Event()
        while live(folded.store) == 1:
            poll.wait(0.01)
        go_on.set()

    threads = [Thread(target=read), Thread(target=go_on_after_the_swap)]
    for thread in threads:
        thread.start()
    assert seen.wait(PATIENCE)
    folded.projector.rebuild()
    for thread in threads:
        thread.join(PATIENCE)

    assert found == [2]
    assert kept(folded) == {2}


def test_what_is_posted_and_folded_during_a_rebuild_is_in_the_new_tables(folded: Service, other: Service) -> None:
    posted: list[int] = []

    def post_and_fold(_position: int, _end: int) -> None:
        if len(posted) < 3:
            posted.append(folded.log.post_article(post(f"later-{len(posted)}", clash())).position)
            other.projector.catch_up()
            assert len(rows(other.store, "articles")["articles"]) == 2 + len(posted)
            assert folded.store.building_position() is not None

    folded.projector.rebuild(post_and_fold)

    assert len(posted) == 3
    assert other.store.position() == posted[-1]
    assert len(rows(other.store, "articles")["articles"]) == 5
    assert folded.store.building_position() is None


def test_nothing_is_written_to_the_old_tables_between_the_last_page_and_the_swap(
    folded: Service, other: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that the active projector wants to write meanwhile waits, and is written to the new ones."""
    fold_up_to = Folder.fold_up_to
    late: list[Thread] = []
    wrote: list[int] = []

    def fold_late() -> None:
        notifications = other.log.read_log(other.store.position(), 100)
        other.projector._write(other.store.position(), notifications)
        wrote.append(live(other.store))

    def last(folder: Folder, position: int) -> None:
        fold_up_to(folder, position)
        folded.log.post_article(post("a-3", clash()))  # behind the position that was agreed upon
        late.append(Thread(target=fold_late))
        late[0].start()
        late[0].join(0.3)
        assert late[0].is_alive(), "it wrote although the tables were being swapped"

    monkeypatch.setattr(Folder, "fold_up_to", last)
    folded.projector.rebuild()
    late[0].join(PATIENCE)

    assert wrote == [2]
    assert other.store.position() == folded.log.position()
    assert len(rows(folded.store, "articles")["articles"]) == 3


def test_a_rebuild_that_fails_or_is_stopped_leaves_the_live_tables_alone(
    folded: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(folded.store)
    stop = Event()
    stop.set()
    assert folded.projector.rebuild(stop=stop) is None
    assert (rows(folded.store), live(folded.store), kept(folded)) == (before, 1, {1})

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(folded.store._home, "secure", fail)
    with pytest.raises(OSError, match="no space"):
        folded.projector.rebuild()
    assert (rows(folded.store), live(folded.store), kept(folded)) == (before, 1, {1})

    monkeypatch.undo()
    folded.projector.rebuild()
    assert rows(folded.store) == before


def test_what_a_killed_rebuild_left_is_removed_by_the_next(folded: Service) -> None:
    before = rows(folded.store)
    number = folded.store._announce()  # as far as a process came that was killed
    folded.store._create(number)
    assert kept(folded) == {1, 2}
    assert folded.store.building_position() is None, "nobody holds the lock"

    folded.projector.rebuild()

    assert rows(folded.store) == before
    assert (live(folded.store), kept(folded)) == (3, {3})


def test_a_rebuild_that_has_only_begun_to_make_its_tables_is_nowhere_yet(folded: Service, other: Service) -> None:
    with folded.store.rebuilding() as new:
        assert other.store.building_position() == 0
        with new.writing() as connection:
            connection.execute(delete(progress))  # its row comes in a transaction of its own, after the tables

        assert other.store.building_position() is None
        assert read_health(other).rebuild is None


def test_one_rebuild_runs_at_a_time(folded: Service, other: Service) -> None:
    with (
        folded.store.rebuilding() as new,
        pytest.raises(RebuildRunning, match="already"),
        other.store.rebuilding(),
    ):
        pass
    assert new.number == 2
    assert other.projector.rebuild() == folded.log.position()


def test_health_says_how_far_a_rebuild_is(folded: Service) -> None:
    end = folded.log.position()
    with folded.store.rebuilding() as new:
        Folder(folded.log, new, page_size=2)._fold_next_page()
        found = read_health(folded).rebuild
    assert found is not None
    assert (found.position, found.end) == (folded.log.read_commands(0, 2)[-1].id, end)
    assert read_health(folded).rebuild is None


def test_clearing_begins_an_empty_generation(folded: Service, other: Service) -> None:
    before = rows(other.store)
    folded.store.clear()
    assert other.store.position() == folded.store.position() == 0
    other.projector.catch_up()
    assert rows(folded.store) == before


# Tables of other versions


def former_tables(database_url: str) -> None:
    """Make tables as they were before there were generations: by the same names, where the row is now."""
    statements = [
        "CREATE TABLE projection_progress (name VARCHAR PRIMARY KEY, version INTEGER, position BIGINT)",
        "INSERT INTO projection_progress VALUES ('relations', 1, 7)",
        "CREATE TABLE articles (article BIGINT PRIMARY KEY, something_else TEXT)",
    ]
    if database_url.startswith("sqlite"):
        file = Path(database_url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(file.with_name(f"{file.stem}.projections.db"))) as connection, connection:
            for each in statements:
                connection.execute(each)
        return
    with psycopg.connect(database_url) as server:
        for each in statements:
            server.execute(each.encode())


def test_tables_from_before_there_were_generations_are_replaced_by_a_rebuild(database_url: str) -> None:
    former_tables(database_url)
    service = Service.open(Settings(database_url=database_url))
    service.log.post_article(post("a-1", clash()))

    with pytest.raises(OutdatedTables, match=r"version 1, not .*detente rebuild"), service.store.reading():
        pass
    health = read_health(service)
    assert (health.status, health.projections[0].version) == ("degraded", 1)
    assert "detente rebuild" in health.advice[0]

    service.projector.rebuild()
    assert len(rows(service.store, "articles")["articles"]) == 1
    assert (live(service.store), kept(service)) == (1, {1})
    assert read_health(service).status == "ok"
    service.close()


def test_tables_of_a_version_that_looks_otherwise_are_replaced_by_a_rebuild(folded: Service) -> None:
    before = rows(folded.store)
    with folded.store.writing() as connection:
        connection.execute(update(progress).values(version=99))
        connection.exec_driver_sql("DROP TABLE parked_events")
        connection.exec_driver_sql("DROP TABLE incident_changes")
        connection.exec_driver_sql("CREATE TABLE of_the_future (id INTEGER)")
    assert read_health(folded).projections[0].version == 99
    folded.projector.rebuild()
    assert rows(folded.store) == before


def test_a_new_database_has_the_first_generation_and_opening_it_again_keeps_it(new_database: NewDatabase) -> None:
    database_url = new_database()
    for _ in range(2):
        with closing(Store.open(database_url)) as store:
            assert (live(store), store._home.numbers()) == (1, {1})


def test_a_generation_that_somebody_deleted_is_made_anew(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/one.db")
    with closing(Service.open(settings)) as service:
        service.log.post_article(post("a-1", clash()))
        service.projector.catch_up()
    (tmp_path / "one.projections-1.db").unlink()
    with closing(Service.open(settings)) as service:
        assert service.store.position() == 0
        service.projector.catch_up()
        assert live(service.store) == 2
    (tmp_path / "one.projections.db").unlink()
    with closing(Service.open(settings)) as service:
        assert service.projector.catch_up() == service.log.position()


def test_a_missing_table_is_an_error_and_not_taken_for_a_swap(folded: Service) -> None:
    with folded.store.writing() as connection:
        connection.exec_driver_sql("DROP TABLE projection_progress")
    with pytest.raises(Exception, match="projection_progress"):
        folded.store.position()
