"""The incidents of some pairs of a build as columns, with others in the place of some."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from arro3.core import Array, DataType

from domain.standards.plover import ASSAULT
from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.storage.columns.apply_changes import DoNotMatch
from projections.storage.history.built_incidents import UnusableFiles, texts
from projections.storage.history.parquet_reading import reading_parquet
from projections.storage.history.replaced_incidents import Replaced, view_every

#: The columns that are read.
OF_PAIRS: Final = ("a", "b", "day", "id", "type", "weight", "material", "direction")
#: Actors are told twice: by lists DuckDB knows which parts of a file, sorted by pair, it need not read.
_OF_PAIRS: Final = """
SELECT number, CAST(day AS BIGINT) AS day, weight, material, CAST(direction AS BIGINT) AS direction,
    coalesce(type = $clash, false) AS clash, CASE WHEN type = $clash THEN id END AS id
FROM every JOIN asked USING (a, b) WHERE a IN $firsts AND b IN $seconds ORDER BY number, day, every.id
"""


class IncidentsOfPair(NamedTuple):
    """The incidents of a pair as columns, by day and the bytes of their ids. A clash has its id."""

    day: Ints
    weight: Floats
    material: Bools
    direction: Ints
    clash: Bools
    ids: Sequence[str | None]


class PairsOfHistory(NamedTuple):
    """The incidents of some pairs, and the position of the history that they come from."""

    by_pair: Mapping[Pair, IncidentsOfPair]
    history: int


def read_pair_incidents(
    files: Sequence[Path], replaced: Replaced, numbers: Mapping[Pair, int]
) -> dict[Pair, IncidentsOfPair]:
    """Return the incidents of some pairs, given how many each has by its relation.

    Raises `DoNotMatch` where one has another number of them, and as `read_built_incidents`.
    """
    pairs = list(numbers)
    firsts, seconds = [a for a, _ in pairs], [b for _, b in pairs]
    asked = texts(a=firsts, b=seconds)
    asked = asked.append_column("number", Array(range(len(pairs)), type=DataType.int32()))
    values = {"clash": ASSAULT, "firsts": firsts, "seconds": seconds}
    with reading_parquet(**replaced.tables(), asked=asked) as connection:
        view_every(connection, files, replaced)
        found = connection.execute(_OF_PAIRS, values).fetchnumpy()
    for name, column in found.items():
        if name != "id" and isinstance(column, np.ma.MaskedArray):
            raise UnusableFiles(f"an incident has no {name}")
    held = np.bincount(found["number"], minlength=len(pairs))
    if held.tolist() != list(numbers.values()):
        raise DoNotMatch("there are other incidents than the relations say")
    ends = np.cumsum(held)[:-1]
    ids = [part.tolist() for part in np.split(found.pop("id"), ends)]
    columns: list[Any] = [
        np.split(found[name], ends) for name in ("day", "weight", "material", "direction", "clash")
    ]
    of_pairs = (IncidentsOfPair(*each) for each in zip(*columns, ids, strict=True))
    return dict(zip(pairs, of_pairs, strict=True))
