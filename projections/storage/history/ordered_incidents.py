"""All incidents of a build as columns in the order of pair, day and id, with others in the place of some."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from arro3.core import Array, DataType, Table
from numpy.typing import NDArray

from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.storage.history.built_incidents import UnusableFiles
from projections.storage.history.parquet_reading import reading_parquet
from projections.storage.history.replaced_incidents import Replaced, view_every

#: The columns of the rows that come in the place of others.
ORDERED: Final = ("a", "b", "day", "id", "type", "weight", "material")
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


def read_ordered_incidents(
    files: Sequence[Path], replaced: Replaced, type_numbers: Mapping[str | None, int], position: int
) -> OrderedIncidents:
    """Return all incidents, given the number of each type and of none. Raises as `read_built_incidents`."""
    named = {name: number for name, number in type_numbers.items() if name is not None}
    numbers = Table.from_pydict(
        {
            "name": Array(list(named), type=DataType.utf8()),
            "number": Array(list(named.values()), type=DataType.int64()),
        }
    )
    with reading_parquet(**replaced.tables(), types=numbers) as connection:
        view_every(connection, files, replaced)
        counted = connection.execute(_PAIRS).fetchall()
        found = connection.execute(_COLUMNS, {"none": type_numbers[None]}).fetchnumpy()
    for name, column in found.items():
        if isinstance(column, np.ma.MaskedArray):
            raise UnusableFiles(f"an incident has no {name}")
    pairs, held = [(a, b) for a, b, _ in counted], [number for _, _, number in counted]
    day, type_, weight, material = (found[name] for name in ("day", "type", "weight", "material"))
    return OrderedIncidents(pairs, held, day, type_, weight, material, position)
