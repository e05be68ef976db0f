"""Backups, on every kind of store and from each to each: the log as it stood at one moment, event by event."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.operations.backup import restore_backup, write_backup
from api.running.service import Service
from api.running.settings import Settings
from domain.log.application import Detente
from domain.log.backups import backup_file, backup_rows
from domain.log.backups.backup_file import Backup, BackupRefused, check_backup
from tests.clock import Clock
from tests.contract.api.operations.logs import everything, execute, fill, opened, quietly
from tests.contract.tables import rows
from tests.e2e.app_client import client_of
from tests.language import agreement, clash, post


def test_a_backup_restored_is_the_same_log_with_the_same_meaning(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    with opened(database_url) as service:
        fill(service.log)
        service.projector.catch_up()
        log, tables = everything(service.log), rows(service.store)
        written = write_backup(database_url, file, quietly)

    restored = restore_backup(other_database_url, file, quietly)

    assert written == restored == Backup(events=len(log), position=log[-1][0])
    with opened(other_database_url) as service:
        assert everything(service.log) == log
        service.projector.catch_up()
        assert rows(service.store) == tables


def test_a_restored_log_goes_on_behind_its_last_position(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    with opened(database_url) as service:
        fill(service.log)
        last = service.log.position()
        write_backup(database_url, tmp_path / "backup.db", quietly)
    restore_backup(other_database_url, tmp_path / "backup.db", quietly)
    with opened(other_database_url) as service:
        assert service.log.post_article(post("new", clash())).position == last + 2
        assert not service.log.post_article(post("deal", agreement())).changed


def test_an_entity_tag_from_before_a_restore_matches_nothing_that_was_recorded_since(
    database_url: str, tmp_path: Path
) -> None:
    paths = ("/v1/relations?as_of=2020-03-01", "/v1/articles", "/v1/articles/new")
    same = post("first", clash())

    def tell(toll: int) -> list[httpx.Response]:
        """Record something new at the same instant, and return what is answered then."""
        with client_of(create_app(Settings(database_url=database_url, projector="none"), Clock())) as client:
            service: Service = client.app.state.service
            service.log.post_article(post("new", clash("RUS", "SYR", killed=toll)))
            service.projector.catch_up()
            return [client.get(path) for path in paths]

    with opened(database_url) as service:
        service.log.post_article(same)
        write_backup(database_url, tmp_path / "backup.db", quietly)
    before = tell(1)
    restore_backup(database_url, tmp_path / "backup.db", quietly, force=True)
    after = tell(2)
    assert before[0].json()["position"] == after[0].json()["position"]
    for one, other in zip(before, after, strict=True):
        assert one.headers["etag"] != other.headers["etag"]


def test_an_empty_log_can_be_backed_up_too(database_url: str, other_database_url: str, tmp_path: Path) -> None:
    with opened(database_url):
        assert write_backup(database_url, tmp_path / "backup.db", quietly) == Backup(0, 0)
    restore_backup(other_database_url, tmp_path / "backup.db", quietly)
    with opened(other_database_url) as service:
        assert service.log.post_article(post("first", clash())).position == 2


def test_what_is_recorded_during_a_backup_is_not_in_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_file, "ROWS", 10)
    monkeypatch.setattr(backup_rows, "ROWS", 10)
    steps: list[int] = []
    with opened(database_url) as service:
        fill(service.log)
        before = everything(service.log)

        def record_more(_title: str, done: int, _total: int) -> None:
            steps.append(done)
            service.log.post_article(post(f"during-{len(steps)}", clash()))

        written = write_backup(database_url, tmp_path / "backup.db", record_more)

        assert len(steps) > 2
        assert written == Backup(len(before), before[-1][0])
        with Detente(
            {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "backup.db")}
        ) as copy:
            assert everything(copy) == before


def test_a_backup_is_one_file_that_only_its_owner_can_read(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    fill(service.log)
    write_backup(service.settings.database_url, folder / "one.db", quietly)
    assert [file.name for file in folder.iterdir()] == ["one.db"]
    assert (folder / "one.db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_overwritten_only_by_force(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    file.write_text("precious")
    fill(service.log)
    with pytest.raises(BackupRefused, match="there already"):
        write_backup(service.settings.database_url, file, quietly)
    assert file.read_text() == "precious"
    write_backup(service.settings.database_url, file, quietly, force=True)
    assert check_backup(file, quietly).position == service.log.position()


def test_a_log_that_is_not_empty_is_replaced_only_by_force(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    with opened(database_url) as service:
        fill(service.log)
        log = everything(service.log)
        write_backup(database_url, file, quietly)
    with opened(other_database_url) as service:
        for n in range(100):
            service.log.post_article(post(f"other-{n}", clash()))
        service.projector.catch_up()
        other = everything(service.log)

    with pytest.raises(BackupRefused, match="not empty"):
        restore_backup(other_database_url, file, quietly)
    with opened(other_database_url) as service:
        assert everything(service.log) == other
        assert service.store.position() == other[-1][0]

    restore_backup(other_database_url, file, quietly, force=True)
    with opened(other_database_url) as service:
        assert everything(service.log) == log
        assert service.store.position() == 0


def test_a_log_in_use_is_not_replaced_even_by_force(
    database_url: str, sqlite_service: Service, tmp_path: Path
) -> None:
    fill(sqlite_service.log)
    write_backup(sqlite_service.settings.database_url, tmp_path / "backup.db", quietly)
    with opened(database_url) as service:
        service.log.post_article(post("kept", clash()))
        with pytest.raises(BackupRefused, match="in use"):
            restore_backup(database_url, tmp_path / "backup.db", quietly, force=True)
        assert service.log.article("kept").reports == {1: clash()}
        assert service.log.post_article(post("and on", clash())).changed


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _scribble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:4196] = b"x" * 100
    file.write_bytes(content)


_A_TOLL = (
    "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), '\"killed\":3', '\"killed\":4') AS BLOB)"
    " WHERE rowid = 308"
)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (Path.unlink, "no such file"),
        (lambda file: file.write_text("hello"), "not a whole SQLite file"),
        (lambda file: file.write_bytes(b""), "not a log"),
        (_cut, "damaged|not a whole"),
        (_scribble, "damaged|not a whole"),
        (lambda file: file.write_bytes(file.read_bytes() + b"more"), "4 bytes behind its end"),
        (execute("DROP TABLE stored_events"), "not a log"),
        (execute("DELETE FROM stored_events WHERE rowid = 1"), "not all domain events"),
        (execute("UPDATE stored_events SET state = '{' WHERE rowid = 2"), "position 2 cannot be read"),
        (execute("UPDATE stored_events SET state = NULL WHERE rowid = 2"), "position 2 cannot be read"),
        (execute("UPDATE stored_events SET topic = 'os:system' WHERE rowid = 3"), "knows no domain events"),
        (
            execute("UPDATE stored_events SET originator_id = 7 WHERE rowid = 3"),
            "not all|position 3 cannot be read",
        ),
        (execute(_A_TOLL), "positions 301 to 400: a domain event was changed"),
        (execute("DELETE FROM stored_events WHERE rowid > 396"), "positions 301 to 400: of 100 .* there are 96"),
        (execute("DELETE FROM stored_events WHERE rowid > 300"), "positions 301 to 400: of 100 .* there are 0"),
        (
            execute("DELETE FROM stored_events WHERE rowid IN (21, 22)"),
            "positions 1 to 100: of 100 .* there are 98",
        ),
        (execute("UPDATE stored_events SET rowid = 401 WHERE rowid = 400"), "positions 301 to 400"),
        (execute("DELETE FROM backup_blocks WHERE first = 301"), "its checksums are damaged"),
        (execute("UPDATE backup_blocks SET sha256 = 'x' WHERE first = 1"), "its checksums are damaged"),
        (execute("UPDATE backup_summary SET format = 9"), "format 9"),
        (execute("DELETE FROM backup_summary"), "no summary"),
        (execute("DROP TABLE backup_summary"), "only a part of its checksums"),
    ],
)
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    database_url: str, sqlite_service: Service, tmp_path: Path, damage: Callable[[Path], object], problem: str
) -> None:
    file = tmp_path / "backup.db"
    for n in range(200):
        sqlite_service.log.post_article(post(f"a-{n}", clash(killed=3)))
    write_backup(sqlite_service.settings.database_url, file, quietly)
    with opened(database_url) as service:
        service.log.post_article(post("kept", clash()))
        service.projector.catch_up()
        log, tables = everything(service.log), rows(service.store)
    damage(file)

    with pytest.raises(BackupRefused, match=problem):
        restore_backup(database_url, file, quietly, force=True)

    with opened(database_url) as service:
        assert (everything(service.log), rows(service.store)) == (log, tables)


def test_a_log_is_not_restored_from_itself(tmp_path: Path, sqlite_service: Service) -> None:
    fill(sqlite_service.log)
    sqlite_service.close()
    with pytest.raises(BackupRefused, match="the log itself"):
        restore_backup(sqlite_service.settings.database_url, tmp_path / "one.db", quietly, force=True)


def test_a_log_that_is_not_there_is_not_backed_up(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="no such file"):
        write_backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "backup.db", quietly)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_log_is_replaced_by_force(tmp_path: Path, sqlite_service: Service) -> None:
    fill(sqlite_service.log)
    log = everything(sqlite_service.log)
    write_backup(sqlite_service.settings.database_url, tmp_path / "backup.db", quietly)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"not a database at all" * 1000)
    (tmp_path / "damaged.db-wal").write_bytes(b"nor its write-ahead log" * 1000)
    with pytest.raises(BackupRefused, match="not an SQLite file"):
        restore_backup(f"sqlite:///{damaged}", tmp_path / "backup.db", quietly)
    restored = restore_backup(f"sqlite:///{damaged}", tmp_path / "backup.db", quietly, force=True)
    assert "detente key list" in restored.notes[0]
    with opened(f"sqlite:///{damaged}") as service:
        assert everything(service.log) == log
