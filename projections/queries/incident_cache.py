"""All incidents as columns in memory: how all pairs stood on any day is a sum over them.

The columns are those of one state of the tables. A question about another state reads them anew; where there are
too many to be kept, each question does.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.storage.store import Mark, read_snapshot

MAX_KEPT: Final = 4_000_000  #: incidents that are kept in memory, at 22 bytes each
_PIECE: Final = 50_000
_KINDS: Final = (np.int32, np.int32, np.float64, np.bool_, np.int8)  # of pair, day, weight, material, direction
_COLUMNS: Final = "a, b, day, weight, material, direction"


@dataclass(frozen=True, slots=True)
class AllIncidentColumns:
    """The incidents of all pairs as columns; `pair` is an index into `pairs`."""

    pairs: list[Pair]
    pair: Ints
    day: Ints
    weight: Floats
    material: NDArray[np.bool_]
    direction: Ints

    def __len__(self) -> int:
        return len(self.day)

    def until(self, day: int) -> "AllIncidentColumns":
        """Return those that had happened by a day."""
        chosen = self.day <= day
        return AllIncidentColumns(
            self.pairs,
            self.pair[chosen],
            self.day[chosen],
            self.weight[chosen],
            self.material[chosen],
            self.direction[chosen],
        )


class IncidentCache:
    """The incidents of the state of the tables that was last asked about. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[Mark, AllIncidentColumns] | None = None

    def at(self, connection: Connection) -> AllIncidentColumns:
        """Return the incidents as a transaction sees them."""
        mark = read_snapshot(connection).mark
        with self._lock:
            if self._kept is None or self._kept[0] != mark:
                self._kept = None
                found = read_all(connection)
                if len(found) > MAX_KEPT:
                    return found
                self._kept = mark, found
            return self._kept[1]


def read_all(connection: Connection) -> AllIncidentColumns:
    """Return all incidents that stand, in pieces of flat memory."""
    index: dict[Pair, int] = {}
    pieces: list[list[NDArray[Any]]] = []
    cursor = connection.exec_driver_sql(f"SELECT {_COLUMNS} FROM incidents").cursor  # noqa: S608
    while rows := cursor.fetchmany(_PIECE):
        a, b, *columns = zip(*rows, strict=True)
        numbers = [index.setdefault(pair, len(index)) for pair in zip(a, b, strict=True)]
        pieces.append([np.array(each, kind) for each, kind in zip((numbers, *columns), _KINDS, strict=True)])
    pieces = pieces or [[np.zeros(0, kind) for kind in _KINDS]]
    joined: list[Any] = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    return AllIncidentColumns(list(index), *joined)
