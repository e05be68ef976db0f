"""Databases and servers for tests: fresh ones of each kind, real PostgreSQL included."""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from api.running.service import Service
from api.running.settings import Settings
from tests import store_what_was_run_through
from tests.clock import Clock
from tests.coverage.counting import COUNTED
from tests.postgres import Databases, running_postgres

NewDatabase = Callable[[], str]

_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a file system in memory, on Linux
_ENOUGH: Final = 2 * 1024**3  # bytes; a run needs a few hundred megabytes

_GARBAGE: Final = (10_000, 20, 20)  # new objects, then collections of younger ones, before the next collection

# How long an example takes says more of the machine than of the code.
settings.register_profile("detente", deadline=None)
settings.load_profile("detente")


def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests write in memory where there is room: no test is about how fast a disk is."""
    if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        tempfile.tempdir = os.environ["TMPDIR"] = str(_MEMORY)
    if not config.getoption("numprocesses", None):  # a worker has none, and runs tests that run tests
        os.environ.pop(COUNTED, None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while tests are collected: what is made then stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs PostgreSQL, for whoever wants to leave it out."""
    for item in items:
        parameters = (
            item.callspec.params.values()
            if isinstance(item, pytest.Function) and hasattr(item, "callspec")
            else ()
        )
        is_on_postgresql = "postgresql" in parameters or "databases" in getattr(item, "fixturenames", ())
        if is_on_postgresql:
            item.add_marker("postgresql")


def pytest_collection_finish() -> None:
    """Look for garbage among what tests leave alone, and rarely: half a million objects stay until the end.

    Looking through them again and again takes a fourth of the time.
    """
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Store what this process ran through: a worker does not end as other processes do."""
    gc.unfreeze()  # else DuckDB says what it finds left
    store_what_was_run_through()


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Return what makes databases on a PostgreSQL server of our own."""
    with running_postgres() as server:
        yield Databases(server)


@pytest.fixture
def new_postgres_database(databases: Databases) -> Iterator[NewDatabase]:
    """Return a function that makes an empty PostgreSQL database and returns its URL."""
    made: list[str] = []

    def make() -> str:
        made.append(databases.make())
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)


@pytest.fixture(scope="session")
def with_tables(databases: Databases) -> str:
    """Return the URL of a PostgreSQL database with the tables of an empty log, to be copied."""
    url = databases.make()
    Service.open(Settings(database_url=url)).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_kind(request: pytest.FixtureRequest) -> str:
    """Return each kind of store in turn."""
    return str(request.param)


@pytest.fixture
def new_database(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Return a function that makes an empty database, once for each kind of store."""
    if store_kind == "postgresql":
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
def service(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Service]:
    """Return a service on an empty database, its projector idle until told to catch up."""
    if store_kind == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        url = databases.make(like=request.getfixturevalue("with_tables"))
    else:
        url = f"sqlite:///{tmp_path}/test.db"
    opened = Service.open(Settings(database_url=url), clock)
    yield opened
    opened.close()
    if store_kind == "postgresql":
        databases.drop(url)


@pytest.fixture
def sqlite_service(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    """Return a service on an empty SQLite database, where the kind of store does not matter."""
    opened = Service.open(Settings(database_url=f"sqlite:///{tmp_path}/one.db"), clock)
    yield opened
    opened.close()
