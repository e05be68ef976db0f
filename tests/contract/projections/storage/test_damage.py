"""Projections that are damaged, in every way that a file or a schema can be: named, and mended by a rebuild."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from api.operations.health import read_health
from api.running.service import Service
from api.running.settings import Settings
from projections.storage.damage import DamagedTables
from projections.storage.database_errors import is_damaged
from projections.storage.engines import open_engine
from projections.storage.store import Store
from tests.clock import Clock
from tests.conftest import NewDatabase
from tests.contract.tables import rows
from tests.language import clash, post


def _scribble(start: int, length: int = 4096) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[start : start + length] = b"x" * len(content[start : start + length])
        file.write_bytes(content)

    return change


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def _replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES = {
    "header": _scribble(0, 100),
    "schema": _scribble(100),
    "pages": _scribble(4096, 10**6),
    "truncated": _truncate,
    "emptied": lambda file: file.write_bytes(b""),
    "missing": Path.unlink,
    "folder": _replace_by_folder,
}


def _fill(database_url: str) -> dict[str, list[tuple[object, ...]]]:
    service = Service.open(Settings(database_url=database_url), Clock())
    for number in range(20):
        service.log.post_article(post(f"a-{number}", clash(killed=number)))
    service.projector.catch_up()
    found = rows(service.store)
    service.close()
    return found


def _mended(database_url: str) -> dict[str, list[tuple[object, ...]]]:
    service = Service.open(Settings(database_url=database_url), Clock(), mend=True)
    try:
        service.projector.rebuild()
        assert read_health(service).projections[0].lag == 0
        assert not any("cannot be read" in advice for advice in read_health(service).advice)
        return rows(service.store)
    finally:
        service.close()


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("name", ["one.projections-1.db", "one.projections.db"])
def test_a_rebuild_mends_a_damaged_file(tmp_path: Path, name: str, damage: Callable[[Path], None]) -> None:
    database_url = f"sqlite:///{tmp_path}/one.db"
    before = _fill(database_url)
    damage(tmp_path / name)
    assert _mended(database_url) == before


def test_a_damaged_file_is_named_by_the_health(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/one.db"
    _fill(database_url)
    DAMAGES["header"](tmp_path / "one.projections-1.db")
    service = Service.open(Settings(database_url=database_url), Clock())
    health = read_health(service)
    service.close()
    assert (health.status, health.projections) == ("degraded", [])
    assert str(tmp_path / "one.projections-1.db") in health.advice[0]
    assert "detente rebuild" in health.advice[0]


@pytest.mark.parametrize("name", ["one.projections-1.db", "one.projections.db"])
def test_a_file_that_is_emptied_while_others_have_it_open_is_damaged_and_is_not_waited_for(
    tmp_path: Path, name: str
) -> None:
    database_url = f"sqlite:///{tmp_path}/one.db"
    _fill(database_url)
    with closing(Store.open(database_url)) as store, store.engine.connect():
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(DatabaseError) as raised:
            store.engine.connect()
    assert is_damaged(raised.value)


def test_a_damaged_catalogue_is_named(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/one.db"
    _fill(database_url)
    DAMAGES["header"](tmp_path / "one.projections.db")
    with pytest.raises(DamagedTables, match=r"one\.projections\.db: .*detente rebuild"):
        Store.open(database_url)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE detente_projections_1.evidence CASCADE",
        "DROP TABLE detente_projections_1.projection_progress",
        "DELETE FROM detente_projections_1.projection_progress",
        "DROP TABLE detente_projections_1.stale_states CASCADE",
        "ALTER TABLE detente_projections_1.projection_progress DROP COLUMN revision",
        "DROP SCHEMA detente_projections_1 CASCADE",
        "DROP TABLE projection_generations",
        "DELETE FROM projection_generations",
    ],
)
def test_a_rebuild_mends_a_damaged_schema(new_postgres_database: NewDatabase, statement: str) -> None:
    database_url = new_postgres_database()
    before = _fill(database_url)
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
    assert _mended(database_url) == before
