"""The incidents of a build of history as columns, in the order in which columns are anywhere."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from arro3.core import Array, DataType, Table

from domain.standards.plover import ASSAULT
from projections.arrays import Ints
from projections.pairs import Pair
from projections.storage.columns.incident_columns import AllIncidentColumns, incident_kinds, rows_between
from projections.storage.history.parquet_reading import reading_parquet, view_files

_IN_ORDER_OF_FILE: Final = (
    "SELECT day, weight, material, direction, coalesce(type = $clash, false) AS assault FROM incidents"
)
_RUNS: Final = """
SELECT a, b, min(file_row_number) AS first, max(file_row_number) + 1 AS behind, count(*) AS held
FROM incidents GROUP BY a, b ORDER BY first
"""
#: An incident that places set apart from another of its group is `beside` that.
_CHOSEN: Final = """
SELECT a, b, day, weight, material, direction, coalesce(type = $clash, false) AS assault FROM incidents
WHERE coalesce(beside, id) IN (SELECT id FROM wanted_groups) OR (a, b) IN (SELECT (a, b) FROM wanted_pairs)
"""
_CLASH: Final = {"clash": ASSAULT}


class UnusableFiles(Exception):
    """The files of a build are not in the order in which a build has them, or miss a value."""


class _RowsOfPair(NamedTuple):
    """Rows of one pair that follow one another in a file: from one, until before another, of all files' rows."""

    pair: Pair
    first: int
    behind: int


def read_built_incidents(files: Sequence[Path]) -> AllIncidentColumns:
    """Return all incidents of the files of a build. Raises `UnusableFiles`, and one of `PARQUET_ERRORS`."""
    runs: list[_RowsOfPair] = []
    pieces: list[tuple[Any, ...]] = []
    before = 0
    with reading_parquet() as connection:
        for file in files:
            view_files(connection, "incidents", [file])
            pieces.append(_arrays(connection.execute(_IN_ORDER_OF_FILE, _CLASH).fetchnumpy()))
            for a, b, first, behind, held in connection.execute(_RUNS).fetchall():
                if behind - first != held:
                    raise UnusableFiles(f"{file.name}: the incidents of {a}-{b} do not follow one another")
                runs.append(_RowsOfPair((a, b), before + first, before + behind))
            before += len(pieces[-1][0])
    day, weight, kind = (np.concatenate(each) for each in zip(*pieces, strict=True)) if pieces else _arrays({})
    runs.sort()
    order = rows_between(_ints(run.first for run in runs), _ints(run.behind for run in runs))
    if not np.array_equal(order, np.arange(before)):
        day, weight, kind = day[order], weight[order], kind[order]
    return _in_order(*_by_pair(runs), day, weight, kind)


def read_chosen_incidents(
    files: Sequence[Path], groups: Collection[str], pairs: Collection[Pair]
) -> AllIncidentColumns:
    """Return those incidents of a build that are of some groups, or of some pairs. Raises as above."""
    rows = {
        "wanted_groups": texts(id=sorted(groups)),
        "wanted_pairs": texts(a=[a for a, _ in pairs], b=[b for _, b in pairs]),
    }
    with reading_parquet(**rows) as connection:
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


def texts(**columns: Sequence[str]) -> Table:
    """Return columns of texts as rows that are at hand."""
    return Table.from_pydict({name: Array(values, type=DataType.utf8()) for name, values in columns.items()})


def _ints(values: Any) -> Ints:
    return np.fromiter(values, np.int64)


def _arrays(found: dict[str, Any]) -> tuple[Any, ...]:
    """Return days, weights and kinds. Raises `UnusableFiles` where there is none."""
    names = ("day", "weight", "material", "direction", "assault")
    for name in names:
        if name in found and isinstance(found[name], np.ma.MaskedArray):
            raise UnusableFiles(f"an incident has no {name}")
    day, weight, *kind = (found.get(name, np.zeros(0)) for name in names)
    return day.astype(np.int32, copy=False), weight.astype(np.float64, copy=False), incident_kinds(*kind)


def _by_pair(runs: Sequence[_RowsOfPair]) -> tuple[list[Pair], Ints]:
    """Return the pairs of runs in order, and behind which row each ends; several files may have rows of one."""
    ends: dict[Pair, int] = {}
    total = 0
    for run in runs:
        total += run.behind - run.first
        ends[run.pair] = total
    return list(ends), _ints([0, *ends.values()])


def _in_order(pairs: list[Pair], starts: Ints, day: Any, weight: Any, kind: Any) -> AllIncidentColumns:
    """Return columns in order, of pairs that are: as a rule only incidents of one day have to change places."""
    is_new = np.ones(len(day), np.bool_)
    is_new[1:] = day[1:] != day[:-1]
    is_new[starts[:-1]] = True
    follows = ~is_new
    is_late = np.zeros(len(day), np.bool_)
    is_late[1:] = day[1:] < day[:-1]
    is_late[starts[:-1]] = False
    if is_late.any():
        return AllIncidentColumns(pairs, starts, day, weight, kind).in_order()
    lower = (weight[1:] < weight[:-1]) | ((weight[1:] == weight[:-1]) & (kind[1:] < kind[:-1]))
    of_day = np.cumsum(is_new) - 1
    is_mixed = np.zeros(int(of_day[-1]) + 1 if len(day) else 0, np.bool_)
    is_mixed[of_day[1:][follows[1:] & lower]] = True
    rows = np.flatnonzero(is_mixed[of_day])
    order = rows[np.lexsort((kind[rows], weight[rows], of_day[rows]))]
    weight, kind = weight.copy(), kind.copy()
    weight[rows], kind[rows] = weight[order], kind[order]
    return AllIncidentColumns(pairs, starts, day, weight, kind)
