"""Runs of states, brought up to date for the pairs that the last pages touched."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from projections.pairs import Pair
from projections.queries.load_pairs import load_pairs
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory
from projections.storage.bulk_rows import Row, delete_rows, insert_rows
from projections.storage.tables import STATE_RUN, stale_states, state_runs


def refresh_states(connection: Connection, limit: int) -> int:
    """Make the runs of up to `limit` stale pairs anew; return how many there were."""
    chosen = select(stale_states.c.a, stale_states.c.b).order_by(stale_states.c.a, stale_states.c.b).limit(limit)
    pairs: list[Pair] = [(a, b) for a, b in connection.execute(chosen)]
    rows = run_rows(load_pairs(connection, pairs))
    for table in (state_runs, stale_states):
        delete_rows(connection, table, ("a", "b"), pairs)
    insert_rows(connection, state_runs, STATE_RUN, rows)
    return len(pairs)


def run_rows(histories: Iterable[PairHistory]) -> list[Row]:
    """Return the runs of some pairs, as rows of `state_runs`."""
    return [
        (*history.pair, first_day, state.value)
        for history in histories
        for first_day, state in history.runs(DEFAULT_MODEL)
    ]
