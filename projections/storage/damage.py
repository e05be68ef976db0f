"""Tables that are damaged: how that is told from other failures. All of them can be made anew from the log."""

import sqlite3
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, DBAPIError, NoResultFound

from domain.log.damage import QUICK_CHECK, SQLITE_DAMAGED, primary_code, refuse_damaged_pages

#: What a database raises where tables are damaged: that, or something else, which `is_damage` tells apart.
READING_ERRORS: Final = (DBAPIError, NoResultFound)


class NoTablesYet(Exception):
    """There are no tables, and they may not be made here."""


class DamagedTables(Exception):
    """The projections cannot be read; `detente rebuild` makes them anew."""


def describe_damage(place: str, error: Exception) -> str:
    """Return what is damaged, what still works, and what to run."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (
        f"the projections cannot be read ({place}: {cause}); the log is apart from them, and posts are recorded:"
        " run `detente rebuild`, which makes them anew from it, then start the service again"
    )


def is_damage(error: BaseException, file: Path | None = None) -> bool:
    """Return whether an error in reading tables says that they, or some of them, are not there or not whole.

    `file` is theirs on SQLite: a folder in its place cannot be opened.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = primary_code(cause)
        cannot_open = code == sqlite3.SQLITE_CANTOPEN and file is not None and not file.is_file()
        return code in SQLITE_DAMAGED or cannot_open or str(cause).startswith("no such ")
    if isinstance(cause, psycopg.Error):
        return (cause.sqlstate or "").startswith(("42P01", "42703", "3F000", "XX001", "XX002"))
    return isinstance(cause, NoResultFound)


def check_pages(connection: Connection) -> None:
    """Read every page of the tables on SQLite, those too that no read touches now. Raises `DatabaseError`."""
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL checks the pages that it reads, if its data checksums are on
    try:
        refuse_damaged_pages(connection.exec_driver_sql(QUICK_CHECK).scalar_one())
    except sqlite3.DatabaseError as error:
        raise DatabaseError(QUICK_CHECK, None, error) from error


def put_aside(file: Path) -> None:
    """Give a damaged file, or what is in its place, another name, and remove what SQLite keeps beside it."""
    if file.exists():
        number = 1
        while (other := file.with_name(f"{file.name}.damaged-{number}")).exists():
            number += 1
        file.rename(other)
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
