"""Where the history of a pair is entered: its levels on a day, for all that came before, and the state then.

What a pair's later days hang on is what its incidents come to by then, kept for each day that has any, and which
of them are of the last weeks. So of ten years of incidents the last weeks are read, and one row. ADR 45 says why.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from domain.standards.plover import ASSAULT
from projections.pairs import Pair
from projections.publishers.daily_levels import DAILY_LEVEL, HALF_LIVES, level_after
from projections.queries.load_pairs import pair_with_clients
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns
from projections.scoring.spillover import Tie
from projections.scoring.states import RunsEntry, State
from projections.storage.bulk_rows import Row
from projections.storage.by_pair.since import PairDay, count_since, select_last_before, select_since
from projections.storage.tables import STATE_RUN, daily_levels, incidents, state_runs

#: How many days before one incidents are looked at one by one: for assaults of late, and for how long it is quiet.
WINDOW: Final = max(DEFAULT_MODEL.clash_window, DEFAULT_MODEL.quiet_window)

Ties = Mapping[Pair, Sequence[Tie]]  #: those that count for each pair
_COLUMNS: Final = ("a", "b", "day", "weight", "material", "direction", "type")
_BY_PAIR: Final = itemgetter(0, 1)
_SIGNS: Final = (-1.0, -1.0, 1.0, 1.0)  # of each level
_MATERIAL: Final = (False, True, False, True)


class EnteredHistory(NamedTuple):
    """A pair's history of late, and where it is entered: it is good for that day and later ones alone."""

    history: PairHistory
    entry: RunsEntry


def days_needed(since: Mapping[Pair, int], ties: Ties) -> dict[Pair, int]:
    """Return from which day on incidents are read to enter some pairs since a day: theirs and their clients'."""
    needed: dict[Pair, int] = {}
    for pair, day in since.items():
        for each in pair_with_clients(pair, ties[pair]):
            needed[each] = min(needed.get(each, day), day - WINDOW)
    return needed


def count_needed(connection: Connection, needed: Mapping[Pair, int]) -> dict[Pair, int]:
    """Return how many incidents are read of each pair; those that have levels alone count as one."""
    wanted = _wanted(needed)
    levels = select_last_before(connection, daily_levels, ("a", "b"), wanted)
    found = count_since(connection, incidents, wanted)
    return found | {(a, b): found.get((a, b), 0) + 1 for a, b in levels}


def load_entered(connection: Connection, since: Mapping[Pair, int], ties: Ties) -> Iterator[EnteredHistory]:
    """Yield the histories of some pairs, as they are known now, entered on a day of each."""
    columns = _load_columns(connection, days_needed(since, ties))
    runs = select_last_before(connection, state_runs, STATE_RUN, _wanted(since), day="first_day")
    before = {(a, b): State(state) for a, b, _, state in runs}
    for pair, day in since.items():
        history = PairHistory.of_columns(pair, columns, ties[pair])
        yield EnteredHistory(history, RunsEntry(day, before.get(pair, State.UNKNOWN)))


def _load_columns(connection: Connection, needed: Mapping[Pair, int]) -> dict[Pair, IncidentColumns]:
    wanted = _wanted(needed)
    rows: dict[Pair, list[tuple[Any, ...]]] = {pair: [] for pair in needed}
    for row in select_last_before(connection, daily_levels, DAILY_LEVEL, wanted):
        rows[row[0], row[1]] = _as_incidents(row, needed[row[0], row[1]] - 1)
    for pair, of_pair in groupby(select_since(connection, incidents, _COLUMNS, wanted), key=_BY_PAIR):
        rows[pair] += [
            (day, weight, material, direction, type_ == ASSAULT)
            for _, _, day, weight, material, direction, type_ in of_pair
        ]
    return {pair: IncidentColumns.of(of_pair) for pair, of_pair in rows.items()}


def _as_incidents(levels: Row, day: int) -> list[tuple[Any, ...]]:
    """Return what levels come to on a later day, as columns of incidents of that day: no assaults, and mutual."""
    left = [
        level_after(level, day - levels[2], half_life)
        for level, half_life in zip(levels[3:], HALF_LIVES, strict=True)
    ]
    return [
        (day, sign * level, material, 2, False)
        for level, sign, material in zip(left, _SIGNS, _MATERIAL, strict=True)
        if level
    ]


def _wanted(days: Mapping[Pair, int]) -> list[PairDay]:
    return [(*pair, day) for pair, day in sorted(days.items())]
