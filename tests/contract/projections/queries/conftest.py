"""Services that the tests of a module share, because they only read."""

from collections.abc import Iterator

import pytest

from api.importing.seeds import load_seeds
from api.running.service import Service
from api.running.settings import Settings
from tests.clock import Clock
from tests.postgres import Databases


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service on an empty database, once for each kind of store; what it is given, all tests read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('shared')}/one.db"
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        url = databases.make(like=request.getfixturevalue("with_tables"))
    opened = Service.open(Settings(database_url=url), Clock())
    yield opened
    opened.close()
    if request.param == "postgresql":
        databases.drop(url)


@pytest.fixture(scope="module")
def shared_seeds(shared_service: Service) -> Service:
    """Return a service with the seeds, folded; tests share it, and only read."""
    load_seeds(shared_service)
    shared_service.projector.catch_up()
    return shared_service
