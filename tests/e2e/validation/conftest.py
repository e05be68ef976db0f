"""What the tests of bad input have in common: nothing of it is recorded."""

from collections.abc import Iterator

import pytest

from tests.e2e.support import log_position
from tests.server import ServerClient


@pytest.fixture
def nothing_is_recorded(server: ServerClient) -> Iterator[None]:
    """Check that a test leaves the log as it is."""
    before = log_position(server)
    yield
    assert log_position(server) == before
