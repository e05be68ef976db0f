"""How all pairs stood on the days that were asked about last: who goes on to another page sums nothing again."""

from functools import partial
from threading import Lock
from typing import Final

from sqlalchemy import Connection

from projections.queries.question import Question
from projections.queries.relation_list import AllRelations, relations_at
from projections.storage.incident_cache import IncidentCache
from projections.storage.reading.snapshot import Mark

MAX_DAYS: Final = 4  #: that are kept
#: That are kept of all days together, at some 100 bytes each; those of the last day always are.
MAX_PAIRS: Final = 1_000_000

_DayAsked = tuple[int, bool]  # a day, and whether all is made from incidents
_TablesAt = tuple[Mark, int | None]  # of the tables, and the position of the history that is read for them


class RelationsCache:
    """All relations by the default model in one state of the tables, by day. Threads may share it."""

    def __init__(self, incidents: IncidentCache) -> None:
        self._incidents = incidents
        self._lock = Lock()
        self._state: _TablesAt | None = None
        self._kept: dict[_DayAsked, AllRelations] = {}

    def at(
        self, connection: Connection, mark: Mark, question: Question, *, from_incidents: bool = False
    ) -> AllRelations:
        """Return how all pairs stand, as `relations_at`, in a transaction that sees the tables at a mark."""
        make = partial(
            relations_at,
            connection,
            question,
            self._incidents.at,
            from_incidents=from_incidents,
            cache=self._incidents,
        )
        if not question.is_plain:
            return make()
        state, asked = (mark, self._incidents.history_for(connection)), (question.day, from_incidents)
        with self._lock:
            found = self._kept.get(asked) if self._state == state else None
        if found is None:
            self._keep(state, asked, found := make())
        return found

    def _keep(self, state: _TablesAt, asked: _DayAsked, found: AllRelations) -> None:
        with self._lock:
            if self._state != state:
                self._state, self._kept = state, {}
            self._kept[asked] = found
            while len(self._kept) > 1 and (len(self._kept) > MAX_DAYS or self._pairs() > MAX_PAIRS):
                del self._kept[next(iter(self._kept))]

    def _pairs(self) -> int:
        return sum(map(len, self._kept.values()))
