"""Runs of states, brought up to date for the pairs that the last pages touched."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, takewhile
from typing import Final

from sqlalchemy import Connection, and_, select, tuple_

from projections.pairs import Pair
from projections.queries.load_pairs import load_pairs, load_ties_that_count, pair_with_clients
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns, columns_of
from projections.scoring.runs_of_many import runs_of_many
from projections.scoring.spillover import Tie
from projections.storage.bulk_rows import Row, delete_rows, insert_rows, select_rows
from projections.storage.tables import STATE_RUN, relations, stale_states, state_runs

#: What is made anew in one transaction, between two pages of the log: so a page waits for that much at most.
MOST_PAIRS: Final = 200
MOST_STALE: Final = 1000  #: with those that have no incidents, but one that backs the other: these take little
MOST_INCIDENTS: Final = 20_000  #: that are gone through for these pairs, unless one pair alone has more

_PAIR: Final = (stale_states.c.a, stale_states.c.b)


def refresh_states(connection: Connection, after: Pair | None = None) -> Pair | None:
    """Make the runs of a few stale pairs anew; return the last of these pairs, None if none was stale.

    They are those that follow a pair in code order, or the first of all behind the last: so each has its turn,
    whatever becomes stale meanwhile.
    """
    pairs = _stale_pairs(connection, after)
    if not pairs and after is not None:
        pairs = _stale_pairs(connection, None)
    if not pairs:
        return None
    ties = load_ties_that_count(connection, pairs)
    pairs = _few(connection, pairs, ties)
    rows = run_rows(load_pairs(connection, pairs, ties))
    for table in (state_runs, stale_states):
        delete_rows(connection, table, ("a", "b"), pairs)
    insert_rows(connection, state_runs, STATE_RUN, rows)
    return pairs[-1]


def _stale_pairs(connection: Connection, after: Pair | None) -> list[Pair]:
    """Return the stale pairs that follow another, up to `MOST_PAIRS` of them with incidents of their own."""
    own = and_(relations.c.a == stale_states.c.a, relations.c.b == stale_states.c.b)
    chosen = (
        select(*_PAIR, relations.c.incidents)
        .select_from(stale_states.outerjoin(relations, own))
        .order_by(*_PAIR)
        .limit(max(MOST_STALE, MOST_PAIRS))
    )
    if after is not None:
        chosen = chosen.where(tuple_(*_PAIR) > tuple_(*after))
    rows = connection.execute(chosen).all()
    having = accumulate(bool(incidents) for _, _, incidents in rows)
    return [(a, b) for (a, b, _), number in zip(rows, having, strict=True) if number <= MOST_PAIRS]


def _few(connection: Connection, pairs: Sequence[Pair], ties: Mapping[Pair, Sequence[Tie]]) -> list[Pair]:
    """Return the first of some pairs, one at least.

    They are as many as have no more than `MOST_INCIDENTS`, and no more than `MOST_PAIRS` of them any.
    """
    wanted = [pair_with_clients(pair, ties[pair]) for pair in pairs]
    rows = select_rows(connection, relations, ("a", "b", "incidents"), ("a", "b"), set().union(*wanted))
    sizes = {(a, b): incidents for a, b, incidents in rows}
    of_each = [sum(sizes.get(pair, 0) for pair in of_pair) for of_pair in wanted]
    sums = zip(accumulate(of_each), accumulate(size > 0 for size in of_each), strict=True)
    few = sum(1 for _ in takewhile(lambda sums: sums[0] <= MOST_INCIDENTS and sums[1] <= MOST_PAIRS, sums))
    return list(pairs[: max(few, 1)])


def run_rows(histories: Iterable[PairHistory]) -> list[Row]:
    """Return the runs of some pairs, as rows of `state_runs`."""
    rows: list[Row] = []
    own: dict[Pair, IncidentColumns] = {}
    for history in histories:
        if history.spilled or history.between or not len(history.own.columns):
            rows += [(*history.pair, day, state.value) for day, state in history.runs(DEFAULT_MODEL)]
        else:
            own[history.pair] = history.own.columns
    if own:
        rows += _rows_of_runs(list(own), IncidentColumns.joined(own.values()), [*map(len, own.values())])
    return rows


def own_run_rows(by_pair: Mapping[Pair, Sequence[Incident]]) -> list[Row]:
    """Return the runs of pairs with some incidents of their own, by day, to which nothing spills over, as rows."""
    if not by_pair:
        return []
    columns = columns_of(list(chain.from_iterable(by_pair.values())))
    return _rows_of_runs(list(by_pair), columns, [*map(len, by_pair.values())])


def _rows_of_runs(pairs: Sequence[Pair], incidents: IncidentColumns, sizes: Sequence[int]) -> list[Row]:
    found = runs_of_many(incidents, sizes, DEFAULT_MODEL)
    return [(*pairs[run.pair], run.first_day, run.state.value) for run in found]
