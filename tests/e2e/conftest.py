"""Servers shared by the tests of a session: seeded, one for each kind of store."""

from collections.abc import Iterator

import pytest

from tests.e2e.support import ActorFactory, seeded_server
from tests.postgres import Databases
from tests.server import ServerClient


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerClient]:
    """Return a client of a seeded server, for each kind of store; tests share it, so use their own actors."""
    folder = tmp_path_factory.mktemp(f"server-{request.param}")
    database_url = f"sqlite:///{folder}/detente.db"
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        database_url = databases.make()
    with seeded_server(folder, database_url) as client:
        yield client


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerClient]:
    """Return a client of a seeded server of its own, for where the kind of store does not matter."""
    with seeded_server(tmp_path_factory.mktemp("server")) as client:
        yield client


@pytest.fixture
def new_actor(server: ServerClient) -> ActorFactory:
    """Return a function that registers an actor that no other test uses, and returns its code."""
    return ActorFactory(server)
