"""A server that is attacked."""

from collections.abc import Iterator

import pytest

from tests.e2e.support import seeded_server
from tests.server import ServerClient


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerClient]:
    """Return a client of a seeded server of the module's own."""
    folder = tmp_path_factory.mktemp("attacked")
    with seeded_server(folder) as client:
        yield client
    assert "Traceback" not in (folder / "log").read_text()
