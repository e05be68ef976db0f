"""How all pairs stand on a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import Connection, func, select

from projections.arrays import Floats, Ints
from projections.pairs import Pair, pair_of
from projections.queries.load_pairs import (
    IncidentsByPair,
    load_all_incidents,
    load_incidents,
    load_pairs,
    load_spillover_ties,
    with_clients,
)
from projections.queries.question import Question, has_happened, is_between, makes_incidents
from projections.queries.relation import PAIR, Relation
from projections.queries.tension_interval import load_uncertainty
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.scoring.pair_history import PairHistory, PairScores, run_on
from projections.scoring.pressures import Pressures
from projections.scoring.spillover import Tie, clients_of, spillover_of_all
from projections.scoring.states import State
from projections.storage.bulk_rows import fetch_all, select_rows
from projections.storage.incident_cache import AllIncidentColumns, read_all
from projections.storage.tables import LEVELS, STATE_RUN, evidence, relations, stale_states, state_runs

_LEVELS: Final = [relations.c[level] for level in LEVELS]
_Since = tuple[State, int | None]  # a state, and since when


# All pairs


@dataclass(frozen=True, slots=True)
class AllRelations:
    """All pairs on a day, as columns: the i-th of each belongs to `pairs[i]`. Pressures are [direction, sign].

    `ties` are all that the model uses; `by_pair` are the incidents that were gone through, if they had to be.
    """

    pairs: list[Pair]
    pressures: Floats
    spillover: Floats
    tension: Floats
    cooperation: Floats
    incidents: Ints
    ties: Sequence[Tie]
    by_pair: IncidentsByPair | None

    def __len__(self) -> int:
        return len(self.pairs)

    def scores_of(self, index: int) -> PairScores:
        """Return the pressures and scores of one pair."""
        by_direction = self.pressures[index]
        mutual = by_direction[2]
        own = by_direction.sum(axis=0)
        return PairScores(
            conflict=float(own[0] + self.spillover[index]),
            cooperation_pressure=float(own[1]),
            spillover=float(self.spillover[index]),
            tension=float(self.tension[index]),
            cooperation=float(self.cooperation[index]),
            directed=(
                Pressures(*(by_direction[0] + mutual).tolist()),
                Pressures(*(by_direction[1] + mutual).tolist()),
            ),
        )


def relations_at(
    connection: Connection, question: Question, read_columns: Callable[[Connection], AllIncidentColumns] = read_all
) -> AllRelations:
    """Return how all pairs stand that have an incident or a spill-over, but for their states.

    `read_columns` returns all incidents that are known now, which may be in memory already.
    """
    day, model = question.day, question.model
    by_pair = None
    if question.is_plain:
        pairs, sums, counts = _plain_sums(connection, day, read_columns)
    else:
        by_pair = load_all_incidents(connection, question)
        pairs, sums, counts = _sums_until(_columns_of(by_pair), day, model)
    ties = load_spillover_ties(connection, question)
    active = [tie for tie in ties if tie.active_on(day)]
    spilled = spillover_of_all(pairs, sums.pressures[:, :, 0].sum(axis=1), active, model)
    for pair in spilled.keys() - pairs.keys():
        pairs[pair] = len(pairs)
    more = len(pairs) - len(counts)
    pressures = np.concatenate((sums.pressures, np.zeros((more, 3, 2))))
    mass = np.concatenate((sums.mass, np.zeros(more)))
    spillover = np.zeros(len(pairs))
    for pair, conflict in spilled.items():
        spillover[pairs[pair]] = conflict
    own = pressures.sum(axis=1)
    tension, cooperation = model.scores(own[:, 0] + spillover, own[:, 1], mass)
    counted = np.concatenate((counts, np.zeros(more, dtype=np.int64)))
    return AllRelations(list(pairs), pressures, spillover, tension, cooperation, counted, ties, by_pair)


def states_of(
    connection: Connection, found: AllRelations, chosen: Sequence[int], question: Question
) -> dict[int, _Since]:
    """Return the states of some of all relations, and since when each is in its state, by index."""
    pairs = [found.pairs[index] for index in chosen]
    if found.by_pair is None:
        runs = _plain_states(connection, pairs, question.day, found.ties)
    else:
        runs = [_state_from(pair, found.by_pair, found.ties, question.day, question.model) for pair in pairs]
    return dict(zip(chosen, runs, strict=True))


def relations_of(
    connection: Connection,
    found: AllRelations,
    chosen: Sequence[int],
    question: Question,
    states: Mapping[int, _Since] | None = None,
    *,
    with_incidents: bool = False,
) -> list[Relation]:
    """Return some of all relations, whole, from few statements; `with_incidents` of their own if asked for.

    `states` are those of `states_of`, where they are at hand.
    """
    pairs = [found.pairs[index] for index in chosen]
    if states is None:
        states = states_of(connection, found, chosen, question)
    by_pair: IncidentsByPair = {}
    if found.by_pair is not None:
        by_pair = {pair: found.by_pair.get(pair, ()) for pair in with_clients(pairs, found.ties)}
    elif with_incidents:
        by_pair = load_incidents(connection, pairs, question)
    uncertainties = load_uncertainty(connection, pairs, question, found.ties, by_pair)
    publishers = _count_publishers(connection, pairs, question)
    return [
        Relation(
            pair,
            found.scores_of(index),
            *states[index],
            int(found.incidents[index]),
            publishers.get(pair, 0),
            uncertainties[pair],
            by_pair.get(pair, ()),
        )
        for index, pair in zip(chosen, pairs, strict=True)
    ]


class _Sums(NamedTuple):
    """Sums by pair: pressures by direction and sign, and the decayed number of incidents, where that matters."""

    pressures: Floats
    mass: Floats


def _plain_sums(
    connection: Connection, day: int, read_columns: Callable[[Connection], AllIncidentColumns]
) -> tuple[dict[Pair, int], _Sums, Ints]:
    """Return pairs, sums and numbers of incidents, from running sums if these reach no further than the day."""
    latest = connection.execute(select(func.max(relations.c.day))).scalar()
    if latest is not None and latest > day:
        return _sums_until(read_columns(connection), day, DEFAULT_MODEL)
    columns = (relations.c.a, relations.c.b, relations.c.incidents, relations.c.day, *_LEVELS)
    rows = connection.execute(select(*columns)).all()
    levels = np.array([row[4:] for row in rows], dtype=np.float64).reshape(-1, 3, 2, 2)
    ages = day - np.array([row.day for row in rows], dtype=np.int64)
    half_lives = np.array(DEFAULT_MODEL.half_lives)
    pressures = (levels * np.exp2(-ages[:, None] / half_lives)[:, None, None, :]).sum(axis=3)
    counts = np.array([row.incidents for row in rows], dtype=np.int64)
    pairs = {(row.a, row.b): index for index, row in enumerate(rows)}
    return pairs, _Sums(pressures, np.zeros(len(rows))), counts


def _sums_until(found: AllIncidentColumns, day: int, model: Model) -> tuple[dict[Pair, int], _Sums, Ints]:
    """Return the pairs of which something had happened by the day, with their sums and numbers of incidents."""
    happened = found.until(day)
    counts = np.bincount(happened.pair, minlength=len(found.pairs))
    some = np.flatnonzero(counts)
    number = np.zeros(len(counts), dtype=np.int64)
    number[some] = np.arange(len(some))
    sums = _sum_by_pair(happened, number[happened.pair], len(some), day, model)
    return {found.pairs[index]: place for place, index in enumerate(some.tolist())}, sums, counts[some]


def _sum_by_pair(found: AllIncidentColumns, pair: Ints, size: int, day: int, model: Model) -> _Sums:
    """Sum incidents by the number of their pair, below `size`."""
    remaining = model.remaining(day - found.day, found.material)
    cell = pair * 6 + found.direction * 2 + (found.weight > 0)
    pressures = np.bincount(cell, weights=np.abs(found.weight) * remaining, minlength=6 * size).reshape(size, 3, 2)
    mass = np.bincount(pair, weights=remaining, minlength=size) if model.uses_mass else np.zeros(size)
    return _Sums(pressures.astype(np.float64), mass.astype(np.float64))


def _columns_of(by_pair: IncidentsByPair) -> AllIncidentColumns:
    rows = [
        (number, i.day, i.weight, i.material, i.direction)
        for number, found in enumerate(by_pair.values())
        for i in found
    ]
    return AllIncidentColumns.of(list(by_pair), rows)


def _count_publishers(connection: Connection, pairs: Sequence[Pair], question: Question) -> dict[Pair, int]:
    columns = (evidence.c.source, evidence.c.target, evidence.c.publisher)
    conditions = (is_between(connection, pairs), has_happened(evidence, question), makes_incidents(question))
    publishers: dict[Pair, set[str]] = {}
    for source, target, publisher in fetch_all(connection, select(*columns).where(*conditions).distinct()):
        publishers.setdefault(pair_of(source, target), set()).add(publisher)
    return {pair: len(names) for pair, names in publishers.items()}


def _state_from(pair: Pair, by_pair: IncidentsByPair, ties: Sequence[Tie], day: int, model: Model) -> _Since:
    return run_on(day, PairHistory.of(pair, by_pair, clients_of(pair, ties)).runs(model))


def _plain_states(connection: Connection, pairs: Sequence[Pair], day: int, ties: Sequence[Tie]) -> list[_Since]:
    """Return the states of pairs under the default model, as all is known now."""
    latest: dict[Pair, tuple[int, str]] = {}
    for a, b, first, state in select_rows(connection, state_runs, STATE_RUN, PAIR, pairs):
        if first <= day:
            latest[a, b] = max(latest.get((a, b), (first, state)), (first, state))
    found: dict[Pair, _Since] = {pair: (State(state), first) for pair, (first, state) in latest.items()}
    stale = [(a, b) for a, b in select_rows(connection, stale_states, PAIR, PAIR, pairs)]
    for history in load_pairs(connection, stale, ties):
        found[history.pair] = run_on(day, history.runs(DEFAULT_MODEL))
    return [found.get(pair, (State.UNKNOWN, None)) for pair in pairs]
