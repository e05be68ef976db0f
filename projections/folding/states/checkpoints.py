"""Where the history of a pair is entered: its levels on a day, for all that came before, and the state then.

What a pair's later days hang on is what its incidents come to by then, kept for each day that has any, and which
of them are of the last weeks. So of ten years of incidents the last weeks are read, and one row. ADR 45 says why.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from sqlalchemy import Connection

from domain.standards.plover import ASSAULT
from projections.pairs import Pair
from projections.publishers.daily_levels import DAILY_LEVEL, HALF_LIVES, level_after
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns
from projections.scoring.spillover import Client, IncidentGroup, Tie, clients_of, ties_between
from projections.scoring.states import RunsEntry, State
from projections.storage.by_pair.since import PairDay, count_since, select_last_before, select_since
from projections.storage.tables import STATE_RUN, daily_levels, incidents, state_runs

#: How many days before one incidents are looked at one by one: for assaults of late, and for how long it is quiet.
WINDOW: Final = max(DEFAULT_MODEL.clash_window, DEFAULT_MODEL.quiet_window)

_ColumnsRow = tuple[int, float, bool, int, bool]  # as of columns of them
_COLUMNS: Final = ("a", "b", "day", "weight", "material", "direction", "type")
#: Of each level its half-life, the sign of its weights, and whether it is of deeds.
_LEVELS: Final = tuple(zip(HALF_LIVES, (-1.0, -1.0, 1.0, 1.0), (False, True, False, True), strict=True))
_OF_CONFLICT: Final = _LEVELS[:2]


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
    rows = _load_rows(connection, entered)
    since = _wanted({each.pair: each.day for each in entered})
    runs = select_last_before(connection, state_runs, STATE_RUN, since, day="first_day")
    before = {(a, b): State(state) for a, b, _, state in runs}
    for pair, day, clients, between in entered:
        steady = [client for client in clients if client.tie.days[-1] < day]
        turning = [_group(rows[client.pair], client.tie) for client in clients if client.tie.days[-1] >= day]
        together = list(chain.from_iterable(rows[client.pair] for client in steady))
        spilled = (_group(together, steady[0].tie), *turning) if together else tuple(turning)
        history = PairHistory(pair, _group(rows[pair]), spilled, between)
        yield EnteredHistory(history, RunsEntry(day, before.get(pair, State.UNKNOWN)))


def _days_needed(entered: Iterable[EnteredPair]) -> dict[Pair, int]:
    """Return from which day on incidents are read to enter some pairs: theirs and their clients'."""
    needed = {each.pair: each.day - WINDOW for each in entered}
    for _, day, clients, _ in entered:
        for client in clients:
            needed[client.pair] = min(needed.get(client.pair, day), day)
    return needed


def _group(rows: list[_ColumnsRow], tie: Tie | None = None) -> IncidentGroup:
    return IncidentGroup((), IncidentColumns.of(rows), tie)


def _load_rows(connection: Connection, entered: Sequence[EnteredPair]) -> dict[Pair, list[_ColumnsRow]]:
    """Return the incidents that are read to enter some pairs, as rows of columns, and the levels before them.

    Of pairs that are clients' alone it is conflict, as nothing else spills over.
    """
    needed = _days_needed(entered)
    wanted, own = _wanted(needed), {each.pair for each in entered}
    rows: dict[Pair, list[_ColumnsRow]] = {pair: [] for pair in needed}
    for a, b, day, *levels in select_last_before(connection, daily_levels, DAILY_LEVEL, wanted):
        kinds = _LEVELS if (a, b) in own else _OF_CONFLICT
        before = needed[a, b] - 1
        rows[a, b] = [
            (before, sign * left, material, 2, False)  # no assaults, and mutual
            for level, (half_life, sign, material) in zip(levels, kinds, strict=False)
            if (left := level_after(level, before - day, half_life))
        ]
    for a, b, day, weight, material, direction, type_ in select_since(connection, incidents, _COLUMNS, wanted):
        rows[a, b].append((day, weight, material, direction, type_ == ASSAULT))
    return rows


def _wanted(days: Mapping[Pair, int]) -> list[PairDay]:
    return [(*pair, day) for pair, day in sorted(days.items())]
