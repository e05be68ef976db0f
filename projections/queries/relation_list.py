"""How all pairs stand on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from projections.arrays import Floats, Ints
from projections.pairs import Pair, pair_of
from projections.queries.filters import Exclusions
from projections.queries.incident_cache import AllIncidentColumns, IncidentCache
from projections.queries.load_pairs import load_all_incidents, load_bearing_ties, load_pairs
from projections.queries.question import Question
from projections.queries.relation import PAIR, Relation
from projections.queries.tension_interval import load_uncertainty
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.scoring.pair_history import PairHistory, PairScores, run_on
from projections.scoring.pressures import Pressures
from projections.scoring.spillover import Tie, clients_of, spillover_of_all
from projections.scoring.states import State
from projections.storage.bulk_rows import select_rows
from projections.storage.tables import LEVELS, STATE_RUN, evidence, relations, stale_states, state_runs

_LEVELS: Final = [relations.c[level] for level in LEVELS]


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
    by_pair: Mapping[Pair, Sequence[Incident]] | None

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


def relations_at(connection: Connection, question: Question, archive: IncidentCache | None = None) -> AllRelations:
    """Return how all pairs stand that anything bears on, but for their states. `archive` is what is in memory."""
    day, known_at, model, left_out, _ = question
    by_pair = None
    if question.is_plain:
        pairs, sums, counts = _plain_sums(connection, day, archive or IncidentCache())
    else:
        by_pair = load_all_incidents(connection, known_at, model, left_out)
        pairs, sums, counts = _sums_of_incidents(by_pair, day, model)
    ties = load_bearing_ties(connection, known_at, model, None, left_out)
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
) -> list[tuple[State, int | None]]:
    """Return the states of some of all relations, and since when each is in its state."""
    pairs = [found.pairs[index] for index in chosen]
    if found.by_pair is None:
        return _plain_states(connection, pairs, question.day)
    return [_state_from(pair, found.by_pair, found.ties, question.day, question.model) for pair in pairs]


def relations_of(
    connection: Connection,
    found: AllRelations,
    chosen: Sequence[int],
    question: Question,
) -> list[Relation]:
    """Return some of all relations, whole, from few statements."""
    day, known_at, model, left_out, _ = question
    pairs = [found.pairs[index] for index in chosen]
    states = states_of(connection, found, chosen, question)
    sure = load_uncertainty(connection, pairs, day, known_at, model, left_out, found.ties)
    publishers = _publishers_until(connection, pairs, day, known_at, left_out)
    return [
        Relation(
            pair,
            found.scores_of(index),
            *state,
            int(found.incidents[index]),
            publishers.get(pair, 0),
            sure[pair],
        )
        for index, pair, state in zip(chosen, pairs, states, strict=True)
    ]


class _Sums(NamedTuple):
    """Sums by pair: pressures by direction and sign, and the decayed number of incidents, where that matters."""

    pressures: Floats
    mass: Floats


def _plain_sums(connection: Connection, day: int, archive: IncidentCache) -> tuple[dict[Pair, int], _Sums, Ints]:
    """Return pairs, sums and numbers of incidents, from running sums if these reach no further than the day."""
    latest = connection.execute(select(func.max(relations.c.day))).scalar()
    if latest is not None and latest > day:
        return _sums_until(archive.at(connection), day)
    columns = (relations.c.a, relations.c.b, relations.c.incidents, relations.c.day, *_LEVELS)
    rows = connection.execute(select(*columns)).all()
    levels = np.array([row[4:] for row in rows], dtype=np.float64).reshape(-1, 3, 2, 2)
    ages = day - np.array([row.day for row in rows], dtype=np.int64)
    half_lives = np.array(DEFAULT_MODEL.half_lives)
    pressures = (levels * np.exp2(-ages[:, None] / half_lives)[:, None, None, :]).sum(axis=3)
    counts = np.array([row.incidents for row in rows], dtype=np.int64)
    pairs = {(row.a, row.b): index for index, row in enumerate(rows)}
    return pairs, _Sums(pressures, np.zeros(len(rows))), counts


def _sums_until(found: AllIncidentColumns, day: int) -> tuple[dict[Pair, int], _Sums, Ints]:
    """Return the pairs of which something had happened by the day, with their sums and numbers of incidents."""
    happened = found.until(day)
    counts = np.bincount(happened.pair, minlength=len(found.pairs))
    kept = np.flatnonzero(counts)
    number = np.zeros(len(counts), dtype=np.int64)
    number[kept] = np.arange(len(kept))
    columns = (happened.day, happened.weight, happened.material, happened.direction)
    sums = _sum_by_pair(number[happened.pair], *columns, len(kept), day, DEFAULT_MODEL)
    return {found.pairs[index]: place for place, index in enumerate(kept.tolist())}, sums, counts[kept]


def _sum_by_pair(
    index: Ints,
    days: Ints,
    weights: Floats,
    material: NDArray[np.bool_],
    direction: Ints,
    size: int,
    day: int,
    model: Model,
) -> _Sums:
    """Sum incidents, given as columns, by the index of their pair."""
    left = model.remaining(day - days, material)
    cell = index * 6 + direction * 2 + (weights > 0)
    pressures = np.bincount(cell, weights=np.abs(weights) * left, minlength=6 * size).reshape(size, 3, 2)
    mass = np.bincount(index, weights=left, minlength=size) if model.uses_mass else np.zeros(size)
    return _Sums(pressures.astype(np.float64), mass.astype(np.float64))


def _sums_of_incidents(
    by_pair: Mapping[Pair, Sequence[Incident]], day: int, model: Model
) -> tuple[dict[Pair, int], _Sums, Ints]:
    """Return the pairs of which something had happened by the day, with their sums and numbers of incidents."""
    happened = {pair: [i for i in found if i.day <= day] for pair, found in by_pair.items()}
    pairs = {pair: index for index, pair in enumerate(pair for pair, found in happened.items() if found)}
    rows = [(pairs[pair], i.day, i.weight, i.material, i.direction) for pair in pairs for i in happened[pair]]
    if not rows:
        return pairs, _Sums(np.zeros((0, 3, 2)), np.zeros(0)), np.zeros(0, dtype=np.int64)
    index, days, weights, material, direction = (np.array(column) for column in zip(*rows, strict=True))
    sums = _sum_by_pair(index, days, weights, material.astype(bool), direction, len(pairs), day, model)
    return pairs, sums, np.bincount(index, minlength=len(pairs))


def _publishers_until(
    connection: Connection, pairs: Sequence[Pair], day: int, known_at: int | None, left_out: Exclusions
) -> dict[Pair, int]:
    ways = [*pairs, *(pair[::-1] for pair in pairs)]
    columns = ("source", "target", "publisher", *(("article",) if left_out else ()))
    conditions = (f"day <= {day:d}", "incident IS NOT NULL", *_known(known_at))
    publishers: dict[Pair, set[str]] = {}
    for source, target, publisher, *article in select_rows(
        connection, evidence, columns, ("source", "target"), ways, *conditions, distinct=True
    ):
        if publisher not in left_out.publishers and left_out.articles.isdisjoint(article):
            publishers.setdefault(pair_of(source, target), set()).add(publisher)
    return {pair: len(names) for pair, names in publishers.items()}


def _known(known_at: int | None) -> tuple[str, ...]:
    if known_at is None:
        return ("known_to IS NULL",)
    return f"known_from <= {known_at:d}", f"(known_to IS NULL OR known_to > {known_at:d})"


def _state_from(
    pair: Pair, by_pair: Mapping[Pair, Sequence[Incident]], ties: Sequence[Tie], day: int, model: Model
) -> tuple[State, int | None]:
    return run_on(day, PairHistory.of(pair, by_pair, clients_of(pair, ties)).runs(model))


def _plain_states(connection: Connection, pairs: Sequence[Pair], day: int) -> list[tuple[State, int | None]]:
    """Return the states of pairs under the default model, as all is known now."""
    latest: dict[Pair, tuple[int, str]] = {}
    for a, b, first, state in select_rows(connection, state_runs, STATE_RUN, PAIR, pairs):
        if first <= day:
            latest[a, b] = max(latest.get((a, b), (first, state)), (first, state))
    found: dict[Pair, tuple[State, int | None]] = {
        pair: (State(state), first) for pair, (first, state) in latest.items()
    }
    stale = [(a, b) for a, b in select_rows(connection, stale_states, PAIR, PAIR, pairs)]
    for history in load_pairs(connection, stale):
        found[history.pair] = run_on(day, history.runs(DEFAULT_MODEL))
    return [found.get(pair, (State.UNKNOWN, None)) for pair in pairs]
