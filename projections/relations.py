"""Questions about relations: how a pair stands, how all pairs stand, how that moved, and what makes it up.

`day` is the valid time of the question; `known_at` (microseconds, None for everything) its record time. "Now" is
answered from running sums; a past day, or a past knowledge, from incidents and evidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, distinct, func, select

from projections.archive import AllIncidents, Archive
from projections.bearing import sureness_of
from projections.catalogue import agreements_between
from projections.frame import Contribution, Pair, Standing, Tie, pair_of, run_on, ties_of_pair
from projections.incidents import Incident
from projections.ledger import Status
from projections.loading import (
    NOTHING,
    LeftOut,
    between,
    frame_of,
    load_all_incidents,
    load_bearing_ties,
    load_frame,
    load_frames,
    told,
)
from projections.model import DEFAULT_MODEL, GoldsteinMean, Model
from projections.refresh import STATE_RUN
from projections.rows import select_rows
from projections.running_sums import pressures_from_levels
from projections.score import Floats, Ints, Pressures, left_after, scores, spillover_of, to_date
from projections.states import State
from projections.tables import LEVELS, evidence, pair_publishers, relations, stale_states, state_runs
from projections.uncertainty import UNSURE, Sureness

_PAIR: Final = ("a", "b")
_LEVELS: Final = [relations.c[level] for level in LEVELS]


class Question(NamedTuple):
    """What a reader asks for: a day, a state of knowledge, a model, and what is left out.

    `what_if` says, in the words of the reader, what in `model` and `left_out` is other than it is.
    """

    day: int
    known_at: int | None = None
    model: Model = DEFAULT_MODEL
    left_out: LeftOut = NOTHING
    what_if: tuple[str, ...] = ()

    def known_by(self, newest: int | None) -> int | None:
        """Return the record time of the answer: what is asked for, or that of the newest event."""
        return newest if self.known_at is None else self.known_at

    @property
    def is_plain(self) -> bool:
        """Whether the tables' own running sums and runs of states answer it."""
        return self.known_at is None and self.model == DEFAULT_MODEL and not self.left_out


@dataclass(frozen=True, slots=True)
class Relation:
    """How two actors stand on a day. `since` is the first day of the current state, None if nothing is known."""

    pair: Pair
    standing: Standing
    state: State
    since: int | None
    incidents: int
    publishers: int
    sureness: Sureness = UNSURE

    @property
    def tension_interval(self) -> tuple[float, float] | None:
        """The interval of the tension: None while the state is unknown, which is not the same as calm."""
        return None if self.state is State.UNKNOWN else self.sureness.interval


class Interval(StrEnum):
    """How far apart the points of a series are: the last day of each day, ISO week, or month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


MAX_POINTS: Final = 40_000  #: of a series in one answer: a hundred years of days
_SHORTEST: Final = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 28}  # days


class TooManyPoints(ValueError):
    """A series has more than `MAX_POINTS` points."""


class Point(NamedTuple):
    """A relation at the end of one interval; `peak` is the interval's highest tension."""

    day: int
    tension: float
    cooperation: float
    conflict: float
    cooperation_pressure: float
    spillover: float
    peak: float


# One pair


def standing_at(connection: Connection, pair: Pair, question: Question) -> Standing:
    """Return the pressures and scores of a pair."""
    day, known_at, model, left_out, _ = question
    ties = load_bearing_ties(connection, known_at, model, pair, left_out)
    current = _current(connection, pair, day, ties) if question.is_plain else None
    if current is not None:
        return current[0]
    return load_frame(connection, pair, known_at, model, ties, left_out=left_out).standing_on(day, model)


def relation_at(connection: Connection, pair: Pair, question: Question) -> Relation:
    """Return how a pair stands."""
    day, known_at, model, left_out, _ = question
    ties = load_bearing_ties(connection, known_at, model, pair, left_out)
    sureness = sureness_of(connection, [pair], day, known_at, model, left_out, ties)[pair]
    current = _current(connection, pair, day, ties) if question.is_plain else None
    if current is not None:
        standing, count = current
        state, since = _state_of(connection, pair, day)
        publishers = _count_publishers(connection, pair)
        return Relation(pair, standing, state, since, count, publishers, sureness)
    frame = load_frame(connection, pair, known_at, model, ties, left_out=left_out)
    state, since = run_on(day, frame.runs(model))
    count = int((frame.own.columns.day <= day).sum())
    publishers = _count_publishers_at(connection, pair, day, known_at, left_out)
    return Relation(pair, frame.standing_on(day, model), state, since, count, publishers, sureness)


def _current(connection: Connection, pair: Pair, day: int, ties: Sequence[Tie]) -> tuple[Standing, int] | None:
    """Return a pair's standing and number of incidents from running sums; None if one of them is past the day."""
    standing_ties = [(tie, other) for tie, other in ties_of_pair(ties, pair) if tie.stands_on(day)]
    pairs = [pair, *(pair_of(tie.client, other) for tie, other in standing_ties)]
    columns = ("a", "b", "incidents", "day", *LEVELS)
    rows = {(row[0], row[1]): row[2:] for row in select_rows(connection, relations, columns, _PAIR, set(pairs))}
    if any(latest > day for _, latest, *_ in rows.values()):
        return None
    pressures = {
        found: pressures_from_levels(levels, day - latest, DEFAULT_MODEL)
        for found, (_, latest, *levels) in rows.items()
    }
    none = {direction: Pressures(0.0, 0.0) for direction in (0, 1, 2)}
    own = pressures.get(pair, none)
    clients = (pressures.get(client_pair, none) for client_pair in pairs[1:])
    spillover = sum(DEFAULT_MODEL.spillover * _total(client).conflict for client in clients)
    directed = (_total({0: own[0], 2: own[2]}), _total({1: own[1], 2: own[2]}))
    standing = Standing.of(_total(own), spillover, directed, DEFAULT_MODEL)
    return standing, rows[pair][0] if pair in rows else 0


def _total(pressures: dict[int, Pressures]) -> Pressures:
    return Pressures(sum(p.conflict for p in pressures.values()), sum(p.cooperation for p in pressures.values()))


def _state_of(connection: Connection, pair: Pair, day: int) -> tuple[State, int | None]:
    mine = dict(zip(_PAIR, pair, strict=True))
    if connection.execute(_STALE, mine).first():
        return run_on(day, load_frame(connection, pair, None, DEFAULT_MODEL).runs(DEFAULT_MODEL))
    row = connection.execute(_LATEST_RUN, {**mine, "day": day}).first()
    return (State(row.state), row.first_day) if row else (State.UNKNOWN, None)


def _count_publishers(connection: Connection, pair: Pair) -> int:
    return int(connection.execute(_PUBLISHERS, dict(zip(_PAIR, pair, strict=True))).scalar_one())


def _of_pair(table: Table) -> ColumnElement[bool]:
    return and_(table.c.a == bindparam("a"), table.c.b == bindparam("b"))


#: Statements that every reading of a relation makes: put together once, as that takes longer than to execute them.
_STALE: Final = select(stale_states.c.a).where(_of_pair(stale_states))
_LATEST_RUN: Final = (
    select(state_runs.c.state, state_runs.c.first_day)
    .where(_of_pair(state_runs), state_runs.c.first_day <= bindparam("day"))
    .order_by(state_runs.c.first_day.desc())
    .limit(1)
)
_PUBLISHERS: Final = select(func.count()).select_from(pair_publishers).where(_of_pair(pair_publishers))


def _count_publishers_at(
    connection: Connection, pair: Pair, day: int, known_at: int | None, left_out: LeftOut
) -> int:
    columns = evidence.c
    conditions = (between([pair]), columns.incident.is_not(None), columns.day <= day, told(known_at, left_out))
    counted = select(func.count(distinct(columns.publisher))).where(*conditions)
    return int(connection.execute(counted).scalar_one())


# A pair over time


def series(
    connection: Connection,
    pair: Pair,
    first: int | None,
    last: int,
    interval: Interval,
    known_at: int | None,
    model: Model,
    left_out: LeftOut = NOTHING,
) -> list[Point]:
    """Return a pair from `first` (by default the day of its first incident) to `last`, a point per interval.

    Raises `TooManyPoints`.
    """
    frame = load_frame(connection, pair, known_at, model, left_out=left_out)
    days = frame.days()
    start = first if first is not None else (days[0] if days else last)
    if start > last:
        return []
    if (last - start) // _SHORTEST[interval] >= MAX_POINTS:
        stretch = f"from {to_date(start)} to {to_date(last)}"
        raise TooManyPoints(f"{stretch} there are more than {MAX_POINTS} points: ask for less")
    daily = frame.series(start, last, model)
    ends = _interval_ends(start, last, interval)
    starts = np.concatenate(([0], ends[:-1] - start + 1))
    peaks = np.maximum.reduceat(daily.tension, starts)
    at = ends - start
    columns = (
        ends,
        daily.tension[at],
        daily.cooperation[at],
        daily.conflict[at],
        daily.cooperation_pressure[at],
        daily.spillover[at],
        peaks,
    )
    return [Point(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _interval_ends(first: int, last: int, interval: Interval) -> Ints:
    days = np.arange(first, last + 1)
    if interval is Interval.DAY:
        return days
    if interval is Interval.WEEK:
        ends = days[(days + 3) % 7 == 6]  # 1970-01-01 was a Thursday; ISO weeks end on Sunday
    else:
        months = days.astype("datetime64[D]").astype("datetime64[M]")
        ends = days[months != (days + 1).astype("datetime64[D]").astype("datetime64[M]")]
    return ends if len(ends) and ends[-1] == last else np.append(ends, last)


# What makes it up


def contributions_at(connection: Connection, pair: Pair, question: Question) -> list[Contribution]:
    """Return the incidents that had happened by the day with their contributions, the heaviest first."""
    frame = load_frame(connection, pair, question.known_at, question.model, left_out=question.left_out)
    found = frame.contributions_on(question.day, question.model)
    return sorted(found, key=lambda c: (-abs(c.contribution), -c.incident.day, c.incident.id, c.patron or ""))


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

    def standing(self, index: int) -> Standing:
        """Return how one pair stands."""
        by_direction = self.pressures[index]
        mutual = by_direction[2]
        own = by_direction.sum(axis=0)
        return Standing(
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


def relations_at(connection: Connection, question: Question, archive: Archive | None = None) -> AllRelations:
    """Return how all pairs stand that anything bears on, but for their states. `archive` is what is in memory."""
    day, known_at, model, left_out, _ = question
    by_pair = None
    if question.is_plain:
        pairs, sums, counts = _plain_sums(connection, day, archive or Archive())
    else:
        by_pair = load_all_incidents(connection, known_at, model, left_out)
        pairs, sums, counts = _sums_of_incidents(by_pair, day, model)
    ties = load_bearing_ties(connection, known_at, model, None, left_out)
    spilled = _spillover_of_all(pairs, sums.pressures, [tie for tie in ties if tie.stands_on(day)], model)
    for pair in spilled.keys() - pairs.keys():
        pairs[pair] = len(pairs)
    more = len(pairs) - len(counts)
    pressures = np.concatenate((sums.pressures, np.zeros((more, 3, 2))))
    mass = np.concatenate((sums.mass, np.zeros(more)))
    spillover = np.zeros(len(pairs))
    for pair, conflict in spilled.items():
        spillover[pairs[pair]] = conflict
    own = pressures.sum(axis=1)
    tension, cooperation = scores(own[:, 0] + spillover, own[:, 1], mass, model)
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
    sure = sureness_of(connection, pairs, day, known_at, model, left_out, found.ties)
    publishers = _publishers_until(connection, pairs, day, known_at, left_out)
    return [
        Relation(
            pair,
            found.standing(index),
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


def _plain_sums(connection: Connection, day: int, archive: Archive) -> tuple[dict[Pair, int], _Sums, Ints]:
    """Return pairs, sums and numbers of incidents, from running sums if these reach no further than the day."""
    latest = connection.execute(select(func.max(relations.c.day))).scalar()
    if latest is not None and latest > day:
        return _sums_until(archive.at(connection), day)
    columns = (relations.c.a, relations.c.b, relations.c.incidents, relations.c.day, *_LEVELS)
    rows = connection.execute(select(*columns)).all()
    levels = np.array([row[4:] for row in rows], dtype=np.float64).reshape(-1, 3, 2, 2)
    ages = day - np.array([row.day for row in rows], dtype=np.int64)
    half_lives = np.array([DEFAULT_MODEL.half_life_verbal, DEFAULT_MODEL.half_life_material])
    pressures = (levels * np.exp2(-ages[:, None] / half_lives)[:, None, None, :]).sum(axis=3)
    counts = np.array([row.incidents for row in rows], dtype=np.int64)
    pairs = {(row.a, row.b): index for index, row in enumerate(rows)}
    return pairs, _Sums(pressures, np.zeros(len(rows))), counts


def _sums_until(found: AllIncidents, day: int) -> tuple[dict[Pair, int], _Sums, Ints]:
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
    left = left_after(day - days, material, model)
    cell = index * 6 + direction * 2 + (weights > 0)
    pressures = np.bincount(cell, weights=np.abs(weights) * left, minlength=6 * size).reshape(size, 3, 2)
    matters = isinstance(model, GoldsteinMean)
    mass = np.bincount(index, weights=left, minlength=size) if matters else np.zeros(size)
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
    connection: Connection, pairs: Sequence[Pair], day: int, known_at: int | None, left_out: LeftOut
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


def _spillover_of_all(
    pairs: dict[Pair, int], pressures: Floats, ties: Iterable[Tie], model: Model
) -> dict[Pair, float]:
    clients = {tie.client for tie in ties}
    opponents: dict[str, list[tuple[str, float]]] = {client: [] for client in clients}
    for (a, b), index in pairs.items():
        if a in clients or b in clients:
            conflict = float(pressures[index, :, 0].sum())
            for client, other in ((a, b), (b, a)):
                if client in clients and conflict > 0:
                    opponents[client].append((other, conflict))
    spilled: dict[Pair, float] = {}
    for tie in ties:
        for other, conflict in opponents[tie.client]:
            if other != tie.patron:
                pair = pair_of(tie.patron, other)
                spilled[pair] = spilled.get(pair, 0.0) + spillover_of(model) * conflict
    return spilled


def _state_from(
    pair: Pair, by_pair: Mapping[Pair, Sequence[Incident]], ties: Sequence[Tie], day: int, model: Model
) -> tuple[State, int | None]:
    return run_on(day, frame_of(pair, by_pair, ties_of_pair(ties, pair)).runs(model))


def _plain_states(connection: Connection, pairs: Sequence[Pair], day: int) -> list[tuple[State, int | None]]:
    """Return the states of pairs under the default model, as all is known now."""
    latest: dict[Pair, tuple[int, str]] = {}
    for a, b, first, state in select_rows(connection, state_runs, STATE_RUN, _PAIR, pairs):
        if first <= day:
            latest[a, b] = max(latest.get((a, b), (first, state)), (first, state))
    found: dict[Pair, tuple[State, int | None]] = {
        pair: (State(state), first) for pair, (first, state) in latest.items()
    }
    stale = [(a, b) for a, b in select_rows(connection, stale_states, _PAIR, _PAIR, pairs)]
    for frame in load_frames(connection, stale):
        found[frame.pair] = run_on(day, frame.runs(DEFAULT_MODEL))
    return [found.get(pair, (State.UNKNOWN, None)) for pair in pairs]


def agreements_in_force(connection: Connection, pair: Pair, question: Question) -> list[str]:
    """Return the ids of the agreements between two actors that are in force on the day."""
    entries = agreements_between(connection, pair, question.day, question.known_at, question.left_out)
    return [entry.agreement for entry in entries if entry.status is Status.IN_FORCE]
