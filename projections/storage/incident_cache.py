"""All incidents as columns in memory: how all pairs stood on any day is a sum over them.

The columns are those of one state of the tables. A question about another state reads them anew; where there are
too many for the memory, each question does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, literal_column, select

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.storage.bulk_rows import fetch_pieces
from projections.storage.store import Mark
from projections.storage.tables import incidents

MAX_CACHED: Final = 4_000_000  #: incidents that stay in memory, at 23 bytes each
_PIECE: Final = 50_000
_KINDS: Final = (np.int32, np.int32, np.float64, np.bool_, np.int8, np.bool_)  # of the columns but `pairs`
_COLUMNS: Final = [incidents.c[name] for name in ("a", "b", "day", "weight", "material", "direction")]
_ASSAULT: Final = incidents.c.type == literal_column("'ASSAULT'")  # null where there is no type, which is none


@dataclass(frozen=True, slots=True)
class AllIncidentColumns:
    """The incidents of all pairs as columns; `pair` is an index into `pairs`."""

    pairs: list[Pair]
    pair: Ints
    day: Ints
    weight: Floats
    material: NDArray[np.bool_]
    direction: Ints
    assault: NDArray[np.bool_]

    @classmethod
    def of(cls, pairs: list[Pair], rows: Sequence[tuple[Any, ...]]) -> "AllIncidentColumns":
        """Return rows of (pair, day, weight, material, direction, assault) as columns."""
        columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ((),) * len(_KINDS)
        arrays: list[Any] = [np.array(column, kind) for column, kind in zip(columns, _KINDS, strict=True)]
        return cls(pairs, *arrays)

    def __len__(self) -> int:
        return len(self.day)

    def until(self, day: int) -> "AllIncidentColumns":
        """Return those that had happened by a day."""
        return self.where(self.day <= day)

    def where(self, chosen: NDArray[Any]) -> "AllIncidentColumns":
        """Return those that a mask or their places choose; the pairs remain."""
        columns = (self.pair, self.day, self.weight, self.material, self.direction, self.assault)
        return AllIncidentColumns(self.pairs, *(column[chosen] for column in columns))


class IncidentCache:
    """The incidents of the state of the tables that was last asked about. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cached: tuple[Mark, AllIncidentColumns] | None = None

    def at(self, connection: Connection, mark: Mark) -> AllIncidentColumns:
        """Return the incidents as a transaction sees them; `mark` is that of the state of the tables it sees."""
        with self._lock:
            if self._cached is None or self._cached[0] != mark:
                self._cached = None
                found = read_all(connection)
                if len(found) > MAX_CACHED:
                    return found
                self._cached = mark, found
            return self._cached[1]


def read_all(connection: Connection) -> AllIncidentColumns:
    """Return all incidents that stand, in pieces of flat memory.

    In which order the database has them depends on how they came there, and a sum's last digit on the order. So
    they are put in one that depends on themselves alone; those that are alike in all may change places.
    """
    index: dict[Pair, int] = {}
    pieces: list[list[NDArray[Any]]] = []
    for rows in fetch_pieces(connection, select(*_COLUMNS, _ASSAULT), _PIECE):
        a, b, *columns = zip(*rows, strict=True)
        numbers = [index.setdefault(pair, len(index)) for pair in zip(a, b, strict=True)]
        pieces.append([np.array(each, kind) for each, kind in zip((numbers, *columns), _KINDS, strict=True)])
    pieces = pieces or [[np.zeros(0, kind) for kind in _KINDS]]
    pair, *joined = (np.concatenate(column) for column in zip(*pieces, strict=True))
    pairs = sorted(index)
    number = np.empty(len(pairs), np.int32)
    number[[index[each] for each in pairs]] = np.arange(len(pairs))
    found = AllIncidentColumns(pairs, number[pair], *joined)
    return found.where(np.lexsort((found.assault, found.direction, found.material, found.weight, found.day)))
