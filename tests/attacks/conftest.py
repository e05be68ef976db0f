"""A server that is attacked."""

from collections.abc import Iterator

import pytest

from tests.e2e.support import wait_for_all
from tests.server import FOLDING_BESIDE, ServerClient, running_server


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerClient]:
    """Return a client of a seeded server of the module's own."""
    folder = tmp_path_factory.mktemp("attacked")
    with running_server(f"sqlite:///{folder}/detente.db", folder / "log", "--seed", **FOLDING_BESIDE) as client:
        wait_for_all(client)
        yield client
    assert "Traceback" not in (folder / "log").read_text()
