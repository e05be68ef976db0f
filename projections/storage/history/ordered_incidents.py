"""All incidents of a build as columns in the order of pair, day and id, with others in the place of some."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from arro3.core import Array, DataType, Table
from numpy.typing import NDArray

from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.storage.bulk_rows import Row
from projections.storage.history.built_incidents import UnusableFiles, texts
from projections.storage.history.parquet_reading import reading_parquet, view_files

#: The columns of the rows that come in the place of others, with their types.
ORDERED: Final[Mapping[str, DataType]] = {
    "a": DataType.utf8(),
    "b": DataType.utf8(),
    "day": DataType.int32(),
    "id": DataType.utf8(),
    "type": DataType.utf8(),
    "weight": DataType.float64(),
    "material": DataType.bool(),
}
_EVERY: Final = f"""
CREATE TEMPORARY VIEW every AS
SELECT {", ".join(ORDERED)} FROM incidents
WHERE NOT (coalesce(beside, id) IN (SELECT id FROM wanted_groups) OR (a, b) IN (SELECT (a, b) FROM wanted_pairs))
UNION ALL SELECT {", ".join(ORDERED)} FROM come
"""  # noqa: S608  # of names alone
_PAIRS: Final = "SELECT a, b, count(*) FROM every GROUP BY a, b ORDER BY a, b"
_COLUMNS: Final = """
SELECT day, coalesce(number, $none) AS type, weight, material
FROM every LEFT JOIN types ON name = type ORDER BY a, b, day, id
"""


class OrderedIncidents(NamedTuple):
    """Incidents in order: pairs with their numbers of incidents, and columns of these. A type is a number."""

    pairs: list[Pair]
    numbers: list[int]
    day: NDArray[np.int32]
    type: Ints
    weight: Floats
    material: Bools
    history: int


class Replaced(NamedTuple):
    """The groups and pairs of which incidents are replaced, and what comes for them, as rows of `ORDERED`."""

    groups: Collection[str]
    pairs: Collection[Pair]
    come: Sequence[Row]


def read_ordered_incidents(
    files: Sequence[Path], replaced: Replaced, type_numbers: Mapping[str | None, int], position: int
) -> OrderedIncidents:
    """Return all incidents, given the number of each type and of none. Raises as `read_built_incidents`."""
    named = {name: number for name, number in type_numbers.items() if name is not None}
    columns: list[Sequence[Any]] = list(zip(*replaced.come, strict=True)) or [()] * len(ORDERED)
    come: dict[str, Any] = {}
    for (name, kind), cells in zip(ORDERED.items(), columns, strict=True):
        values = list(map(bool, cells)) if name == "material" else cells  # which SQLite has as 0 or 1
        come[name] = Array(values, type=kind)
    numbers = Table.from_pydict(
        {
            "name": Array(list(named), type=DataType.utf8()),
            "number": Array(list(named.values()), type=DataType.int64()),
        }
    )
    rows = {
        "wanted_groups": texts(id=sorted(replaced.groups)),
        "wanted_pairs": texts(a=[a for a, _ in replaced.pairs], b=[b for _, b in replaced.pairs]),
        "come": Table.from_pydict(come),
        "types": numbers,
    }
    with reading_parquet(**rows) as connection:
        view_files(connection, "incidents", files)
        connection.execute(_EVERY)
        counted = connection.execute(_PAIRS).fetchall()
        found = connection.execute(_COLUMNS, {"none": type_numbers[None]}).fetchnumpy()
    for name, column in found.items():
        if isinstance(column, np.ma.MaskedArray):
            raise UnusableFiles(f"an incident has no {name}")
    pairs, held = [(a, b) for a, b, _ in counted], [number for _, _, number in counted]
    day, type_, weight, material = (found[name] for name in ("day", "type", "weight", "material"))
    return OrderedIncidents(pairs, held, day, type_, weight, material, position)
