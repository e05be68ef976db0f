"""The reference of the views is what the databases' own catalogues have."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from projections.storage.views.definitions import VIEWS
from tests.docs.pages import ROOT, coded, tables

PAGE = ROOT / "docs" / "reference" / "views.md"
COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'detente' ORDER BY table_name, ordinal_position
"""


def documented() -> dict[str, list[tuple[str, str]]]:
    """Return the columns of each view, with their types, as the page has them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for heading, rows in tables(PAGE):
        found.setdefault(coded(heading), []).extend((coded(row[0]), coded(row[1])) for row in rows)
    return found


def test_each_view_is_there_with_its_columns_and_types(with_tables: str) -> None:
    with psycopg.connect(with_tables) as connection:
        rows = connection.execute(COLUMNS).fetchall()
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in sorted({view for view, _, _ in rows})}
    for view, column, type_ in rows:
        found[view].append((column, type_))
    assert found == dict(sorted(documented().items()))
    assert list(documented()) == list(VIEWS)


@pytest.mark.usefixtures("sqlite_service")
def test_on_sqlite_they_have_the_same_columns(tmp_path: Path) -> None:
    with closing(sqlite3.connect(f"file:{tmp_path}/one.views.db?mode=ro", uri=True)) as connection:
        for view, columns in documented().items():
            described = connection.execute(f"SELECT * FROM {view}").description  # noqa: S608  # of the page
            assert [column[0] for column in described] == [name for name, _ in columns]
