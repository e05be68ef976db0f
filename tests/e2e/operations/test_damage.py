"""Databases that are damaged while a server runs, and where no read would notice: named, and never a 500."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from api.operations.health import read_health
from api.running.service import Service
from domain.log.damage import check_log_pages, describe_log_damage
from tests.e2e.app_client import app_client
from tests.e2e.support import clash as of_clash
from tests.e2e.support import posted, problem
from tests.language import clash, post


def scribble(file: Path, start: int, length: int) -> None:
    content = bytearray(file.read_bytes())
    content[start : start + length] = b"x" * length
    file.write_bytes(content)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def overwritten(file: Path) -> None:
    scribble(file, 100, 10**6)


def checkpointed(file: Path) -> Path:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.mark.parametrize("damage", [emptied, overwritten])
def test_a_running_server_says_so_and_goes_on_with_what_it_can(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    with app_client(tmp_path, settings={"projector": "none"}) as client:
        store = client.app.state.service.store
        damage(checkpointed(Path(store.place)))
        store._live.close()  # what is open, and kept for the next reader, has pages in memory
        for path in ("/v1/agreements", "/v1/relations/RUS/TUR/episodes", "/v1/relations?as_of=2020-02-01"):
            found = problem(client.get(path), 503)
            assert found["type"] == "urn:detente:problem:database-damaged"
        health = client.get("/health").json()
        assert health["status"] == "degraded"
        assert "detente rebuild" in health["advice"][0]
        assert "detente_healthy 0.0" in client.get("/metrics").text
        assert client.get("/v1/events").is_success


def test_a_server_starts_on_damaged_tables_and_records_what_is_posted(tmp_path: Path) -> None:
    with app_client(tmp_path, settings={"projector": "none"}) as client:
        place = Path(client.app.state.service.store.place)
    overwritten(checkpointed(place))
    with app_client(tmp_path, settings={"projector": "none"}) as client:
        health = client.get("/health").json()
        assert health["status"] == "degraded"
        assert "detente rebuild" in health["advice"][0]
        assert problem(client.get("/v1/relations/RUS/TUR"), 503)["type"] == "urn:detente:problem:database-damaged"
        posted(client, of_clash("RUS", "TUR"))


def test_a_server_starts_on_a_log_with_a_row_that_is_no_event(tmp_path: Path) -> None:
    with app_client(tmp_path) as client:
        file = Path(client.app.state.service.settings.database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE stored_events SET originator_id = 'none' WHERE rowid = 2")
        connection.commit()
    with app_client(tmp_path) as client:
        assert problem(client.get("/v1/events"), 503)["type"] == "urn:detente:problem:database-damaged"


def fill(service: Service) -> None:
    for number in range(200):
        service.log.post_article(post(f"a-{number}", clash(summary="x" * 1000)))
    service.projector.catch_up()


def test_a_page_of_the_log_that_nothing_reads_is_found(sqlite_service: Service) -> None:
    url = sqlite_service.settings.database_url
    fill(sqlite_service)
    check_log_pages(url)
    file = checkpointed(Path(url.removeprefix("sqlite:///")))
    scribble(file, 20 * 4096, 4096)
    assert sqlite_service.log.position() > 0
    with pytest.raises(sqlite3.DatabaseError) as found:
        check_log_pages(url)
    assert "detente restore" in (describe_log_damage(url, found.value) or "")


def test_a_page_of_the_tables_that_nothing_reads_is_found(sqlite_service: Service) -> None:
    fill(sqlite_service)
    assert read_health(sqlite_service, thorough=True).status == "ok"
    with sqlite_service.store.reading() as connection:
        pages = "SELECT rootpage FROM sqlite_schema WHERE name = 'evidence'"
        (page,) = connection.exec_driver_sql(pages).one()
    file = checkpointed(Path(sqlite_service.store.place))
    scribble(file, (page - 1) * 4096, 4096)
    sqlite_service.store._live.engine.dispose()
    assert "cannot be read" not in str(read_health(sqlite_service).advice)
    health = read_health(sqlite_service, thorough=True)
    assert health.status == "degraded"
    assert "detente rebuild" in health.advice[0]


@pytest.mark.parametrize(
    "change",
    [
        "topic = NULL",
        "topic = CAST(X'ff' AS TEXT)",
        "state = NULL",
        "state = 12",
        "originator_id = 'none'",
        "originator_id = NULL",
        "originator_version = 'x'",
    ],
)
def test_a_row_of_the_log_that_is_no_event_is_damage_of_the_log(tmp_path: Path, change: str) -> None:
    with app_client(tmp_path) as client:
        service = client.app.state.service
        service.log.post_article(post("a-1", clash()))
        service.projector.catch_up()
        file = Path(service.settings.database_url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(f"UPDATE stored_events SET {change} WHERE rowid = 2")  # noqa: S608
            connection.commit()
        assert problem(client.get("/v1/events"), 503)["type"] == "urn:detente:problem:database-damaged"
        assert client.get("/v1/articles/a-1").status_code in (200, 503)
        assert client.get("/v1/relations/RUS/TUR").is_success
        assert client.get("/health").status_code == 200
        service.projector.catch_up()
