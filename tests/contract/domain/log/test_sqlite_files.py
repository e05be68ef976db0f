"""SQLite files are their owner's alone, whatever the umask, and a write-ahead log is waited for."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.access.key_store import KeyStore
from api.running.service import Service
from api.running.settings import Settings
from domain.log import sqlite_files
from domain.log.application import Detente
from domain.log.database_url import log_environment
from domain.log.sqlite_files import use_write_ahead_log
from tests.language import clash, post

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such permissions")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    before = os.umask(0)
    yield f"sqlite:///{tmp_path}/one.db"
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def work(url: str) -> set[str]:
    """Post, fold and rebuild; return which files there were meanwhile, all of them private."""
    folder = Path(url.removeprefix("sqlite:///")).parent
    with closing(Service.open(Settings(database_url=url))) as service:
        service.log.post_article(post("a-1", clash()))
        service.projector.catch_up()
        service.projector.rebuild()
        found = modes(folder)
        assert set(found.values()) == {0o600}, found
    return set(found)


def test_all_files_of_a_service_are_private(url: str) -> None:
    found = work(url)
    assert {"one.db", "one.db-wal", "one.db-shm", "one.projections.db", "one.projections.db-wal"} <= found
    assert any(name.startswith("one.projections-") and name.endswith("-wal") for name in found)


def test_a_file_that_is_made_for_keys_or_by_a_command_of_the_log_is_private(url: str, tmp_path: Path) -> None:
    KeyStore.open(url).close()
    assert modes(tmp_path) == {"one.db": 0o600}
    other = tmp_path / "other"
    other.mkdir()
    Detente(log_environment(f"sqlite:///{other}/two.db")).close()
    assert modes(other)["two.db"] == 0o600


def test_what_is_open_to_others_is_closed_and_said(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work(url)
    for file in tmp_path.glob("*.db*"):
        file.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        closed = work(url)
    said = [record.message for record in caplog.records if "open to others (mode 644)" in record.message]
    assert any("one.db was open" in line for line in said)
    assert len(said) == len(set(said)) > 2
    assert "one.db" in closed


def test_what_cannot_be_closed_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.db"
    file.touch(0o644)

    def refuse(_self: Path, _mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)  # of another owner's file, and tests may run as root
    with caplog.at_level(logging.WARNING):
        Detente(log_environment(f"sqlite:///{file}")).close()
    assert "is open to others (mode 644), and that cannot be changed" in caplog.text


def test_a_write_ahead_log_waits_for_who_writes_the_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    file = tmp_path / "new.db"
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as first,
        closing(sqlite3.connect(file, isolation_level=None, timeout=5)) as second,
    ):
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            use_write_ahead_log(second, patience=0)

        def release(pause: float) -> None:
            pauses.append(pause)
            first.execute("ROLLBACK")

        monkeypatch.setattr(sqlite_files, "sleep", release)
        use_write_ahead_log(second, patience=60)
        assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert len(pauses) == 1
