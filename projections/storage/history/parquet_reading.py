"""Parquet files as DuckDB reads them: the one place that opens it to read a build of history.

It is in memory alone: nothing is attached or written, no extension is loaded or fetched, and what does not fit in
its memory goes into files of its own, which are gone afterwards.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
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
def reading_parquet(
    files: Mapping[str, Sequence[Path]], rows: Mapping[str, Table] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a database in which each name is a view of some files, or some rows that are at hand."""
    with tempfile.TemporaryDirectory(prefix="detente-history-") as scratch, _connect(scratch) as connection:
        for name, of_table in files.items():
            connection.read_parquet([str(file) for file in of_table], file_row_number=True).create_view(name)
        for name, table in (rows or {}).items():
            connection.register(name, table)
        yield connection


def _connect(scratch: str) -> duckdb.DuckDBPyConnection:
    settings: dict[str, Any] = {
        "threads": min(_THREADS, os.cpu_count() or 1),
        "memory_limit": _MEMORY,
        "temp_directory": scratch,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(config=settings)
    connection.execute("SET enable_progress_bar = false")
    return connection
