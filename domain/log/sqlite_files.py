"""SQLite files as they are opened: for their owner alone, and with a write-ahead log.

They are private whatever the umask, as backups are: keys and sources are in them.
"""

import logging
import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

_log = logging.getLogger(__name__)

OWNER_ONLY: Final = 0o600
#: Has what is deleted or replaced be written over with zeros, so that no text that was redacted is left in a file.
SECURE_DELETE: Final = "PRAGMA secure_delete=ON"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PAUSE: Final = 0.005  # seconds
_BESIDE: Final = ("", "-wal", "-shm", "-journal")  # SQLite gives these the permissions of the first


def make_private(file: Path, *, create: bool = True) -> None:
    """See to it that none but its owner reads or writes a database, before SQLite opens it.

    Where it is not there, it is made, empty, if `create`. What was open to others is closed to them, and a line in
    the log of the service says so, or that it cannot be done.
    """
    if os.name == "nt":  # which has no such permissions
        return
    if create:
        # A file that is there is never opened here: to close it would free the locks that SQLite has on it.
        with suppress(OSError):  # it is there; or SQLite cannot open it either, and says so as of every file
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
    for ending in _BESIDE:
        _close_to_others(file.with_name(file.name + ending))


def use_write_ahead_log(connection: sqlite3.Connection, patience: float) -> None:
    """Give a database a write-ahead log, if it has none, and wait for that as for any lock, some seconds at most.

    SQLite's own waiting leaves this one out: who meets another that writes the new file is refused at once.
    """
    deadline = monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
                raise
            sleep(_PAUSE)
        else:
            return


def _close_to_others(file: Path) -> None:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return  # it is not there, or nobody can say
    if not mode & _OTHERS or not file.is_file():
        return
    try:
        file.chmod(mode & ~_OTHERS)
    except OSError as error:
        _log.warning("%s is open to others (mode %03o), and that cannot be changed: %s", file, mode, error)
    else:
        _log.warning("%s was open to others (mode %03o); now it is its owner's alone", file, mode)
