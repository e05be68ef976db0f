"""The levels of all pairs' running sums as one array, which goes on by what changed: many take long to read."""

from collections.abc import Collection
from typing import Final

import numpy as np
from sqlalchemy import Connection, select

from projections.arrays import Floats
from projections.pairs import Pair
from projections.storage.bulk_rows import Row, fetch_all, select_rows
from projections.storage.columns.incident_columns import AllIncidentColumns
from projections.storage.tables import LEVELS, relations

_COLUMNS: Final = ("a", "b", *LEVELS)
_PAIR: Final = ("a", "b")
_ALL: Final = select(*(relations.c[name] for name in _COLUMNS))


class OtherPairs(Exception):
    """The relations are of other pairs than the incidents are: they are not of one state."""


def read_levels(connection: Connection, columns: AllIncidentColumns) -> Floats:
    """Return the levels of each pair that has incidents, in the order of `LEVELS`. Raises `OtherPairs`."""
    return _levels(
        np.zeros((len(columns.pairs), len(LEVELS))), columns, fetch_all(connection, _ALL), columns.pairs
    )


def go_on_with_levels(
    connection: Connection,
    before: AllIncidentColumns,
    levels: Floats,
    columns: AllIncidentColumns,
    changed: Collection[Pair],
) -> Floats:
    """Return the levels of each pair, given those `before` some pairs changed. Raises `OtherPairs`."""
    if before.pairs is columns.pairs:
        made = levels.copy()
    else:
        made = np.zeros((len(columns.pairs), len(LEVELS)))
        both = [(columns.numbers[pair], old) for old, pair in enumerate(before.pairs) if pair in columns.numbers]
        now, then = np.array(both, np.int64).reshape(-1, 2).T
        made[now] = levels[then]
    wanted = [pair for pair in changed if pair in columns.numbers]
    return _levels(made, columns, select_rows(connection, relations, _COLUMNS, _PAIR, wanted), wanted)


def _levels(made: Floats, columns: AllIncidentColumns, rows: Collection[Row], wanted: Collection[Pair]) -> Floats:
    """Return the levels with those of rows in their places, which are those of the wanted pairs."""
    places = [columns.numbers.get((row[0], row[1]), -1) for row in rows]
    if len(places) != len(wanted) or -1 in places:
        raise OtherPairs(f"{len(rows)} relations were found of {len(wanted)} pairs that have incidents")
    if rows:
        made[places] = np.array([row[2:] for row in rows], np.float64)
    return made
