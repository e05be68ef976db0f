"""A log in an SQLite file that is damaged: how that is told from other failures, and what to do about it."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from eventsourcing.persistence import PersistenceError

from domain.log.database_url import sqlite_file

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY: Final = 0xFF


def describe_log_damage(database_url: str, error: BaseException) -> str | None:
    """Return which file is damaged, what still works and what to run; None if an error says no such thing."""
    file = sqlite_file(database_url)
    if file is None or not isinstance(error, PersistenceError | sqlite3.Error):
        return None
    for cause in _causes(error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY
        if code in _DAMAGED or (code == sqlite3.SQLITE_CANTOPEN and file.exists() and not file.is_file()):
            return (
                f"the log, {file}, is damaged: {cause}. Stop the service, keep a copy of the file as it is, and"
                " put the newest backup back: `detente restore BACKUP --force`. The projections are another file,"
                " and hold what was folded until then"
            )
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
