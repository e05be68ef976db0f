"""Runs of states, brought up to date for the pairs that the last pages touched."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile
from typing import Final

from sqlalchemy import Connection, and_, select, tuple_

from projections.folding.states.checkpoints import EnteredHistory, EnteredPair, count_needed, load_entered
from projections.pairs import Pair
from projections.queries.load_pairs import load_ties_that_count
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns
from projections.scoring.runs_of_many import runs_of_many
from projections.scoring.states import RunsEntry
from projections.storage.bulk_rows import Row, delete_rows, insert_rows
from projections.storage.by_pair.since import delete_since
from projections.storage.tables import STATE_RUN, relations, stale_states, state_runs

#: What is made anew in one transaction, between two pages of the log: so a page waits for that much at most.
MOST_PAIRS: Final = 200
MOST_STALE: Final = 1000  #: with those that have no incidents, but one that backs the other: these take little
MOST_INCIDENTS: Final = 20_000  #: that are gone through for these pairs, unless one pair alone has more

_PAIR: Final = (stale_states.c.a, stale_states.c.b)


def refresh_states(connection: Connection, after: Pair | None = None) -> Pair | None:
    """Make the runs of a few stale pairs anew, from the day on since which they are stale.

    Return the last of these pairs, None if none was stale. They are those that follow a pair in code order, or
    the first of all behind the last: so each has its turn, whatever becomes stale meanwhile. No incident may be
    left to be weighed anew.
    """
    stale = _stale_pairs(connection, after)
    if not stale and after is not None:
        stale = _stale_pairs(connection, None)
    if not stale:
        return None
    ties = load_ties_that_count(connection, list(stale))
    few = _few(connection, [EnteredPair.of(pair, since, ties[pair]) for pair, since in stale.items()])
    rows = _entered_rows(load_entered(connection, few))
    delete_since(connection, state_runs, [(*each.pair, each.day) for each in few], day="first_day")
    delete_rows(connection, stale_states, ("a", "b"), [each.pair for each in few])
    insert_rows(connection, state_runs, STATE_RUN, rows)
    return few[-1].pair


def _stale_pairs(connection: Connection, after: Pair | None) -> dict[Pair, int]:
    """Return the stale pairs that follow another, up to `MOST_PAIRS` of them with incidents of their own.

    Each has the day since which it is stale.
    """
    own = and_(relations.c.a == stale_states.c.a, relations.c.b == stale_states.c.b)
    chosen = (
        select(*_PAIR, stale_states.c.since, relations.c.incidents)
        .select_from(stale_states.outerjoin(relations, own))
        .order_by(*_PAIR)
        .limit(max(MOST_STALE, MOST_PAIRS))
    )
    if after is not None:
        chosen = chosen.where(tuple_(*_PAIR) > tuple_(*after))
    rows = connection.execute(chosen).all()
    having = accumulate(bool(incidents) for *_, incidents in rows)
    return {(a, b): since for (a, b, since, _), number in zip(rows, having, strict=True) if number <= MOST_PAIRS}


def _few(connection: Connection, stale: Sequence[EnteredPair]) -> Sequence[EnteredPair]:
    """Return the first of some stale pairs, one at least.

    They are as many as take no more than `MOST_INCIDENTS`, and no more than `MOST_PAIRS` of them any.
    """
    sizes = count_needed(connection, stale)
    sums = zip(accumulate(sizes), accumulate(size > 0 for size in sizes), strict=True)
    few = sum(1 for _ in takewhile(lambda sums: sums[0] <= MOST_INCIDENTS and sums[1] <= MOST_PAIRS, sums))
    return stale[: max(few, 1)]


def _entered_rows(entered: Iterable[EnteredHistory]) -> list[Row]:
    """Return the runs of some pairs since they are entered, as rows of `state_runs`."""
    rows: list[Row] = []
    own: dict[Pair, IncidentColumns] = {}
    entries: list[RunsEntry] = []
    for history, entry in entered:
        if _is_own_alone(history):
            own[history.pair] = history.own.columns
            entries.append(entry)
        else:
            runs = history.runs_since(entry, DEFAULT_MODEL)
            rows += [(*history.pair, day, state.value) for day, state in runs]
    if own:
        rows += own_run_rows(list(own), IncidentColumns.joined(own.values()), [*map(len, own.values())], entries)
    return rows


def _is_own_alone(history: PairHistory) -> bool:
    """Return whether a pair has incidents, and nothing spills over to it, nor does one back the other."""
    return bool(len(history.own.columns)) and not (history.spilled or history.between)


def run_rows(histories: Iterable[PairHistory]) -> list[Row]:
    """Return the runs of some pairs, as rows of `state_runs`."""
    rows: list[Row] = []
    own: dict[Pair, IncidentColumns] = {}
    for history in histories:
        if _is_own_alone(history):
            own[history.pair] = history.own.columns
        else:
            rows += [(*history.pair, day, state.value) for day, state in history.runs(DEFAULT_MODEL)]
    if own:
        rows += own_run_rows(list(own), IncidentColumns.joined(own.values()), [*map(len, own.values())])
    return rows


def own_run_rows(
    pairs: Sequence[Pair],
    incidents: IncidentColumns,
    sizes: Sequence[int],
    entries: Sequence[RunsEntry] | None = None,
) -> list[Row]:
    """Return the runs of pairs to which nothing spills over, as rows; the rest as for `runs_of_many`."""
    found = runs_of_many(incidents, sizes, DEFAULT_MODEL, entries)
    return [(*pairs[run.pair], run.first_day, run.state.value) for run in found]
