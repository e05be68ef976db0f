"""A log in an SQLite file that is damaged: how that is told from other failures, and what to do about it."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from eventsourcing.persistence import PersistenceError

from domain.log.database_url import sqlite_file

#: The primary result codes by which SQLite says that a file is damaged: https://sqlite.org/rescode.html
SQLITE_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY: Final = 0xFF
_PATIENCE: Final = 60  # seconds to wait for a lock
QUICK_CHECK: Final = "PRAGMA quick_check(1)"  #: looks through all pages, and names the first that is damaged


def describe_log_damage(database_url: str, error: BaseException) -> str | None:
    """Return which file is damaged, what still works and what to run; None if an error says no such thing."""
    file = sqlite_file(database_url)
    if file is None or not isinstance(error, PersistenceError | sqlite3.Error):
        return None
    for cause in causes(error):
        code = primary_code(cause)
        if code in SQLITE_DAMAGED or (code == sqlite3.SQLITE_CANTOPEN and file.exists() and not file.is_file()):
            return (
                f"the log, {file}, is damaged: {cause}. Stop the service, keep a copy of the file as it is, and"
                " put the newest backup back: `detente restore BACKUP --force`. The projections are another file,"
                " and hold what was folded until then"
            )
    return None


def check_log_pages(database_url: str) -> None:
    """Read every page of a log in an SQLite file, those too that no read touches now. Raises `sqlite3.Error`.

    PostgreSQL checks the pages that it reads, if its data checksums are on; there is nothing to do here.
    """
    if (file := sqlite_file(database_url)) is None:
        return
    with closing(
        sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)
    ) as connection:
        refuse_damaged_pages(connection.execute(QUICK_CHECK).fetchone()[0])


def refuse_damaged_pages(found: str) -> None:
    """Raise `sqlite3.DatabaseError` for what `QUICK_CHECK` finds, unless that is nothing."""
    if found != "ok":
        raise _damaged(" ".join(found.split()))


def refuse_emptied(file: Path) -> None:
    """Raise `sqlite3.DatabaseError` for a file of which nothing is left. One that is not there is not refused."""
    try:
        status = file.stat()
    except OSError:
        return  # SQLite says what is the matter
    if stat.S_ISREG(status.st_mode) and not status.st_size:
        raise _damaged("the file is empty")


def _damaged(said: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(said)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what caused it, what caused that, and so on."""
    while error is not None:
        yield error
        error = error.__cause__


def primary_code(error: BaseException) -> int:
    """Return the primary result code of SQLite's error, that of success for any other."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY
