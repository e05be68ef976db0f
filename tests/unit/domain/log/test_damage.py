"""Which errors say that the log's file is damaged."""

import sqlite3
from pathlib import Path

import pytest
from eventsourcing.persistence import OperationalError

from domain.log.damage import describe_log_damage


def _error(code: int) -> OperationalError:
    """Return what SQLite raises, as the log's library wraps it."""
    cause = sqlite3.DatabaseError("file is not a database")
    cause.sqlite_errorcode = code
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT | 1 << 8])
def test_a_damaged_file_is_named_with_what_to_run(code: int) -> None:
    said = describe_log_damage("sqlite:///var/detente.db", _error(code))

    assert said is not None
    assert "var/detente.db, is damaged: file is not a database" in said
    assert "detente restore BACKUP --force" in said


def test_a_folder_in_the_files_place_is_damage_and_a_file_that_is_missing_is_not(tmp_path: Path) -> None:
    error = _error(sqlite3.SQLITE_CANTOPEN)

    assert describe_log_damage(f"sqlite:///{tmp_path}", error) is not None
    assert describe_log_damage(f"sqlite:///{tmp_path}/none.db", error) is None


@pytest.mark.parametrize(
    ("database_url", "error"),
    [
        ("sqlite:///var/detente.db", _error(sqlite3.SQLITE_BUSY)),
        ("sqlite:///var/detente.db", ValueError("no error of a database")),
        ("postgresql://db/x", _error(sqlite3.SQLITE_CORRUPT)),
    ],
)
def test_other_errors_say_nothing_of_damage(database_url: str, error: Exception) -> None:
    assert describe_log_damage(database_url, error) is None
