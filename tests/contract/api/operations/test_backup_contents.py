"""What a backup holds and what a restore takes from it: domain events, and nothing else."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.access.keys import Scope
from api.operations.backup import restore_backup, write_backup
from api.running.service import Service
from domain.log.backups.backup_file import BackupRefused, check_backup
from tests.clock import Clock
from tests.contract.api.operations.logs import everything, execute, fill, opened, quietly


def _words(database_url: str) -> list[tuple[str]]:
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        return connection.execute("SELECT word FROM kept").fetchall()


def test_tables_of_others_are_not_backed_up_and_stay_when_a_log_is_restored(
    tmp_path: Path, sqlite_service: Service
) -> None:
    url = sqlite_service.settings.database_url
    file = tmp_path / "one.db"
    execute("CREATE TABLE kept (word TEXT)", "CREATE INDEX words ON kept (word)", "INSERT INTO kept VALUES ('a')")(
        file
    )
    write_backup(url, tmp_path / "backup.db", quietly)
    execute("UPDATE kept SET word = 'b'")(file)
    sqlite_service.close()

    restore_backup(url, tmp_path / "backup.db", quietly)

    assert _words(url) == [("b",)]
    with closing(sqlite3.connect(tmp_path / "backup.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables == {"stored_events", "backup_blocks", "backup_summary"}


def test_keys_stay_as_the_database_has_them(
    database_url: str, other_database_url: str, tmp_path: Path, clock: Clock
) -> None:
    """What was revoked since stays revoked, what was made since stays, and keys do not come along."""
    file = tmp_path / "backup.db"
    with opened(database_url) as service:
        fill(service.log)
        service.keys.sessions.create(service.keys.create("of the backup", Scope.ADMIN, clock()).key, clock())
        write_backup(database_url, file, quietly)
    with opened(other_database_url) as service:
        service.keys.create("revoked", Scope.ADMIN, clock())
        service.keys.revoke("revoked", clock())
        service.keys.sessions.create(service.keys.create("newer", Scope.READ, clock()).key, clock())
        keys, sessions = service.keys.all(), service.keys.sessions.all()

    restore_backup(other_database_url, file, quietly)

    with opened(other_database_url) as service:
        assert service.keys.all() == keys
        assert service.keys.sessions.all() == sessions
        assert len(sessions) == 1


def test_what_is_planted_in_a_backup_is_neither_run_nor_taken(
    database_url: str, sqlite_service: Service, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    fill(sqlite_service.log)
    log = everything(sqlite_service.log)
    write_backup(sqlite_service.settings.database_url, file, quietly)
    execute(
        "CREATE TABLE api_keys (id TEXT, name TEXT, folded_name TEXT, scope TEXT, hash TEXT, created, revoked)",
        "INSERT INTO api_keys VALUES ('x', 'mallory', 'mallory', 'administer', 'h', 0, NULL)",
        "CREATE TRIGGER planted AFTER INSERT ON stored_events BEGIN DELETE FROM stored_events; END",
        "CREATE VIEW window AS SELECT * FROM stored_events",
    )(file)

    restore_backup(database_url, file, quietly)

    with opened(database_url) as service:
        assert list(service.keys.all()) == []
        assert everything(service.log) == log
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
            planted = "SELECT COUNT(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')"
            assert connection.execute(planted).fetchone() == (0,)


def test_a_view_in_place_of_the_events_is_refused(sqlite_service: Service, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    fill(sqlite_service.log)
    write_backup(sqlite_service.settings.database_url, file, quietly)
    execute(
        "ALTER TABLE stored_events RENAME TO others",
        "CREATE VIEW stored_events AS SELECT originator_id, originator_version, topic, state FROM others",
    )(file)
    with pytest.raises(BackupRefused, match="not a log"):
        check_backup(file, quietly)


def test_a_log_with_triggers_is_replaced_only_by_force(sqlite_service: Service, tmp_path: Path) -> None:
    write_backup(sqlite_service.settings.database_url, tmp_path / "backup.db", quietly)
    sqlite_service.close()
    execute("CREATE VIEW window AS SELECT 1")(tmp_path / "one.db")
    with pytest.raises(BackupRefused, match="the view window would be lost"):
        restore_backup(sqlite_service.settings.database_url, tmp_path / "backup.db", quietly)


def test_the_same_log_has_the_same_checksum_wherever_it_is(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    with opened(database_url) as service:
        fill(service.log)
        one = write_backup(database_url, tmp_path / "one-backup.db", quietly)
    assert restore_backup(other_database_url, tmp_path / "one-backup.db", quietly).sha256 == one.sha256
    again = write_backup(other_database_url, tmp_path / "again.db", quietly)
    assert one.sha256 is not None
    assert again.sha256 == one.sha256


def test_a_backup_without_checksums_is_restored_with_a_note(
    database_url: str, sqlite_service: Service, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    fill(sqlite_service.log)
    log = everything(sqlite_service.log)
    write_backup(sqlite_service.settings.database_url, file, quietly)
    execute("DROP TABLE backup_blocks", "DROP TABLE backup_summary")(file)

    restored = restore_backup(database_url, file, quietly)

    assert (restored.sha256, len(restored.notes)) == (None, 1)
    assert "no checksums" in restored.notes[0]
    with opened(database_url) as service:
        assert everything(service.log) == log
