"""All incidents as columns in memory: how all pairs stood on any day is a sum over them.

The columns are those of one state of the tables. For the next state those of the pairs that have changed since are
read anew, as the projector notes them with each page; where that is not known, all are. Where there are too many
for the memory, each question reads them.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.scoring.pressures import IncidentColumns
from projections.storage.bulk_rows import fetch_pieces, is_one_of
from projections.storage.connection import rows_of
from projections.storage.store import Mark, read_snapshot
from projections.storage.tables import incidents, is_clash, page_changes

MAX_CACHED: Final = 4_000_000  #: incidents that stay in memory, at 23 bytes each
_PIECE: Final = 50_000
_KINDS: Final = (np.int32, np.int32, np.float64, np.bool_, np.int8, np.bool_)  # of the columns but `pairs`
_COLUMNS: Final = [incidents.c[name] for name in ("a", "b", "day", "weight", "material", "direction")]
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
    SELECT day, number, direction * 4 + coalesce(type = 'ASSAULT', 0) * 2 + material AS kind
    FROM incidents CROSS JOIN weights USING (weight) ORDER BY a, b
)
"""

_POSITIONS_NOTED: Final = 1_000  # of the log, of which pages are noted
_MOST_CHANGED: Final = 200  # pairs of a page that is noted
_MOST_REPLACED: Final = 2_000  # pairs that are read anew: of more, all are


@dataclass(frozen=True, slots=True)
class AllIncidentColumns:
    """The incidents of all pairs as columns; `pair` is an index into `pairs`, and `numbers` has these by pair."""

    pairs: list[Pair]
    numbers: dict[Pair, int]
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
        return cls(pairs, _numbered(pairs), *arrays)

    def __len__(self) -> int:
        return len(self.day)

    def until(self, day: int) -> "AllIncidentColumns":
        """Return those that had happened by a day."""
        return self.where(self.day <= day)

    def replaced(self, pairs: Collection[Pair], new: "AllIncidentColumns") -> "AllIncidentColumns":
        """Return these with those of some pairs replaced by new ones, which are of no other pairs."""
        unknown = [pair for pair in new.pairs if pair not in self.numbers]
        every = [*self.pairs, *unknown] if unknown else self.pairs
        numbers = _numbered(every) if unknown else self.numbers
        is_old = np.zeros(len(every), dtype=np.bool_)
        is_old[[numbers[pair] for pair in pairs if pair in numbers]] = True
        kept = self.where(~is_old[self.pair])
        number = np.array([numbers[pair] for pair in new.pairs], dtype=np.int32)
        theirs: list[Any] = [number[new.pair], new.day, new.weight, new.material, new.direction, new.assault]
        joined: list[Any] = [np.concatenate(both) for both in zip(kept.columns, theirs, strict=True)]
        return AllIncidentColumns(every, numbers, *joined)

    @property
    def columns(self) -> tuple[NDArray[Any], ...]:
        """The columns, in their order."""
        return self.pair, self.day, self.weight, self.material, self.direction, self.assault

    def where(self, chosen: NDArray[Any]) -> "AllIncidentColumns":
        """Return those that a mask or their places choose; the pairs remain."""
        columns: list[Any] = [column[chosen] for column in self.columns]
        return AllIncidentColumns(self.pairs, self.numbers, *columns)

    def by_pair(self, wanted: Collection[Pair]) -> dict[Pair, IncidentColumns]:
        """Return the incidents of each of some pairs, which may have none."""
        numbers = sorted(self.numbers[pair] for pair in wanted if pair in self.numbers)
        is_wanted = np.zeros(len(self.pairs), dtype=np.bool_)
        is_wanted[numbers] = True
        mine = self.where(np.flatnonzero(is_wanted[self.pair]))
        mine = mine.where(np.argsort(mine.pair, kind="stable"))
        day, direction = mine.day.astype(np.int64), mine.direction.astype(np.int64)
        columns = IncidentColumns(day, mine.weight, mine.material, direction, mine.assault)
        ends = np.searchsorted(mine.pair, numbers, side="right").tolist()
        found = dict.fromkeys(wanted, columns.at(slice(0, 0)))
        for number, start, end in zip(numbers, [0, *ends], ends, strict=False):
            found[self.pairs[number]] = columns.at(slice(start, end))
        return found


ReadColumns = Callable[[Connection, Collection[Pair] | None], AllIncidentColumns]
ReadAllColumns = Callable[[Connection], AllIncidentColumns]  #: all incidents, which may be in memory already


class IncidentCache:
    """The incidents of the states of the tables that were last asked about. Threads may share it.

    `read` reads all of them, or those of some pairs.
    """

    def __init__(self, read: ReadColumns | None = None) -> None:
        self._read = read or read_all
        self._lock = Lock()
        self._cached: list[tuple[Mark, AllIncidentColumns]] = []  # the newest first
        self._fits = True

    @property
    def fits(self) -> bool:
        """Whether all incidents stay in memory, as far as is known: else they are read for each question."""
        return self._fits

    def at(self, connection: Connection, mark: Mark) -> AllIncidentColumns:
        """Return the incidents as a transaction sees them; `mark` is that of the state of the tables it sees."""
        with self._lock:
            for cached, found in self._cached:
                if cached == mark:
                    return found
            found = self._go_on(connection, mark) or self._read(connection, None)
            self._fits = len(found) <= MAX_CACHED
            if self._fits and (not self._cached or mark > self._cached[0][0]):
                # Who began to read before the last page was folded may still ask for what it followed.
                before = self._cached[:1] if len(found) <= MAX_CACHED // 2 else []
                self._cached = [(mark, found), *before]
            return found

    def _go_on(self, connection: Connection, mark: Mark) -> AllIncidentColumns | None:
        """Return the incidents, made from those of an earlier state; None if what changed since is not known."""
        for cached, found in self._cached:  # the newest may be newer than this state: then from the one before it
            if (changed := _changed_pairs(connection, cached, mark)) is not None:
                return found.replaced(changed, self._read(connection, changed))
        return None


def note_page(connection: Connection, after: int, changed: Collection[Pair]) -> None:
    """Note which pairs' incidents were changed by the page from behind a position to the present one.

    Forgets old pages.
    """
    position, _, _, digest = read_snapshot(connection)
    pairs = msgspec.json.encode(sorted(changed)).decode() if len(changed) <= _MOST_CHANGED else None
    connection.execute(delete(page_changes).where(page_changes.c.upto <= position - _POSITIONS_NOTED))
    connection.execute(insert(page_changes).values(upto=position, after=after, digest=digest, pairs=pairs))


def _changed_pairs(connection: Connection, before: Mark, now: Mark) -> set[Pair] | None:
    """Return the pairs whose incidents may have changed from one state to another; None if that is not known.

    It is known if pages were noted that follow one another, from the one that ends with the first state, of the
    same log, to the one that ends with the last.
    """
    if before.revision != now.revision or before.position > now.position:
        return None
    columns = [page_changes.c[name] for name in ("after", "upto", "digest", "pairs")]
    asked = select(*columns).where(page_changes.c.upto >= before.position).order_by(page_changes.c.upto)
    rows = connection.execute(asked).all()
    if not rows or (rows[0].upto, rows[0].digest) != (before.position, before.digest):
        return None
    changed: set[Pair] = set()
    position = before.position
    for after, upto, _, pairs in rows[1:]:
        if after != position or pairs is None:
            return None
        position = upto
        changed.update(msgspec.json.decode(pairs, type=list[Pair]))
    return changed if position == now.position and len(changed) <= _MOST_REPLACED else None


def read_all(connection: Connection, chosen: Collection[Pair] | None = None) -> AllIncidentColumns:
    """Return all incidents that stand, or those of chosen pairs, in pieces of flat memory.

    In which order the database has them depends on how they came there, and a sum's last digit on the order. So
    they are put in one that depends on themselves alone; those that are alike in all may change places.
    """
    if chosen is None and connection.dialect.name == "sqlite":
        return in_order(_read_all_of_sqlite(connection))
    return in_order(_read_rows(connection, chosen))


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
    pair = np.repeat(np.arange(len(pairs), dtype=np.int32), lengths)
    columns: tuple[Any, ...] = (
        pair,
        day,
        weights[number],
        kind & 1 > 0,
        (kind >> 2).astype(np.int8),
        kind & 2 > 0,
    )
    return AllIncidentColumns(pairs, _numbered(pairs), *columns)


def _read_rows(connection: Connection, chosen: Collection[Pair] | None) -> AllIncidentColumns:
    index: dict[Pair, int] = {}
    pieces: list[list[NDArray[Any]]] = []
    asked = _ALL
    if chosen is not None:
        asked = asked.where(is_one_of(connection, [incidents.c.a, incidents.c.b], chosen))
    for rows in fetch_pieces(connection, asked, _PIECE):
        a, b, *columns = zip(*rows, strict=True)
        numbers = [index.setdefault(pair, len(index)) for pair in zip(a, b, strict=True)]
        pieces.append([np.array(each, kind) for each, kind in zip((numbers, *columns), _KINDS, strict=True)])
    pieces = pieces or [[np.zeros(0, kind) for kind in _KINDS]]
    pair, *joined = (np.concatenate(column) for column in zip(*pieces, strict=True))
    pairs = sorted(index)
    number = np.empty(len(pairs), np.int32)
    number[[index[each] for each in pairs]] = np.arange(len(pairs))
    return AllIncidentColumns(pairs, _numbered(pairs), number[pair], *joined)


def _numbered(pairs: Sequence[Pair]) -> dict[Pair, int]:
    return {pair: number for number, pair in enumerate(pairs)}


def in_order(found: AllIncidentColumns) -> AllIncidentColumns:
    """Return incidents in an order that depends on themselves alone."""
    return found.where(np.lexsort((found.assault, found.direction, found.material, found.weight, found.day)))
