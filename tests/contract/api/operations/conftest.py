"""Databases that a backup goes to."""

from pathlib import Path

import pytest

from tests.conftest import NewDatabase


@pytest.fixture(params=["sqlite", "postgresql"])
def other_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, once for each kind of store that a backup may go to."""
    if request.param == "postgresql":
        make: NewDatabase = request.getfixturevalue("new_postgres_database")
        return make()
    return f"sqlite:///{tmp_path}/restored/detente.db"
