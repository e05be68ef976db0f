"""The history of a pair with many incidents: columns of all of them, and those whole that are asked for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Final, overload

import numpy as np
from sqlalchemy import Connection, bindparam, select

from projections.arrays import Ints
from projections.pairs import Pair
from projections.queries.stored.incidents_of_pair import columns_then, stored_columns
from projections.queries.stored.learned_later import LearnedLater
from projections.scoring.incidents import Incident
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import IncidentGroup, Tie, clients_of, ties_between
from projections.storage.bulk_rows import Row, select_rows
from projections.storage.connection import Prepared
from projections.storage.tables import incidents, relations

_FEW: Final = 2_000  # incidents that are read whole as soon as columns of them and those of some days are
_FEW_DAYS: Final = 200  # that are looked up one by one, before all others are read at once

_OF_PAIR: Final = select(*(incidents.c[name] for name in Incident._fields)).where(
    incidents.c.a == bindparam("a"), incidents.c.b == bindparam("b")
)
_ALL: Final = Prepared(_OF_PAIR)
_ON_DAY: Final = Prepared(_OF_PAIR.where(incidents.c.day == bindparam("day")))
_ID: Final = attrgetter("id")


class StoredIncidents(Sequence[Incident]):
    """The stored incidents of a pair by day and id: those of a day are read when one of them is asked for.

    It may be asked as long as the transaction lasts in which `days`, of all incidents and in order, were read. If
    something was `learned` later, they are as they were known before.
    """

    def __init__(
        self, connection: Connection, pair: Pair, days: Ints, learned: LearnedLater | None = None
    ) -> None:
        self._connection = connection
        self._pair = pair
        self._learned = learned
        self._days = days
        self._read: dict[int, list[Incident]] = {}

    def __len__(self) -> int:
        return len(self._days)

    @overload
    def __getitem__(self, place: int) -> Incident: ...
    @overload
    def __getitem__(self, place: slice) -> list[Incident]: ...
    def __getitem__(self, place: int | slice) -> Incident | list[Incident]:
        if isinstance(place, slice):
            return [self[each] for each in range(len(self))[place]]
        index = range(len(self))[place]
        day = int(self._days[index])
        if day not in self._read:
            self._read_day(day)
        return self._read[day][index - int(np.searchsorted(self._days, day))]

    def _read_day(self, day: int) -> None:
        a, b = self._pair
        if len(self._read) < _FEW_DAYS:
            of_day = self._as_known(_ON_DAY.rows(self._connection, a=a, b=b, day=day))
            self._read[day] = sorted((incident for incident in of_day if incident.day == day), key=_ID)
            return
        by_day: defaultdict[int, list[Incident]] = defaultdict(list)
        for incident in self._as_known(_ALL.rows(self._connection, a=a, b=b)):
            by_day[incident.day].append(incident)
        self._read |= {on: sorted(found, key=_ID) for on, found in by_day.items()}

    def _as_known(self, rows: Iterable[Row]) -> Iterable[Incident]:
        found = map(Incident._make, rows)
        return found if self._learned is None else self._learned.as_known(found, self._pair)


def are_many(connection: Connection, pairs: Collection[Pair], few: int | None = None) -> bool:
    """Return whether some pairs have more incidents than a few, by default those that are soon read whole."""
    rows = select_rows(connection, relations, ("incidents",), ("a", "b"), pairs)
    return sum(int(number) for (number,) in rows) > (_FEW if few is None else few)


def stored_history(
    connection: Connection, pair: Pair, ties: Sequence[Tie], learned: LearnedLater | None = None
) -> PairHistory:
    """Return the history of a pair as it is stored, by the ties of the two or of more actors.

    If something was `learned` later, it is as it was known before, and goes no further than until the day of that.
    """

    def group(of: Pair, tie: Tie | None = None) -> IncidentGroup:
        columns = columns_then(connection, of, learned) if learned else stored_columns(connection, of)
        return IncidentGroup(StoredIncidents(connection, of, columns.day, learned), columns, tie)

    spilled = tuple(group(client.pair, client.tie) for client in clients_of(pair, ties))
    return PairHistory(pair, group(pair), spilled, ties_between(pair, ties))
