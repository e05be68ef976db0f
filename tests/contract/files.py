"""The files of a database, to be searched for bytes that nobody should find in them."""

from pathlib import Path

import psycopg

from api.running.service import Service
from domain.log.database_url import sqlite_file


def files_with(service: Service, text: str) -> list[str]:
    """Return the names of a database's files that hold a text, once all that is in memory is in them.

    On PostgreSQL these are the files of its tables. What is written ahead there is for the operator.
    """
    found = (file for file in _files(service.settings.database_url) if text.encode() in file.read_bytes())
    return sorted(file.name for file in found)


def _files(database_url: str) -> list[Path]:
    if (file := sqlite_file(database_url)) is not None:
        return [each for each in file.parent.iterdir() if each.is_file()]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert found is not None
    return [each for each in Path(found[0], "base", str(found[1])).iterdir() if each.is_file()]
