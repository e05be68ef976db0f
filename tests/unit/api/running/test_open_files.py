"""How many files a process may open, where shells give it few."""

import resource
from collections.abc import Iterator

import pytest

from api.running.open_files import allow_many_connections


@pytest.fixture(autouse=True)
def limits() -> Iterator[tuple[int, int]]:
    """Return the limits, which are put back."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_few_become_as_many_as_there_may_be(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, hard))
    allow_many_connections()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(hard, 65_536), hard)


def test_many_stay_many(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    allow_many_connections()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
