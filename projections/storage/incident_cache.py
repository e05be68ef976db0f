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
from sqlalchemy import Connection, select

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.storage.bulk_rows import fetch_pieces
from projections.storage.store import Mark
from projections.storage.tables import incidents

MAX_CACHED: Final = 4_000_000  #: incidents that stay in memory, at 22 bytes each
_PIECE: Final = 50_000
_KINDS: Final = (np.int32, np.int32, np.float64, np.bool_, np.int8)  # of pair, day, weight, material, direction
_COLUMNS: Final = [incidents.c[name] for name in ("a", "b", "day", "weight", "material", "direction")]


@dataclass(frozen=True, slots=True)
class AllIncidentColumns:
    """The incidents of all pairs as columns; `pair` is an index into `pairs`."""

    pairs: list[Pair]
    pair: Ints
    day: Ints
    weight: Floats
    material: NDArray[np.bool_]
    direction: Ints

    @classmethod
    def of(cls, pairs: list[Pair], rows: Sequence[tuple[Any, ...]]) -> "AllIncidentColumns":
        """Return rows of (pair, day, weight, material, direction) as columns."""
        columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ((),) * len(_KINDS)
        arrays: list[Any] = [np.array(column, kind) for column, kind in zip(columns, _KINDS, strict=True)]
        return cls(pairs, *arrays)

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
    """Return all incidents that stand, in pieces of flat memory."""
    index: dict[Pair, int] = {}
    pieces: list[list[NDArray[Any]]] = []
    for rows in fetch_pieces(connection, select(*_COLUMNS), _PIECE):
        a, b, *columns = zip(*rows, strict=True)
        numbers = [index.setdefault(pair, len(index)) for pair in zip(a, b, strict=True)]
        pieces.append([np.array(each, kind) for each, kind in zip((numbers, *columns), _KINDS, strict=True)])
    pieces = pieces or [[np.zeros(0, kind) for kind in _KINDS]]
    joined: list[Any] = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    return AllIncidentColumns(list(index), *joined)
