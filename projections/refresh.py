"""Runs of states, brought up to date for the pairs that the last pages touched."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, select

from projections.frame import Frame, Pair
from projections.loading import load_frames
from projections.model import DEFAULT_MODEL
from projections.rows import Row, delete_rows, insert_rows
from projections.tables import stale_states, state_runs

STATE_RUN: Final = ("a", "b", "first_day", "state")  #: the columns of a row of `state_runs`


def refresh_states(connection: Connection, limit: int) -> int:
    """Make the runs of up to `limit` stale pairs anew; return how many there were."""
    chosen = select(stale_states.c.a, stale_states.c.b).order_by(stale_states.c.a, stale_states.c.b).limit(limit)
    pairs: list[Pair] = [(a, b) for a, b in connection.execute(chosen)]
    rows = run_rows(load_frames(connection, pairs))
    for table in (state_runs, stale_states):
        delete_rows(connection, table, ("a", "b"), pairs)
    insert_rows(connection, state_runs, STATE_RUN, rows)
    return len(pairs)


def run_rows(frames: Iterable[Frame]) -> list[Row]:
    """Return the runs of some pairs, as rows of `state_runs`."""
    return [
        (*frame.pair, first_day, state.value) for frame in frames for first_day, state in frame.runs(DEFAULT_MODEL)
    ]
