"""What changes the incidents in the tables, noted with it: columns in memory and in the tables go on by it.

Changes are numbered without gaps, in the order in which they were made.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, select

from projections.scoring.incidents import Incident
from projections.storage.columns.apply_changes import IncidentChanges
from projections.storage.columns.column_tables import incident_changes
from projections.storage.connection import Prepared
from projections.storage.tables import generations, progress


class Standing(NamedTuple):
    """Which state of the incidents a transaction sees: of which generation of the tables, after which change."""

    generation: int
    change: int


class LastChange(NamedTuple):
    """The number of a change, 0 for none, and how many incidents have gone and come until then."""

    number: int = 0
    total: int = 0


_PROGRESS: Final = select(progress.c.name).with_for_update()
_NUMBER: Final = incident_changes.c.number
_LAST: Final = select(func.coalesce(func.max(_NUMBER), literal_column("0"))).scalar_subquery()
_STANDING: Final = Prepared(select(generations.c.live, _LAST))
_LAST_CHANGE: Final = Prepared(select(_NUMBER, incident_changes.c.total).where(_NUMBER == _LAST))
_FROM_TO: Final = Prepared(
    select(_NUMBER, incident_changes.c.total, incident_changes.c.changes)
    .where(bindparam("after") <= _NUMBER, bindparam("upto") >= _NUMBER)
    .order_by(_NUMBER)
)


def begin_changes(connection: Connection) -> None:
    """Let nobody else change incidents until this transaction ends, as one does who moves the position."""
    connection.execute(_PROGRESS).all()


def note_changes(connection: Connection, gone: Sequence[Incident], come: Sequence[Incident]) -> None:
    """Note that incidents went and others came, in the transaction in which they do, which began changes."""
    last = last_change(connection)
    changes = IncidentChanges.of(gone, come)
    row = {"number": last.number + 1, "total": last.total + len(changes)}
    connection.execute(insert(incident_changes).values(**row, changes=msgspec.json.encode(changes).decode()))


def last_change(connection: Connection) -> LastChange:
    """Return the last change."""
    rows = _LAST_CHANGE.rows(connection)
    return LastChange._make(rows[0]) if rows else LastChange()


def read_standing(connection: Connection) -> Standing:
    """Return which state of the incidents a transaction on the live generation sees."""
    return Standing._make(_STANDING.row(connection))


def read_changes(connection: Connection, after: int, upto: int) -> list[IncidentChanges] | None:
    """Return the changes behind one up to another; None if they are not all there any more, as they were noted."""
    rows = _FROM_TO.rows(connection, after=after, upto=upto)
    if after > upto or [number for number, _, _ in rows] != list(range(max(after, 1), upto + 1)):
        return None
    before = rows.pop(0)[1] if after else 0
    changes = [msgspec.json.decode(text, type=IncidentChanges) for _, _, text in rows]
    totals = accumulate(map(len, changes), initial=before)
    return changes if [total for _, total, _ in rows] == list(totals)[1:] else None


def forget_changes(connection: Connection, before: int) -> None:
    """Forget the changes before one, which stays: the next has the number behind the last."""
    connection.execute(delete(incident_changes).where(before > _NUMBER))
