"""The incidents of a build of history as columns, in the order in which columns are anywhere."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from arro3.core import Array, DataType, Table

from domain.standards.plover import ASSAULT
from projections.arrays import Ints
from projections.pairs import Pair
from projections.storage.columns.incident_columns import AllIncidentColumns, incident_kinds
from projections.storage.history.parquet_reading import reading_parquet, view_files

_COLUMNS: Final = "SELECT day, weight, kind FROM columns"
_STRETCHES: Final = "SELECT a, b, incidents FROM stretches"
#: Of `wanted_rows`: an incident that places set apart from another of its group is `beside` that.
IS_WANTED: Final = (
    "(coalesce(beside, id) IN (SELECT id FROM wanted_groups) OR (a, b) IN (SELECT (a, b) FROM wanted_pairs))"
)
_CHOSEN: Final = f"""
SELECT a, b, day, weight, material, direction, coalesce(type = $clash, false) AS assault FROM incidents
WHERE {IS_WANTED}
"""  # noqa: S608  # of our own words
_CLASH: Final = {"clash": ASSAULT}


class UnusableFiles(Exception):
    """The files of a build are not in the order in which a build has them, or miss a value."""


def read_built_incidents(columns: Sequence[Path], stretches: Sequence[Path]) -> AllIncidentColumns:
    """Return all incidents from a build's columns, and from the stretches that say whose they are.

    Raises `UnusableFiles`, and one of `PARQUET_ERRORS`.
    """
    if not columns and not stretches:
        return AllIncidentColumns.of([], [])
    with reading_parquet() as connection:
        view_files(connection, "columns", columns)
        found = connection.execute(_COLUMNS).fetchnumpy()
        view_files(connection, "stretches", stretches)
        rows = connection.execute(_STRETCHES).fetchall()
    day, weight, kind = (_whole(found, name) for name in ("day", "weight", "kind"))
    ends: dict[Pair, int] = {}
    total = 0
    for a, b, number in rows:
        total += number
        ends[a, b] = total
    pairs, starts = list(ends), _ints([0, *ends.values()])
    is_first = np.zeros(total + 1, np.bool_)
    is_first[starts] = True
    if pairs != sorted(pairs) or total != len(day) or ((day[1:] < day[:-1]) & ~is_first[1:-1]).any():
        raise UnusableFiles("the columns of incidents are not in order, or not of the pairs that are named")
    return AllIncidentColumns(pairs, starts, day, weight, kind)


def read_chosen_incidents(
    files: Sequence[Path], groups: Collection[str], pairs: Collection[Pair]
) -> AllIncidentColumns:
    """Return those incidents of a build that are of some groups, or of some pairs. Raises as above."""
    if not files:
        return AllIncidentColumns.of([], [])
    with reading_parquet(**wanted_rows(groups, pairs)) as connection:
        view_files(connection, "incidents", files)
        found = connection.execute(_CHOSEN, _CLASH).fetchnumpy()
    places: dict[Pair, int] = {}
    both = zip(found["a"].tolist(), found["b"].tolist(), strict=True)
    pair = _ints(places.setdefault(each, len(places)) for each in both)
    return AllIncidentColumns.of_columns(list(places), pair, *_arrays(found)).in_order()


def read_parked_positions(files: Sequence[Path]) -> frozenset[int]:
    """Return the positions of the events that a build has parked. Raises one of `PARQUET_ERRORS`."""
    if not files:
        return frozenset()
    with reading_parquet() as connection:
        view_files(connection, "parked", files)
        return frozenset(position for (position,) in connection.execute("SELECT position FROM parked").fetchall())


def wanted_rows(groups: Collection[str], pairs: Collection[Pair]) -> dict[str, Table]:
    """Return the rows that `IS_WANTED` needs at hand, by the names that they have there."""
    return {
        "wanted_groups": texts(id=sorted(groups)),
        "wanted_pairs": texts(a=[a for a, _ in pairs], b=[b for _, b in pairs]),
    }


def texts(**columns: Sequence[str]) -> Table:
    """Return columns of texts as rows that are at hand."""
    return Table.from_pydict({name: Array(values, type=DataType.utf8()) for name, values in columns.items()})


def _ints(values: Any) -> Ints:
    return np.fromiter(values, np.int64)


def _arrays(found: dict[str, Any]) -> tuple[Any, ...]:
    """Return days, weights and kinds. Raises `UnusableFiles` where there is none."""
    names = ("day", "weight", "material", "direction", "assault")
    day, weight, *kind = (_whole(found, name) for name in names)
    return day.astype(np.int32, copy=False), weight.astype(np.float64, copy=False), incident_kinds(*kind)


def _whole(found: dict[str, Any], name: str) -> Any:
    """Return a column. Raises `UnusableFiles` where it lacks a value."""
    if isinstance(found[name], np.ma.MaskedArray):
        raise UnusableFiles(f"an incident has no {name}")
    return found[name]
