"""What a service does before it serves: the first reader waits for none of it."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from eventsourcing.persistence import PersistenceError

from domain.log.article_log import ArticleLog
from tests.e2e.app_client import app_client
from tests.patience import PATIENCE


def test_who_is_who_is_known_before_the_first_reader_comes(tmp_path: Path) -> None:
    for _ in ("makes the tables, and loads the seeds", "finds both"):
        with app_client(tmp_path, settings={"projector": "none"}) as client:
            log = client.app.state.service.log
            directory = log.directory_if_seen(log.position())
            assert directory is not None
            assert directory.names["RUS"] == "Russia"


def test_how_late_the_newest_was_recorded_is_looked_for_before_the_first_post_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Event()
    monkeypatch.setattr(ArticleLog, "look_back", lambda _log, _goes_on: looked.set())
    with app_client(tmp_path, settings={"projector": "none"}):
        assert looked.wait(PATIENCE)


def test_a_server_starts_though_that_cannot_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_log: ArticleLog, _goes_on: Callable[[], bool]) -> None:
        raise PersistenceError("torn")

    monkeypatch.setattr(ArticleLog, "look_back", fail)
    with app_client(tmp_path, settings={"projector": "none"}) as client:
        assert client.get("/health/live").status_code == 200
    assert "could not be looked through before the first post comes: torn" in caplog.text
