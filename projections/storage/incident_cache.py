"""All incidents as columns in memory: how all pairs stood on any day is a sum over them.

They are those of one state of the tables. For the next state they go on by what was noted of it; where that is not
at hand, they come from the columns in the tables, or from the incidents one by one.
"""

import logging
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, NamedTuple, Protocol

from sqlalchemy import Connection

from projections.arrays import Floats
from projections.storage.columns.apply_changes import DoNotMatch, IncidentChanges, apply_changes
from projections.storage.columns.incident_columns import AllIncidentColumns as AllIncidentColumns
from projections.storage.columns.note_changes import Standing, read_changes, read_standing
from projections.storage.columns.pair_levels import go_on_with_levels, read_levels
from projections.storage.columns.stored_columns import read_all, read_all_if_near

_log = logging.getLogger(__name__)

_MANY: Final = 4  # where one pair in so many has changed, all are read
MAX_CACHED: Final = 40_000_000  #: incidents that stay in memory, at 13 bytes each


class ColumnsOfHistory(Protocol):
    """Where columns come from before the tables are looked at."""

    def position_for(self, connection: Connection) -> int | None:
        """Return the position of the history that is read for a transaction, None where it is not."""

    def read_columns(self, connection: Connection) -> AllIncidentColumns | None:
        """Return all incidents as the tables have them, in order, None where that cannot be."""


class NoHistory:
    """That there is no history."""

    def position_for(self, _: Connection) -> None:
        """Return None."""

    def read_columns(self, _: Connection) -> None:
        """Return None."""


ReadAllColumns = Callable[[Connection], AllIncidentColumns]  #: all incidents, which may be in memory already
CorrectColumns = Callable[[Connection, AllIncidentColumns], AllIncidentColumns]


class ColumnsAtHand(NamedTuple):
    """Incidents as they are stored in one state of the tables, and as they are."""

    standing: Standing
    stored: AllIncidentColumns
    now: AllIncidentColumns


class _CachedLevels(NamedTuple):
    """The levels of the running sums in one state of the tables, by pair."""

    at_hand: ColumnsAtHand
    levels: Floats


class IncidentCache:
    """The incidents of the states of the tables that were last asked about. Threads may share it.

    `correct` makes of incidents as they are stored what they are. They come from a `history` where that can be.
    """

    def __init__(
        self, correct: CorrectColumns = lambda _, stored: stored, history: ColumnsOfHistory | None = None
    ) -> None:
        self._correct = correct
        self._history = history or NoHistory()
        self._lock = Lock()
        self._cached: list[ColumnsAtHand] = []  # the newest first
        self._levels: _CachedLevels | None = None

    def history_for(self, connection: Connection) -> int | None:
        """Return the position of the history that incidents come from in a transaction, None without one."""
        return self._history.position_for(connection)

    def at(self, connection: Connection) -> AllIncidentColumns:
        """Return the incidents as a transaction sees them."""
        found = self._find(connection, read_all)
        assert found is not None, "all can be read"
        return found.now

    def near(self, connection: Connection) -> ColumnsAtHand | None:
        """Return the incidents as a transaction sees them, if they are in memory or stored as columns, or few."""
        return self._find(connection, read_all_if_near)

    def levels(self, connection: Connection, at_hand: ColumnsAtHand) -> Floats:
        """Return the levels of all pairs' running sums as a transaction sees them, by the pairs of its incidents.

        `at_hand` is what `near` returned to it. Raises `OtherPairs`.
        """
        with self._lock:
            cached, standing = self._levels, at_hand.standing
            if cached is not None and cached.at_hand.standing == standing:
                return cached.levels
            found = None if cached is None else self._go_on_with_levels(connection, cached, at_hand)
            if found is None:
                found = read_levels(connection, at_hand.stored)
            if cached is None or standing > cached.at_hand.standing:
                self._levels = _CachedLevels(at_hand, found)
            return found

    def _go_on_with_levels(
        self, connection: Connection, cached: _CachedLevels, at_hand: ColumnsAtHand
    ) -> Floats | None:
        before, now = cached.at_hand.standing, at_hand.standing
        if before.generation != now.generation or before > now:
            return None
        changes = read_changes(connection, before.change, now.change)
        changed = {pair for each in changes or () for pair in each.pairs}
        if changes is None or len(changed) * _MANY > len(at_hand.stored.pairs):
            return None
        return go_on_with_levels(connection, cached.at_hand.stored, cached.levels, at_hand.stored, changed)

    def _find(
        self, connection: Connection, read: Callable[[Connection], AllIncidentColumns | None]
    ) -> ColumnsAtHand | None:
        standing, history = read_standing(connection), self.history_for(connection)
        with self._lock:
            for cached in self._cached:
                if (cached.standing, cached.stored.history) == (standing, history):
                    return cached
            stored = self._go_on(connection, standing, history)
            if stored is None and history is not None:
                stored = self._history.read_columns(connection)
            if stored is None and (stored := read(connection)) is None:
                return None
            found = ColumnsAtHand(standing, stored, self._correct(connection, stored))
            newest = self._cached[0] if self._cached else None
            is_newest = newest is None or standing > newest.standing or history != newest.stored.history
            if len(stored) <= MAX_CACHED and is_newest:
                # Who began to read before the last page was folded may still ask for what it followed.
                before = self._cached[:1] if len(stored) <= MAX_CACHED // 2 else []
                self._cached = [found, *before]
            return found

    def _go_on(self, connection: Connection, standing: Standing, history: int | None) -> AllIncidentColumns | None:
        """Return the incidents, made from those of an earlier state; None if what changed since is not known."""
        for cached in self._cached:  # the newest may be newer than this state: then from the one before it
            if cached.stored.history != history:
                continue
            if cached.standing.generation == standing.generation and cached.standing <= standing:
                changes = read_changes(connection, cached.standing.change, standing.change)
                return None if changes is None else _changed(cached.stored, changes)
        return None


def _changed(columns: AllIncidentColumns, changes: Sequence[IncidentChanges]) -> AllIncidentColumns | None:
    try:
        return apply_changes(columns, changes)
    except DoNotMatch as error:
        _log.warning("the columns of incidents in memory cannot be used any more: %s", error)
        return None
