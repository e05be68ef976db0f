"""All incidents as columns, kept in the tables: to read them from there takes a hundredth of the time.

They are those of an earlier state, and go on by what was noted since. They are stored anew once much has changed,
by who folds the log: so who reads finds them, in every process, and after a start, too.
"""

import logging
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
import numpy as np
from sqlalchemy import Connection, Integer, delete, func, literal_column, select

from projections.arrays import Ints
from projections.pairs import Pair
from projections.storage.bulk_rows import Row, insert_rows
from projections.storage.columns.apply_changes import DoNotMatch, apply_changes
from projections.storage.columns.column_tables import incident_changes, incident_columns
from projections.storage.columns.incident_columns import AllIncidentColumns, following
from projections.storage.columns.note_changes import (
    LastChange,
    begin_changes,
    forget_changes,
    last_change,
    read_changes,
)
from projections.storage.columns.read_incidents import read_incidents
from projections.storage.connection import Prepared, Tables
from projections.storage.tables import relations

_log = logging.getLogger(__name__)

LEAST_CHANGED: Final = 20_000  #: incidents that have gone or come before columns are stored anew
LEAST_SHARE: Final = 40  #: or, of many, one in so many
_PIECE: Final = 65_536  # rows in a piece, about: pairs are not divided
_ROW: Final = ("piece", "upto", "incidents", "pairs", "days", "weights", "kinds", "checksum")
_DAYS: Final = np.dtype("<i4")
_WEIGHTS: Final = np.dtype("<f8")

_NONE: Final = literal_column("0", Integer)  # which is no parameter
_UPTO: Final = Prepared(
    select(incident_columns.c.upto, func.coalesce(incident_changes.c.total, _NONE))
    .outerjoin_from(incident_columns, incident_changes, incident_changes.c.number == incident_columns.c.upto)
    .where(incident_columns.c.piece == _NONE)
)
_PIECES: Final = "SELECT pairs, days, weights, kinds, checksum, upto FROM incident_columns ORDER BY piece"
_STORED_NUMBER: Final = Prepared(select(func.sum(incident_columns.c.incidents)))
_PAIRS: Final = Prepared(select(func.count()).select_from(relations))  # by an index: its rows are long
_NUMBER: Final = Prepared(select(func.coalesce(func.sum(relations.c.incidents), _NONE)))


class _PairsOfPiece(msgspec.Struct, array_like=True):
    """The pairs of a piece: indices of the codes of their two actors, and how many incidents each has."""

    codes: list[str]
    a: list[int]
    b: list[int]
    incidents: list[int]

    def decoded(self) -> list[Pair]:
        """Return the pairs. Raises `IndexError`."""
        return list(zip(*(map(self.codes.__getitem__, side) for side in (self.a, self.b)), strict=True))


class _DamagedColumns(Exception):
    """What is stored is not what was stored."""


# Reading


def has_columns(connection: Connection) -> bool:
    """Return whether there are columns in the tables."""
    return bool(_UPTO.rows(connection))


def read_stored(connection: Connection) -> AllIncidentColumns | None:
    """Return all incidents as they stand, from stored columns and what was noted since; None if that cannot be."""
    if (stored := _stored(connection)) is None:
        return None
    try:
        columns = _joined(list(_pieces(connection, stored.number)))
        changes = read_changes(connection, stored.number, last_change(connection).number)
        if changes is None:
            raise _DamagedColumns("changes are missing")
        columns = apply_changes(columns, changes)
        ((number,),) = _PAIRS.rows(connection)
        if number != len(columns.pairs):
            raise _DamagedColumns(f"there are incidents of {len(columns.pairs)} pairs, and {number} relations")
    except (_DamagedColumns, DoNotMatch) as error:
        _log.warning("the stored columns of incidents cannot be used, so all incidents are read: %s", error)
        return None
    return columns


def _stored(connection: Connection) -> LastChange | None:
    """Return after which change columns were stored, if there are any."""
    rows = _UPTO.rows(connection)
    return LastChange._make(rows[0]) if rows else None


_Piece = tuple[_PairsOfPiece, Any, Any, Any]  # with days, weights and kinds


def _pieces(connection: Connection, upto: int) -> Iterator[_Piece]:
    for pairs, days, weights, kinds, checksum, of_piece in _rows_of_pieces(connection):
        columns = np.frombuffer(days, _DAYS), np.frombuffer(weights, _WEIGHTS), np.frombuffer(kinds, np.uint8)
        if checksum != _checksum(pairs, days, weights, kinds) or of_piece != upto:
            raise _DamagedColumns("a piece is damaged")
        counted = _pairs_of(pairs)
        if {sum(counted.incidents), *(len(column) for column in columns)} != {len(columns[0])}:
            raise _DamagedColumns("a piece is damaged")
        yield counted, *columns


def _pairs_of(text: str) -> _PairsOfPiece:
    try:
        return msgspec.json.decode(text, type=_PairsOfPiece)
    except msgspec.DecodeError as error:
        raise _DamagedColumns(f"pairs are written in another way: {error}") from error


def _rows_of_pieces(connection: Connection) -> Iterable[Row]:
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(_PIECES)
    cursor: Any = connection.connection.cursor(binary=True)
    with cursor:
        cursor.execute(_PIECES)
        return list(cursor)


def _joined(pieces: list[_Piece]) -> AllIncidentColumns:
    pairs = [pair for counted, *_ in pieces for pair in counted.decoded()]
    numbers = np.concatenate([np.array(counted.incidents, np.int64) for counted, *_ in pieces])
    starts: Ints = np.concatenate(((0,), numbers.cumsum()))
    by_column = zip(*((days, weights, kinds) for _, days, weights, kinds in pieces), strict=True)
    days, weights, kinds = (np.concatenate(column) for column in by_column)
    return AllIncidentColumns(
        pairs,
        starts,
        days.astype(np.int32, copy=False),
        weights.astype(np.float64, copy=False),
        kinds,
    )


# Storing


def forget_damaged_columns(tables: Tables) -> None:
    """Forget columns that cannot be used, as those that were damaged on the disk."""
    with tables.reading() as connection:
        if not has_columns(connection) or read_stored(connection) is not None:
            return
    with tables.writing() as connection:
        begin_changes(connection)
        connection.execute(delete(incident_columns))


def store_columns_anew(tables: Tables) -> bool:
    """Store columns of all incidents where much has changed since it was done last; return whether it was."""
    with tables.reading() as connection:
        if not _are_old(connection):
            return False
    with tables.writing() as connection:
        begin_changes(connection)
        store_columns(connection, read_all(connection))
    return True


def _are_old(connection: Connection) -> bool:
    if (stored := _stored(connection)) is None:
        changed = last_change(connection).total
        if not changed:  # all at once, as in a rebuild
            ((changed,),) = _NUMBER.rows(connection)
        return bool(changed >= LEAST_CHANGED)
    if (changed := last_change(connection).total - stored.total) < LEAST_CHANGED:
        return False
    ((number,),) = _STORED_NUMBER.rows(connection)
    return bool(changed * LEAST_SHARE >= number)


def store_columns(connection: Connection, columns: AllIncidentColumns) -> None:
    """Store columns of all incidents as they stand, in a transaction that began changes."""
    upto = last_change(connection).number
    connection.execute(delete(incident_columns))
    for piece, (first, last) in enumerate(_divided(columns)):
        insert_rows(connection, incident_columns, _ROW, [(piece, upto, *_packed(columns, first, last))])
    forget_changes(connection, upto)


class ColumnsAsMade:
    """Columns of all incidents, stored as these are made in a generation that nobody reads: in the order of pairs.

    What waits is no more than a piece and what came last.
    """

    def __init__(self) -> None:
        self._waiting: list[AllIncidentColumns] = []
        self._number = self._pieces = 0

    def add(self, connection: Connection, columns: AllIncidentColumns) -> None:
        """Add incidents in order, of pairs that follow those before, or go on with the last of them."""
        self._waiting.append(columns)
        self._number += len(columns)
        if sum(map(len, self._waiting)) > _PIECE:
            joined = following(self._waiting)
            *whole, (begun, _) = _divided(joined)
            for first, last in whole:
                self._store(connection, joined, first, last)
            self._waiting = [joined.from_pair(begun)]

    def finish(self, connection: Connection) -> None:
        """Store the rest, unless all incidents are so few that they are not stored as columns."""
        if self._number >= LEAST_CHANGED:
            joined = following(self._waiting)
            self._store(connection, joined, 0, len(joined.pairs))

    def _store(self, connection: Connection, columns: AllIncidentColumns, first: int, last: int) -> None:
        upto = last_change(connection).number
        insert_rows(connection, incident_columns, _ROW, [(self._pieces, upto, *_packed(columns, first, last))])
        self._pieces += 1


def _divided(columns: AllIncidentColumns) -> Iterator[tuple[int, int]]:
    """Yield which pairs are in one piece: from one until before another."""
    first = 0
    while first < len(columns.pairs) or first == 0:
        enough = columns.starts[first] + _PIECE
        last = max(first + 1, int(np.searchsorted(columns.starts, enough, side="right")) - 1)
        yield first, min(last, len(columns.pairs))
        first = last


def _packed(columns: AllIncidentColumns, first: int, last: int) -> Row:
    numbers = np.diff(columns.starts[first : last + 1]).tolist()
    some = columns.pairs[first:last]
    codes = sorted({code for pair in some for code in pair})
    place = {code: index for index, code in enumerate(codes)}
    pairs = msgspec.json.encode(
        _PairsOfPiece(codes, [place[a] for a, _ in some], [place[b] for _, b in some], numbers)
    )
    rows = slice(int(columns.starts[first]), int(columns.starts[last]))
    days, weights = columns.day[rows].astype(_DAYS), columns.weight[rows].astype(_WEIGHTS)
    texts = pairs.decode(), days.tobytes(), weights.tobytes(), columns.kind[rows].tobytes()
    return (rows.stop - rows.start, *texts, _checksum(*texts))


def _checksum(pairs: str, *columns: bytes) -> int:
    checksum = zlib.crc32(pairs.encode())
    for column in columns:
        checksum = zlib.crc32(column, checksum)
    return checksum


# All


def read_all(connection: Connection) -> AllIncidentColumns:
    """Return all incidents that stand, in order: from stored columns where there are any, else one by one."""
    columns = read_stored(connection)
    return read_incidents(connection) if columns is None else columns


def read_all_if_near(connection: Connection) -> AllIncidentColumns | None:
    """Return all incidents that stand, if they are stored as columns, or are few; else None."""
    columns = read_stored(connection)
    if columns is None and last_change(connection).total <= LEAST_CHANGED:
        return read_incidents(connection)
    return columns
