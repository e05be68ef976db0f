"""When a database fails: whether it has no room left, is out of reach, or is damaged.

None of it is anything that the caller did, and the same succeeds once that is mended. What we do wrong
ourselves (a table that is not there) is none of these; but without those that every read begins with, the file was
emptied, or the schema dropped, and that is damage.
"""

import errno
import sqlite3
from typing import Final

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.log.damage import SQLITE_DAMAGED, causes, primary_code
from projections.storage.tables import generations, progress

#: The exceptions' primary result codes by which SQLite says that it cannot go on: https://sqlite.org/rescode.html
_SQLITE_FULL: Final = frozenset({sqlite3.SQLITE_FULL})
_SQLITE_OUT_OF_REACH: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
#: What the ways to a database raise: the log's, the projections', that of the locks, and the disk's.
DATABASE_ERRORS: Final = (PersistenceError, SQLAlchemyError, psycopg.Error, sqlite3.Error, OSError)
#: PostgreSQL's: connections, rolled back for others' sake, resources, locks, the operator's doing, the system's.
_POSTGRESQL_OUT_OF_REACH: Final = ("08", "25006", "40", "53", "55P03", "57", "58")
_POSTGRESQL_DAMAGED: Final = ("XX001", "XX002")  # data, or an index, is corrupted
_ALWAYS_THERE: Final = (progress.name, generations.name)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(error: BaseException) -> bool:
    """Return whether an error, or what caused it, says that there is no room left."""
    return any(map(_is_full, causes(error)))


def is_out_of_reach(error: BaseException) -> bool:
    """Return whether an error, or what caused it, says that the database does not do its part just now."""
    return any(map(_is_out_of_reach, causes(error)))


def is_damaged(error: BaseException) -> bool:
    """Return whether an error, or what caused it, says that what is stored cannot be read as what it was."""
    return any(map(_is_damaged, causes(error)))


def _is_full(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return primary_code(error) in _SQLITE_FULL
    if isinstance(error, psycopg.errors.DiskFull):
        return True
    return isinstance(error, OSError) and error.errno in _FULL


def _is_damaged(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return primary_code(error) in SQLITE_DAMAGED or _is_gone(error, "no such table: ")
    if isinstance(error, psycopg.errors.UndefinedTable):
        return _is_gone(error, "does not exist")
    return isinstance(error, psycopg.Error) and error.sqlstate in _POSTGRESQL_DAMAGED


def _is_gone(error: Exception, said: str) -> bool:
    return said in str(error) and any(name in str(error) for name in _ALWAYS_THERE)


def _is_out_of_reach(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return primary_code(error) in _SQLITE_OUT_OF_REACH
    if isinstance(error, psycopg.OperationalError | psycopg.InternalError):
        return error.sqlstate is None or error.sqlstate.startswith(_POSTGRESQL_OUT_OF_REACH)
    if isinstance(error, psycopg.InterfaceError | PoolTimeout | TimeoutError):
        return True
    # The log's own, of a connection that it could not have: otherwise the driver's error is its cause.
    is_logs = isinstance(error, persistence.OperationalError | persistence.InterfaceError)
    return is_logs and error.__cause__ is None
