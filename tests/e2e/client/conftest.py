"""Clients of the seeded server that tests share."""

from collections.abc import Iterator

import pytest
from detente_client import Client

from tests.patience import PATIENCE
from tests.server import ServerClient


@pytest.fixture(scope="session")
def client(sqlite_server: ServerClient) -> Iterator[Client]:
    with Client(str(sqlite_server.base_url), recorded_by="ada", timeout=PATIENCE) as made:
        yield made


@pytest.fixture(scope="session")
def idlib(client: Client) -> Client:
    """Return a client that asks of the day of the ceasefire in Idlib."""
    return client.at(as_of="2020-03-06")
