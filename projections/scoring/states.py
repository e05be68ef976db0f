"""The states of a relation: the runs of states over a daily series.

Rules are tried in order and the first that matches gives the state. Against flicker a state is sticky: a rule
that comes earlier takes over as soon as it matches, but the state's own rule has to fail by `hysteresis` points
before a later one may. Counts (clashes, and the pressure below which nothing is known) have no points, so they
decide at once.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Bools, Ints
from projections.scoring.models import Model
from projections.scoring.models.state_rules import NOTHING_KNOWN, DailySeries, State, at_least

__all__ = ["NOTHING_KNOWN", "DailySeries", "RunsEntry", "State", "runs"]

_STATES: Final = tuple(State)
_NUMBER: Final = {state: number for number, state in enumerate(_STATES)}
_NONE: Final = len(_STATES)  # behind all of them: any takes its place


class RunsEntry(NamedTuple):
    """Where the runs of a relation are entered: from which day on they are asked for, and the state before it."""

    day: int
    state: State


def runs(series: DailySeries, model: Model) -> Iterator[tuple[int, State]]:
    """Yield (first day, state) of each run of one state, oldest first.

    On days that the series leaves out nothing may be known.
    """
    if len(series):
        for _, first_day, state in runs_of_parts(series, np.zeros(1, dtype=np.int64), model):
            yield first_day, state


def runs_of_parts(
    series: DailySeries, begins: Ints, model: Model, entries: Sequence[RunsEntry] | None = None
) -> Iterator[tuple[int, int, State]]:
    """Yield (part, first day, state) of each run in some parts of a series, each of which is by itself.

    `begins` says where the parts begin, of which none is empty; `entries` where each is entered, if not there.
    Looks only at the days on which a condition turns: between two of them no rule begins or fails.
    """
    rules = model.state_rules
    counts, points = len(rules.of_counts), len(rules.of_points)
    holds = np.empty((counts + 2 * points, len(series)), dtype=np.bool_)
    for row, condition in enumerate(model.state_counts(series)):
        holds[row] = condition
    for row, (score, bound) in enumerate(model.state_points(series), start=counts):
        at_least(score, bound, holds[row])
        at_least(score, bound - model.hysteresis, holds[row + points])
    is_turn = (holds[:, 1:] != holds[:, :-1]).any(axis=0)
    is_turn[begins[1:] - 1] = True
    is_looked_at = np.concatenate(((True,), is_turn))
    if entries is not None:
        _enter(series.days, begins, entries, is_looked_at)
    places = np.flatnonzero(is_looked_at)
    at = holds[:, places]
    of_counts = rules.of_counts @ at[:counts]
    matches = of_counts + rules.of_points @ at[counts : counts + points]
    still_holds = of_counts + rules.of_points @ at[counts + points :]
    parts = np.searchsorted(begins, places, side="right") - 1
    columns = (column.tolist() for column in (parts, series.days[places], matches, still_holds))
    before, state = -1, _NONE
    for part, day, now, still in zip(*columns, strict=True):
        if part != before:
            before, state = part, _NONE if entries is None else _NUMBER[entries[part].state]
        first_match = rules.first[now]
        if first_match < state or not rules.holds[still][state]:
            state = first_match
            yield part, day, _STATES[state]


def _enter(days: Ints, begins: Ints, entries: Sequence[RunsEntry], is_looked_at: Bools) -> None:
    """Look at the first day of each part on which, or behind which, it is entered, and at none before it."""
    lengths = np.diff(begins, append=len(days))
    is_in = days >= np.array([entry.day for entry in entries]).repeat(lengths)
    firsts = begins + lengths - np.add.reduceat(is_in, begins, dtype=np.int64)
    is_looked_at[firsts[firsts < begins + lengths]] = True
    is_looked_at &= is_in
