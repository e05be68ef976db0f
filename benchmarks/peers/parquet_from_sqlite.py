"""The peer of Parquet over HTTP: DuckDB, which reads SQLite's tables by its extension, and copies to Parquet.

A program of its own, as the DuckDB for which the extension is at hand is an older one than ours. It takes the file
of the tables, the query and the file to be written; for each line that comes in it copies once, and answers with
the seconds of processor time and of the clock that it took. The extension is loaded with its signature looked at.
"""

import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import duckdb


def main(tables: str, query: str, written: str) -> None:
    """Copy once for each line of the input."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")  # as the server has one at work
        connection.execute(f"LOAD '{_extension()}'")
        connection.execute(f"ATTACH '{tables}' AS tables (TYPE sqlite, READ_ONLY)")
        connection.execute("USE tables")
        for _ in sys.stdin:
            taken, began = time.process_time(), time.perf_counter()
            connection.execute(
                f"COPY ({query}) TO '{written}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            )
            print(json.dumps([time.process_time() - taken, time.perf_counter() - began]), flush=True)


def _extension() -> Path:
    package = find_spec("duckdb_extension_sqlite_scanner")
    assert package is not None
    assert package.origin is not None
    (found,) = Path(package.origin).parent.glob(f"extensions/v{duckdb.__version__}/*.duckdb_extension")
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
