"""Incidents as columns, read one by one from the tables: of all pairs, or of some."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import CompoundSelect, Connection, Select, select, union

from projections.pairs import Pair
from projections.storage.bulk_rows import Row, fetch_all, fetch_pieces, is_one_of
from projections.storage.columns.incident_columns import AllIncidentColumns, incident_kinds
from projections.storage.connection import rows_of
from projections.storage.tables import incidents, is_clash

_PIECE: Final = 50_000
_KINDS: Final = (np.int32, np.int32, np.float64, np.bool_, np.int8, np.bool_)
_COLUMNS: Final = [incidents.c[name] for name in ("a", "b", "day", "weight", "material", "direction")]
_PAIR: Final = (incidents.c.a, incidents.c.b)
_ALL: Final = select(*_COLUMNS, is_clash)  # null where there is no type, which is no clash

#: All pairs with the numbers of their incidents, as one text; and columns of these, pair by pair, a text each.
_PAIRS_OF_SQLITE: Final = """
SELECT json_group_array(json_array(a, b, number)) FROM
(SELECT a, b, count(*) AS number FROM incidents GROUP BY a, b ORDER BY a, b)
"""
_WEIGHTS: Final = "SELECT DISTINCT weight FROM incidents ORDER BY weight"
_COLUMNS_OF_SQLITE: Final = """
WITH weights AS MATERIALIZED (
    SELECT weight, row_number() OVER (ORDER BY weight) - 1 AS number FROM (SELECT DISTINCT weight FROM incidents)
)
SELECT group_concat(day), group_concat(number), group_concat(kind) FROM (
    SELECT day, number, material * 6 + direction * 2 + coalesce(type = 'ASSAULT', 0) AS kind
    FROM incidents CROSS JOIN weights USING (weight) ORDER BY a, b
)
"""


def read_incidents(connection: Connection, chosen: Collection[Pair] | None = None) -> AllIncidentColumns:
    """Return all incidents that stand, or those of chosen pairs, in order."""
    if chosen is None:
        every = connection.dialect.name == "sqlite"
        return (_read_all_of_sqlite(connection) if every else _read_rows(connection, _ALL)).in_order()
    return _read_rows(connection, _ALL.where(is_one_of(connection, _PAIR, chosen))).in_order()


def read_incidents_of(
    connection: Connection, groups: Collection[str], pairs: Collection[Pair]
) -> AllIncidentColumns:
    """Return the incidents of some groups, which places may have set apart from one another, or of some pairs."""
    found = _of(connection, _ALL.add_columns(incidents.c.id), groups, pairs).subquery()
    return _read_rows(connection, select(*(found.c[index] for index in range(len(_KINDS) + 1)))).in_order()


def rows_of_incidents(
    connection: Connection, names: Sequence[str], groups: Collection[str], pairs: Collection[Pair]
) -> Sequence[Row]:
    """Return columns of the same incidents, one of which is their id."""
    return fetch_all(connection, _of(connection, select(*(incidents.c[name] for name in names)), groups, pairs))


def _of(
    connection: Connection, asked: Select[Any], groups: Collection[str], pairs: Collection[Pair]
) -> CompoundSelect[Any]:
    ids = [(id_,) for id_ in groups]
    which = (
        is_one_of(connection, [incidents.c.id], ids),
        is_one_of(connection, [incidents.c.beside], ids),
        is_one_of(connection, _PAIR, pairs),
    )
    return union(*(asked.where(each) for each in which))


def _read_all_of_sqlite(connection: Connection) -> AllIncidentColumns:
    """Return all incidents from a few rows: at each one SQLite lets go of the interpreter, which others want.

    A weight goes as its number among all that there are, so that no digit is lost.
    """
    ((found,),) = rows_of(connection, _PAIRS_OF_SQLITE)
    counted = msgspec.json.decode(found, type=list[tuple[str, str, int]])
    pairs, lengths = [(a, b) for a, b, _ in counted], [number for _, _, number in counted]
    weights = np.array([weight for (weight,) in rows_of(connection, _WEIGHTS)], np.float64)
    (texts,) = rows_of(connection, _COLUMNS_OF_SQLITE)
    day, number, kind = (np.fromstring(text or "", np.int32, sep=",") for text in texts)
    starts = np.concatenate(((0,), np.cumsum(lengths, dtype=np.int64)))
    return AllIncidentColumns(pairs, starts, day, weights[number], kind.astype(np.uint8))


def _read_rows(connection: Connection, asked: Select[Any]) -> AllIncidentColumns:
    index: dict[Pair, int] = {}
    pieces: list[list[NDArray[Any]]] = []
    for rows in fetch_pieces(connection, asked, _PIECE):
        a, b, *columns = zip(*rows, strict=True)
        numbers = [index.setdefault(pair, len(index)) for pair in zip(a, b, strict=True)]
        pieces.append([_array(each, kind) for each, kind in zip((numbers, *columns), _KINDS, strict=True)])
    pieces = pieces or [[np.zeros(0, kind) for kind in _KINDS]]
    pair, day, weight, *kind = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return AllIncidentColumns.of_columns(list(index), pair, day, weight, incident_kinds(*kind))


def _array(values: Sequence[Any], kind: Any) -> NDArray[Any]:
    return np.array(values, kind)
