"""The incidents of some pairs, of a stretch of time, out of those of all: looked up, and taken at once."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.queries.all_pairs.weighed_by_pair import WeighedByPair
from projections.scoring.pressures import WeighedColumns
from projections.storage.columns.incident_columns import (
    IS_ASSAULT,
    IS_MATERIAL,
    AllIncidentColumns,
    rows_between,
)


class ColumnsOfPairs(NamedTuple):
    """The incidents of some pairs: `row` says whose each is, by its place among the pairs."""

    row: Ints
    day: Ints
    weight: Floats
    material: Bools
    assault: Bools


def columns_of_pairs(
    columns: AllIncidentColumns, pairs: Sequence[Pair], since: int | None = None, until: int | None = None
) -> ColumnsOfPairs:
    """Return the incidents of some pairs, from a day until another, pair by pair and in each by day."""
    known = [(row, columns.numbers[pair]) for row, pair in enumerate(pairs) if pair in columns.numbers]
    row, number = np.array(known, np.int64).reshape(-1, 2).T
    starts = columns.starts[number] if since is None else columns.ends_at(since - 1, number)
    ends = columns.starts[number + 1] if until is None else columns.ends_at(until, number)
    chosen = rows_between(starts, ends)
    kind = columns.kind[chosen]
    return ColumnsOfPairs(
        np.repeat(row, ends - starts),
        columns.day[chosen].astype(np.int64),
        columns.weight[chosen],
        IS_MATERIAL[kind],
        IS_ASSAULT[kind],
    )


def recent_of_pairs(columns: AllIncidentColumns, pairs: Collection[Pair], day: int, memory: int) -> WeighedByPair:
    """Return the incidents of each of some pairs until a day, those of a number of days before it at least."""
    wanted = list(pairs)
    row, days, weight, material, _ = columns_of_pairs(columns, wanted, day - memory, day)
    starts = np.searchsorted(row, np.arange(len(wanted) + 1))
    places = {pair: place for place, pair in enumerate(wanted)}
    return WeighedByPair(places, starts, WeighedColumns(days, weight, material))
