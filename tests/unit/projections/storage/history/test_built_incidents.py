"""The columns of a build as they are read: in order, and refused where they cannot be what they say."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.plover import ASSAULT
from projections.history.incidents_in_columns import incidents_in_columns
from projections.scoring.incidents import Incident
from projections.storage.columns.incident_columns import AllIncidentColumns, incident_kinds
from projections.storage.history.build_manifest import INCIDENT_COLUMNS, INCIDENT_STRETCHES
from projections.storage.history.built_incidents import UnusableFiles, read_built_incidents
from tests.contract.projections.storage.test_incident_cache import of_each_pair
from tests.examples import examples

_Row = tuple[str, str, int, float, int, str]

_rows = st.lists(
    st.tuples(
        st.sampled_from("ABC"),
        st.sampled_from("DE"),
        st.integers(18200, 18203),
        st.sampled_from([-9.0, -0.5, 2.5, 2.25]),
        st.integers(0, 2),
        st.sampled_from([ASSAULT, "CONSULT"]),
    ),
    max_size=30,
)


def _incident(number: int, row: _Row) -> Incident:
    a, b, day, weight, direction, type_ = row
    return Incident(f"{number}", a, b, direction, type_, day, type_ == ASSAULT, 1, 1, None, None, weight)


@examples(40)
@given(_rows, st.integers(1, 4))
def test_columns_that_are_written_piece_by_piece_are_all_incidents_in_order(rows: list[_Row], size: int) -> None:
    made = [_incident(number, row) for number, row in enumerate(rows)]
    expected = AllIncidentColumns.of(
        pairs := sorted({(i.a, i.b) for i in made}),
        [(pairs.index((i.a, i.b)), i.day, i.weight, i.material, i.direction, i.type == ASSAULT) for i in made],
    ).in_order()
    with TemporaryDirectory() as folder:
        found = read_built_incidents(*_written(Path(folder), _in_pieces(made, size)))
    assert of_each_pair(found) == of_each_pair(expected)
    assert found.starts.tolist() == expected.starts.tolist()
    for name in ("day", "weight", "kind"):
        assert getattr(found, name).dtype == getattr(expected, name).dtype


def _in_pieces(made: Sequence[Incident], size: int) -> list[list[Incident]]:
    """Return incidents in pieces of some days of a pair, or of some pairs."""
    days = sorted({(i.a, i.b, i.day) for i in made})
    return [[i for i in made if (i.a, i.b, i.day) in days[n : n + size]] for n in range(0, len(days), size)]


def _written(folder: Path, pieces: Sequence[Sequence[Incident]]) -> tuple[list[Path], list[Path]]:
    """Write each piece as files of its own; return those of columns, and those of stretches."""
    files: dict[str, list[Path]] = {INCIDENT_COLUMNS: [], INCIDENT_STRETCHES: []}
    for number, piece in enumerate(pieces):
        for table, batch in incidents_in_columns(piece):
            files[table].append(folder / f"{table}-{number:05}.parquet")
            write_parquet(Table.from_batches([batch]), files[table][-1])
    return files[INCIDENT_COLUMNS], files[INCIDENT_STRETCHES]


def _files(folder: Path, days: Sequence[int | None], stretches: Sequence[tuple[str, str, int]]) -> Any:
    kinds = [int(incident_kinds(1, 0, 1))] * len(days)
    columns: dict[str, Any] = {
        "day": Array(days, type=DataType.int32()),
        "weight": Array([-9.0] * len(days), type=DataType.float64()),
        "kind": Array(kinds, type=DataType.uint8()),
    }
    a, b, numbers = (list(values) for values in zip(*stretches, strict=True))
    whose: dict[str, Any] = {name: Array(of, type=DataType.utf8()) for name, of in (("a", a), ("b", b))}
    write_parquet(Table.from_pydict(columns), folder / "columns.parquet")
    write_parquet(
        Table.from_pydict({**whose, "incidents": Array(numbers, type=DataType.int32())}), folder / "whose.parquet"
    )
    return [folder / "columns.parquet"], [folder / "whose.parquet"]


@pytest.mark.parametrize(
    ("days", "stretches", "fault"),
    [
        ([1, 2, 3], [("A", "B", 2)], "not in order, or not of the pairs"),
        ([1, 2, 3], [("A", "C", 1), ("A", "B", 2)], "not in order, or not of the pairs"),
        ([1, 3, 2], [("A", "B", 3)], "not in order, or not of the pairs"),
        ([1, None, 2], [("A", "B", 3)], "an incident has no day"),
    ],
)
def test_columns_that_cannot_be_what_they_say_are_refused(
    tmp_path: Path, days: Sequence[int | None], stretches: Sequence[tuple[str, str, int]], fault: str
) -> None:
    with pytest.raises(UnusableFiles, match=fault):
        read_built_incidents(*_files(tmp_path, days, stretches))


def test_days_fall_from_one_pair_to_the_next(tmp_path: Path) -> None:
    found = read_built_incidents(*_files(tmp_path, [1, 3, 2], [("A", "B", 1), ("A", "B", 1), ("A", "C", 1)]))
    assert [(pair, len(rows)) for pair, rows in of_each_pair(found).items()] == [(("A", "B"), 2), (("A", "C"), 1)]


def test_a_log_without_incidents_has_no_columns() -> None:
    assert len(read_built_incidents([], [])) == 0
