"""A build beside what a rebuild made, row by row."""

from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from projections.history.table_batches import BUILT
from projections.storage.history.build_manifest import decode_build_manifest
from projections.storage.store import Store
from projections.storage.tables import incidents, progress
from tests.contract.api.history.builds import assert_columns_are_of, rows_of_build, rows_of_tables


class Folded(NamedTuple):
    """What a rebuild made: position, newest instant and digest; and the rows of each table that a build has."""

    progress: tuple[Any, ...]
    rows: dict[str, list[tuple[Any, ...]]]


def folded_by_a_rebuild(url: str) -> Folded:
    """Return the tables of a database. Fail if one that a build has is empty."""
    store = Store.open(url)
    try:
        with store.reading() as connection:
            columns = (progress.c.position, progress.c.recorded, progress.c.digest)
            marks = tuple(connection.execute(select(*columns)).one())
        folded = Folded(marks, rows_of_tables(store))
    finally:
        store.close()
    empty = [table.name for table in BUILT if not folded.rows[table.name]]
    assert not empty, f"the log has nothing for {empty}"
    return folded


def assert_equal(history: Path, folded: Folded) -> None:
    """Fail unless a build has exactly the rows of a rebuild, and nothing lies about that it does not name."""
    manifest = decode_build_manifest((history / "manifest.json").read_bytes(), str(history))
    assert (manifest.position, manifest.recorded, manifest.digest) == folded.progress
    for table, built in rows_of_build(history, manifest).items():
        differing = set(built) ^ set(folded.rows[table])
        assert not differing, f"{table}: {len(differing)} rows differ, {sorted(map(str, differing))[:4]}"
        assert len(built) == len(folded.rows[table]), f"{table} has rows twice"
    assert_columns_are_of(history, manifest, folded.rows[incidents.name])
    named = {file.name for file in manifest.files} | {file.name for file in manifest.former}
    there = {str(file.relative_to(history)) for file in (history / "tables").iterdir()}
    assert there == named, f"beside the build there are {sorted(there - named)[:4]}"
