"""Clients of a seeded server of their own: other tests post about the actors of the seeds."""

from collections.abc import Iterator

import pytest
from detente_client import Client

from tests.e2e.support import seeded_server
from tests.patience import PATIENCE
from tests.server import ServerClient


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerClient]:
    """Return a client of the server."""
    with seeded_server(tmp_path_factory.mktemp("of-clients")) as client:
        yield client


@pytest.fixture(scope="session")
def client(sqlite_server: ServerClient) -> Iterator[Client]:
    with Client(str(sqlite_server.base_url), recorded_by="ada", timeout=PATIENCE) as made:
        yield made


@pytest.fixture(scope="session")
def idlib(client: Client) -> Client:
    """Return a client that asks of the day of the ceasefire in Idlib."""
    return client.at(as_of="2020-03-06")
