"""What goes with a pair on each of some days: its state, and its context as on each day by itself."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from projections.evidence.agreements import ClashIncident
from projections.queries.context.context import Context
from projections.scoring.context.trend import trends_on
from projections.scoring.context.usual import Today, usual_over
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.states import NOTHING_KNOWN, State


class OwnConflict(NamedTuple):
    """A day, and a pair's own conflict pressure on it."""

    day: int
    pressure: float


def contexts_over(
    history: PairHistory, clashes_by_day: Sequence[ClashIncident], points: Sequence[OwnConflict], model: Model
) -> list[tuple[State, Context]]:
    """Return the state of a pair, and what goes with it, on each of some days, which are in order.

    `clashes_by_day` has one at most of each day, in order.
    """
    if not points:
        return []
    on = np.array([point.day for point in points], dtype=np.int64)
    own = history.own.columns
    first_day = int(own.day.min()) if len(own) else None
    trends = trends_on(on, own, model)
    today = [Today(point.pressure, trend.news, first_day) for point, trend in zip(points, trends, strict=True)]
    usual = usual_over(on.tolist(), today, own, model)
    clashes = [None, *clashes_by_day]
    last = np.searchsorted([clash.day for clash in clashes_by_day], on, side="right").tolist()
    states = _states(history, on.tolist(), model)
    return [
        (state, Context(None, None, clashes[at]) if state in NOTHING_KNOWN else Context(trend, rank, clashes[at]))
        for state, trend, rank, at in zip(states, trends, usual, last, strict=True)
    ]


def _states(history: PairHistory, days: Iterable[int], model: Model) -> list[State]:
    runs = history.runs(model)
    at = np.searchsorted([first for first, _ in runs], list(days), side="right").tolist()
    states = [State.UNKNOWN, *(state for _, state in runs)]
    return [states[index] for index in at]
