"""The files of a database, to be searched for bytes that nobody should find in them."""

from pathlib import Path

import psycopg

from api.running.service import Service
from domain.log.database_url import sqlite_file


def files_with(service: Service, text: str) -> list[str]:
    """Return the names of a database's files that hold a text, once all that is in memory is in them.

    On PostgreSQL these are the files of its tables, and the columns of which it keeps such samples, which may be
    compressed in the files. What is written ahead there is for the operator.
    """
    url = service.settings.database_url
    found = (file.name for file in _files(url) if text.encode() in file.read_bytes())
    return sorted([*found, *_sampled(url, text)])


def take_samples(service: Service) -> None:
    """Have PostgreSQL sample what its tables hold, as it does now and then by itself."""
    if sqlite_file(service.settings.database_url) is None:
        with psycopg.connect(service.settings.database_url, autocommit=True) as connection:
            connection.execute("ANALYZE")


def _sampled(database_url: str, text: str) -> list[str]:
    if sqlite_file(database_url) is not None:
        return []
    with psycopg.connect(database_url) as connection:
        samples = connection.execute(
            "SELECT tablename || '.' || attname, concat(most_common_vals, histogram_bounds) FROM pg_stats"
        ).fetchall()
    return [column for column, sample in samples if text in sample or text.encode().hex() in sample]


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
