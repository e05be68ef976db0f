"""Parquet files as DuckDB reads them: the one place that opens it.

It is in memory alone: nothing is attached or written, no extension is loaded or fetched, and what does not fit in
its memory goes into files of its own, which are gone afterwards.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
from arro3.core import Table

#: What DuckDB raises, whatever was wrong with a file or with what it was asked.
PARQUET_ERRORS: Final = (duckdb.Error, OSError)
_MEMORY: Final = "1GB"
_THREADS: Final = 4  # at most, of as many as there are processors


@contextmanager
def reading_parquet(**rows: Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a database in which some rows that are at hand have names. Opening one takes some milliseconds."""
    threads = min(_THREADS, os.cpu_count() or 1)
    with (
        tempfile.TemporaryDirectory(prefix="detente-history-") as scratch,
        open_in_memory(Path(scratch), threads, _MEMORY) as connection,
    ):
        for name, table in rows.items():
            connection.register(name, table)
        yield connection


def view_files(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path]) -> None:
    """Let a name be the rows of some files from now on, in their order, with the number of each in its file."""
    paths = [str(file) for file in files]
    connection.read_parquet(paths, file_row_number=True).create_view(name, replace=True)


def open_in_memory(scratch: Path, threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    """Open a database that is nowhere but in so much memory, and in files of `scratch` beyond that."""
    settings: dict[str, Any] = {
        "threads": threads,
        "memory_limit": memory,
        "temp_directory": str(scratch),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(config=settings)
    connection.execute("SET enable_progress_bar = false")
    return connection
