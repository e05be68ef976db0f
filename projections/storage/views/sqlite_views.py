"""The views on SQLite: in each generation's file, to which a name leads that never changes."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from projections.storage.engines import connect_sqlite
from projections.storage.views.definitions import definitions_in
from projections.storage.views.publishing import ViewsRefused
from projections.storage.views.sql_dialects import SQLITE


def show_views_of_file(file: Path, name: Path) -> None:
    """See to it that the views in a generation's file are ours of today, and that a name leads to that file.

    Raises `ViewsRefused` where something else has the name, or a file can have no other name.
    """
    try:
        with closing(connect_sqlite(file, "rw")) as connection:
            _make_views(connection)
    except sqlite3.Error as error:
        raise ViewsRefused(f"{file}: {error}") from error
    _lead(name, file)


def _make_views(connection: sqlite3.Connection) -> None:
    made = {name: f"CREATE VIEW {name} AS {query}" for name, query in definitions_in(SQLITE).items()}
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall())
    if all(found.get(name) == statement for name, statement in made.items()):
        return
    connection.execute("BEGIN IMMEDIATE")  # in which another process may have been first
    for name, statement in made.items():
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        connection.execute(statement)
    connection.execute("COMMIT")


def _lead(name: Path, file: Path) -> None:
    """Let a symbolic link lead to a file beside it: in one step, from whichever it led to."""
    if name.is_symlink() and name.readlink() == Path(file.name):
        return
    if name.exists() and not name.is_symlink():
        raise ViewsRefused(f"{name} is a file, which this log has not made: move it away")
    new = name.with_name(f"{name.name}.{os.getpid()}.new")
    try:
        with suppress(FileNotFoundError):
            new.unlink()
        new.symlink_to(file.name)
        new.replace(name)
    except OSError as error:
        raise ViewsRefused(f"no link {name} to {file.name} can be made: {error.strerror or error}") from error
