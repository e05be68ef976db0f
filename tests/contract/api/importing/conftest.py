"""A service with its seeds, shared by what is imported into its database, or to it as a server."""

from collections.abc import Iterator

import pytest

from tests.e2e.app_client import AppClient, app_client


@pytest.fixture(scope="package")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    with app_client(tmp_path_factory.mktemp("app")) as it:
        yield it
