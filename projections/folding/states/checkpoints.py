"""Where the history of a pair is entered: its levels on a day, for all that came before, and the state then.

What a pair's later days hang on is what its incidents come to by then, kept for each day that has any, and which
of them are of the last weeks. So of ten years of incidents the last weeks are read, and one row. ADR 45 says why.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import Connection

from domain.standards.plover import ASSAULT
from projections.arrays import Bools, Ints
from projections.pairs import Pair
from projections.publishers.daily_levels import levels_after
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns
from projections.scoring.spillover import Client, IncidentGroup, Tie, clients_of, ties_between
from projections.scoring.states import RunsEntry, State
from projections.storage.by_pair.since import PLACE, PairDay, count_since, select_last_before, select_since
from projections.storage.columns.incident_columns import rows_between
from projections.storage.tables import STATE_RUN, SUMMED_LEVELS, daily_levels, incidents, state_runs

#: How many days before one incidents are looked at one by one: for assaults of late, and for how long it is quiet.
WINDOW: Final = max(DEFAULT_MODEL.clash_window, DEFAULT_MODEL.quiet_window)

_COLUMNS: Final = (PLACE, "day", "weight", "material", "direction", "type")
#: Of each level the sign of its weights, and whether it is of deeds.
_SIGNS: Final = np.array((-1.0, -1.0, 1.0, 1.0))
_ARE_DEEDS: Final = np.array((False, True, False, True))
_OF_COOPERATION: Final = slice(2, None)


class EnteredHistory(NamedTuple):
    """A pair's history of late, and where it is entered: it is good for that day and later ones alone."""

    history: PairHistory
    entry: RunsEntry


class EnteredPair(NamedTuple):
    """A pair that is entered on a day, and what bears on it then or later: clients, and ties between the two."""

    pair: Pair
    day: int
    clients: Sequence[Client]
    between: tuple[Tie, ...]

    @classmethod
    def of(cls, pair: Pair, day: int, ties: Iterable[Tie]) -> "EnteredPair":
        """Return a pair with those of its ties that are active, or turn, on the day or later."""
        late = [tie for tie in ties if tie.active[-1] or tie.days[-1] >= day]
        return cls(pair, day, clients_of(pair, late), ties_between(pair, late))


def count_needed(connection: Connection, entered: Sequence[EnteredPair]) -> list[int]:
    """Return how many incidents are read for each pair; a client counts as one more, for its levels."""
    found = count_since(connection, incidents, _wanted(_days_needed(entered)))
    return [
        found.get(each.pair, 0) + sum(found.get(client.pair, 0) + 1 for client in each.clients) for each in entered
    ]


def load_entered(connection: Connection, entered: Sequence[EnteredPair]) -> Iterator[EnteredHistory]:
    """Yield the histories of some pairs, as they are known now, entered on a day of each.

    The clients of all ties that turn no more are one group: what they come to together is what spills over.
    """
    columns = _load_columns(connection, entered)
    since = _wanted({each.pair: each.day for each in entered})
    runs = select_last_before(connection, state_runs, STATE_RUN, since, day="first_day")
    before = {(a, b): State(state) for a, b, _, state in runs}
    for pair, day, clients, between in entered:
        steady = [client for client in clients if client.tie.days[-1] < day]
        turning = [
            IncidentGroup((), columns.of([client.pair]), client.tie)
            for client in clients
            if client.tie.days[-1] >= day
        ]
        together = columns.of([client.pair for client in steady])
        spilled = (IncidentGroup((), together, steady[0].tie), *turning) if len(together) else tuple(turning)
        history = PairHistory(pair, IncidentGroup((), columns.of([pair])), spilled, between)
        yield EnteredHistory(history, RunsEntry(day, before.get(pair, State.UNKNOWN)))


def _days_needed(entered: Iterable[EnteredPair]) -> dict[Pair, int]:
    """Return from which day on incidents are read to enter some pairs: theirs and their clients'."""
    needed = {each.pair: each.day - WINDOW for each in entered}
    for _, day, clients, _ in entered:
        for client in clients:
            needed[client.pair] = min(needed.get(client.pair, day), day)
    return needed


class _ColumnsByPair(NamedTuple):
    """Columns of some pairs, one behind the other: those of each begin at its place in `starts`."""

    places: dict[Pair, int]
    starts: Ints
    columns: IncidentColumns

    def of(self, pairs: Sequence[Pair]) -> IncidentColumns:
        """Return the columns of some pairs, in their order."""
        places = [self.places[pair] for pair in pairs]
        if len(places) == 1:
            return self.columns.at(slice(self.starts[places[0]], self.starts[places[0] + 1]))
        begins = np.array(places, dtype=np.int64)
        return self.columns.at(rows_between(self.starts[begins], self.starts[begins + 1]))


def _load_columns(connection: Connection, entered: Sequence[EnteredPair]) -> _ColumnsByPair:
    """Return the incidents that are read to enter some pairs, in each behind the levels before them.

    Of pairs that are clients' alone it is conflict, as nothing else spills over.
    """
    wanted = _wanted(_days_needed(entered))
    places = {(a, b): place for place, (a, b, _) in enumerate(wanted)}
    is_own = np.zeros(len(wanted), dtype=np.bool_)
    is_own[[places[each.pair] for each in entered]] = True
    of_levels, levels = _load_levels(connection, wanted, is_own)
    rows = select_since(connection, incidents, _COLUMNS, wanted)
    of_late, day, weight, material, direction, type_ = zip(*rows, strict=True) if rows else ((),) * len(_COLUMNS)
    late = IncidentColumns.of_columns(day, weight, material, direction, [each == ASSAULT for each in type_])
    place = np.concatenate((of_levels, of_late)).astype(np.int64)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(wanted) + 1))
    return _ColumnsByPair(places, starts, IncidentColumns.joined([levels, late]).at(order))


def _load_levels(connection: Connection, wanted: Sequence[PairDay], is_own: Bools) -> tuple[Ints, IncidentColumns]:
    """Return the levels of some pairs on the day before one of each, and whose each is: its pair's place."""
    rows = select_last_before(connection, daily_levels, (PLACE, "day", *SUMMED_LEVELS), wanted)
    if not rows:
        return np.zeros(0, np.int64), IncidentColumns.of([])
    place, day, *of_kinds = map(np.array, zip(*rows, strict=True))
    before = np.array([needed for _, _, needed in wanted])[place] - 1
    left = levels_after(np.array(of_kinds).T, before - day)
    left[:, _OF_COOPERATION] *= is_own[place, None]
    row, kind = np.nonzero(left)
    mutual = np.full(len(row), 2)
    columns = (before[row], _SIGNS[kind] * left[row, kind], _ARE_DEEDS[kind], mutual, np.zeros(len(row), np.bool_))
    return place[row], IncidentColumns(*columns)


def _wanted(days: Mapping[Pair, int]) -> list[PairDay]:
    return [(*pair, day) for pair, day in sorted(days.items())]
