"""Runs of states, brought up to date for the pairs that the last pages touched."""

from sqlalchemy import Connection, bindparam, delete, insert, select

from projections.frame import Pair
from projections.loading import load_frames
from projections.model import DEFAULT_MODEL
from projections.tables import stale_states, state_runs


def refresh_states(connection: Connection, limit: int) -> int:
    """Make the runs of up to `limit` stale pairs anew; return how many there were."""
    chosen = select(stale_states.c.a, stale_states.c.b).order_by(stale_states.c.a, stale_states.c.b).limit(limit)
    pairs: list[Pair] = [(a, b) for a, b in connection.execute(chosen)]
    if not pairs:
        return 0
    rows = [
        {"a": frame.pair[0], "b": frame.pair[1], "first_day": first_day, "state": state.value}
        for frame in load_frames(connection, pairs)
        for first_day, state in frame.runs(DEFAULT_MODEL)
    ]
    keys = [{"key_a": a, "key_b": b} for a, b in pairs]
    for table in (state_runs, stale_states):
        mine = (table.c.a == bindparam("key_a")) & (table.c.b == bindparam("key_b"))
        connection.execute(delete(table).where(mine), keys)
    if rows:
        connection.execute(insert(state_runs), rows)
    return len(pairs)
