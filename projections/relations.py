"""Questions about relations: how a pair stands, how all pairs stand, how that moved, and what makes it up.

`day` is the valid time of the question; `known_at` (microseconds, None for everything) its record time. "Now" is
answered from running sums; a past day, or a past knowledge, from incidents and evidence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import Connection, and_, distinct, func, or_, select

from projections.catalogue import agreements_between
from projections.frame import Contribution, Pair, Standing, Tie, pair_of, run_on
from projections.incidents import Claim, incidents_of
from projections.ledger import Status
from projections.loading import CLAIM, known, load_frame, load_ties, ties_of_pair
from projections.model import DEFAULT_MODEL, ScoringModel
from projections.running_sums import pressures_from_levels
from projections.score import Floats, Ints, Pressures, cooperation_score, tension, to_date
from projections.states import State
from projections.tables import LEVELS, evidence, incidents, pair_publishers, relations, stale_states, state_runs

_LEVELS: Final = [relations.c[level] for level in LEVELS]


class Question(NamedTuple):
    """What a reader asks for: a day, a state of knowledge, a model."""

    day: int
    known_at: int | None = None
    model: ScoringModel = DEFAULT_MODEL

    @property
    def is_plain(self) -> bool:
        """Whether the tables' own running sums and runs of states answer it."""
        return self.known_at is None and self.model == DEFAULT_MODEL


@dataclass(frozen=True, slots=True)
class Relation:
    """How two actors stand on a day. `since` is the first day of the current state, None if nothing is known."""

    pair: Pair
    standing: Standing
    state: State
    since: int | None
    incidents: int
    publishers: int


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


def relation_at(connection: Connection, pair: Pair, question: Question) -> Relation:
    """Return how a pair stands."""
    day, known_at, model = question
    current = _current(connection, pair, day) if question.is_plain else None
    if current is not None:
        standing, count = current
        state, since = _state_of(connection, pair, day)
        publishers = _count_publishers(connection, pair)
        return Relation(pair, standing, state, since, count, publishers)
    frame = load_frame(connection, pair, known_at, model)
    state, since = run_on(day, frame.runs(model))
    count = int((frame.own.columns.day <= day).sum())
    publishers = _count_publishers_at(connection, pair, day, known_at)
    return Relation(pair, frame.standing_on(day, model), state, since, count, publishers)


def _current(connection: Connection, pair: Pair, day: int) -> tuple[Standing, int] | None:
    """Return a pair's standing and number of incidents from running sums; None if one of them is past the day."""
    ties = [
        (tie, other) for tie, other in ties_of_pair(load_ties(connection, None, pair), pair) if tie.stands_on(day)
    ]
    pairs = [pair, *(pair_of(tie.client, other) for tie, other in ties)]
    wanted = or_(*(and_(relations.c.a == a, relations.c.b == b) for a, b in set(pairs)))
    columns = (relations.c.a, relations.c.b, relations.c.incidents, relations.c.day, *_LEVELS)
    rows = {(row.a, row.b): row for row in connection.execute(select(*columns).where(wanted))}
    if any(row.day > day for row in rows.values()):
        return None
    pressures = {
        found: pressures_from_levels(list(row[4:]), day - row.day, DEFAULT_MODEL) for found, row in rows.items()
    }
    none = {direction: Pressures(0.0, 0.0) for direction in (0, 1, 2)}
    own = pressures.get(pair, none)
    clients = (pressures.get(client_pair, none) for client_pair in pairs[1:])
    spillover = sum(DEFAULT_MODEL.spillover * _total(client).conflict for client in clients)
    directed = (_total({0: own[0], 2: own[2]}), _total({1: own[1], 2: own[2]}))
    standing = Standing.of(_total(own), spillover, directed, DEFAULT_MODEL)
    return standing, rows[pair].incidents if pair in rows else 0


def _total(pressures: dict[int, Pressures]) -> Pressures:
    return Pressures(sum(p.conflict for p in pressures.values()), sum(p.cooperation for p in pressures.values()))


def _state_of(connection: Connection, pair: Pair, day: int) -> tuple[State, int | None]:
    a, b = pair
    stale = select(stale_states.c.a).where(stale_states.c.a == a, stale_states.c.b == b)
    if connection.execute(stale).first():
        return run_on(day, load_frame(connection, pair, None, DEFAULT_MODEL).runs(DEFAULT_MODEL))
    mine = (state_runs.c.a == a) & (state_runs.c.b == b) & (state_runs.c.first_day <= day)
    latest = select(state_runs.c.state, state_runs.c.first_day).where(mine)
    row = connection.execute(latest.order_by(state_runs.c.first_day.desc()).limit(1)).first()
    return (State(row.state), row.first_day) if row else (State.UNKNOWN, None)


def _count_publishers(connection: Connection, pair: Pair) -> int:
    mine = (pair_publishers.c.a == pair[0]) & (pair_publishers.c.b == pair[1])
    return int(connection.execute(select(func.count()).where(mine)).scalar_one())


def _count_publishers_at(connection: Connection, pair: Pair, day: int, known_at: int | None) -> int:
    (a, b), columns = pair, evidence.c
    either_way = or_(
        and_(columns.source == a, columns.target == b), and_(columns.source == b, columns.target == a)
    )
    conditions = (either_way, columns.incident.is_not(None), columns.day <= day, known(evidence, known_at))
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
    model: ScoringModel,
) -> list[Point]:
    """Return a pair from `first` (by default the day of its first incident) to `last`, a point per interval.

    Raises `TooManyPoints`.
    """
    frame = load_frame(connection, pair, known_at, model)
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
    frame = load_frame(connection, pair, question.known_at, question.model)
    found = frame.contributions_on(question.day, question.model)
    return sorted(found, key=lambda c: (-abs(c.contribution), -c.incident.day, c.incident.id, c.patron or ""))


# All pairs


@dataclass(frozen=True, slots=True)
class AllRelations:
    """All pairs on a day, as columns: the i-th of each belongs to `pairs[i]`. Pressures are [direction, sign]."""

    pairs: list[Pair]
    pressures: Floats
    spillover: Floats
    tension: Floats
    cooperation: Floats
    incidents: Ints
    states: list[State]
    since: list[int | None]
    publishers: list[int]

    def __len__(self) -> int:
        return len(self.pairs)

    def relation(self, index: int) -> Relation:
        """Return one pair."""
        by_direction = self.pressures[index]
        mutual = by_direction[2]
        own = by_direction.sum(axis=0)
        standing = Standing(
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
        return Relation(
            self.pairs[index],
            standing,
            self.states[index],
            self.since[index],
            int(self.incidents[index]),
            self.publishers[index],
        )


def relations_at(connection: Connection, question: Question) -> AllRelations:
    """Return how all pairs stand that anything bears on."""
    day, known_at, model = question
    found = _sums_of_all(connection, day) if question.is_plain else _evidence_of_all(connection, question)
    pairs, pressures, counts, publishers = found
    ties = [tie for tie in load_ties(connection, known_at) if tie.stands_on(day)]
    spilled = _spillover_of_all(pairs, pressures, ties, model)
    for pair in spilled.keys() - pairs.keys():
        pairs[pair] = len(pairs)
    size = len(pairs)
    pressures = np.concatenate((pressures, np.zeros((size - len(pressures), 3, 2))))
    counts = np.concatenate((counts, np.zeros(size - len(counts), dtype=np.int64)))
    spillover = np.array([spilled.get(pair, 0.0) for pair in pairs])
    own = pressures.sum(axis=1)
    conflict, cooperation_pressure = own[:, 0] + spillover, own[:, 1]
    order = list(pairs)
    runs = _states_of_all(connection, order, question)
    return AllRelations(
        pairs=order,
        pressures=pressures,
        spillover=spillover,
        tension=tension(conflict, cooperation_pressure, model),
        cooperation=cooperation_score(conflict, cooperation_pressure, model),
        incidents=counts,
        states=[state for state, _ in runs],
        since=[since for _, since in runs],
        publishers=[publishers.get(pair, 0) for pair in order],
    )


_Found = tuple[dict[Pair, int], Floats, Ints, dict[Pair, int]]


def _sums_of_all(connection: Connection, day: int) -> _Found:
    """Return pairs, pressures, numbers of incidents and of publishers, from running sums where they reach."""
    columns = (relations.c.a, relations.c.b, relations.c.incidents, relations.c.day, *_LEVELS)
    rows = connection.execute(select(*columns).where(relations.c.first_day <= day)).all()
    pairs = {(row.a, row.b): index for index, row in enumerate(rows)}
    levels = np.array([row[4:] for row in rows], dtype=np.float64).reshape(-1, 3, 2, 2)
    ages = day - np.array([row.day for row in rows], dtype=np.int64)
    half_lives = np.array([DEFAULT_MODEL.half_life_verbal, DEFAULT_MODEL.half_life_material])
    decayed = np.exp2(-np.maximum(ages, 0)[:, None] / half_lives)
    pressures = (levels * decayed[:, None, None, :]).sum(axis=3)
    counts = np.array([row.incidents for row in rows], dtype=np.int64)
    late = ages < 0
    if late.any():
        _sum_incidents_until(connection, day, pairs, late, pressures, counts)
        return pairs, pressures, counts, _publishers_until(connection, day, None)
    publishers = select(pair_publishers.c.a, pair_publishers.c.b, func.count()).group_by(
        pair_publishers.c.a, pair_publishers.c.b
    )
    counted = {(a, b): count for a, b, count in connection.execute(publishers)}
    return pairs, pressures, counts, {pair: counted.get(pair, 0) for pair in pairs}


def _sum_incidents_until(
    connection: Connection, day: int, pairs: dict[Pair, int], late: Any, pressures: Floats, counts: Ints
) -> None:
    """Put in place of the sums of pairs that reach past the day what their incidents until then come to."""
    columns = [incidents.c[name] for name in ("a", "b", "day", "weight", "material", "direction")]
    joined = incidents.join(relations, and_(incidents.c.a == relations.c.a, incidents.c.b == relations.c.b))
    wanted = select(*columns).select_from(joined).where(relations.c.day > day, incidents.c.day <= day)
    rows = [(pairs[a, b], *rest) for a, b, *rest in connection.execute(wanted)]
    sums, number = _sum_by_pair(rows, len(pairs), day, DEFAULT_MODEL)
    pressures[late], counts[late] = sums[late], number[late]


def _sum_by_pair(
    rows: Sequence[tuple[int, int, float, bool, int]], size: int, day: int, model: ScoringModel
) -> tuple[Floats, Ints]:
    """Sum rows of (index of pair, day, weight, material, direction) into pressures and counts by pair."""
    if not rows:
        return np.zeros((size, 3, 2)), np.zeros(size, dtype=np.int64)
    index, days, weights, material, direction = (np.array(column) for column in zip(*rows, strict=True))
    half_lives = np.where(material.astype(bool), model.half_life_material, model.half_life_verbal)
    left = np.abs(weights) * np.exp2(-(day - days) / half_lives)
    cell = index * 6 + direction * 2 + (weights > 0)
    sums = np.bincount(cell, weights=left, minlength=6 * size).reshape(size, 3, 2)
    return sums.astype(np.float64), np.bincount(index, minlength=size).astype(np.int64)


def _evidence_of_all(connection: Connection, question: Question) -> _Found:
    day, known_at, model = question
    conditions = (evidence.c.incident.is_not(None), evidence.c.day <= day, known(evidence, known_at))
    rows = connection.execute(select(*CLAIM).where(*conditions))
    found = incidents_of((Claim._make(row) for row in rows), model).values()
    pairs = {pair: index for index, pair in enumerate(dict.fromkeys((i.a, i.b) for i in found))}
    columns = [(pairs[i.a, i.b], i.day, i.weight, i.material, i.direction) for i in found]
    sums, counts = _sum_by_pair(columns, len(pairs), day, model)
    return pairs, sums, counts, _publishers_until(connection, day, known_at)


def _publishers_until(connection: Connection, day: int, known_at: int | None) -> dict[Pair, int]:
    conditions = (evidence.c.incident.is_not(None), evidence.c.day <= day, known(evidence, known_at))
    rows = connection.execute(
        select(evidence.c.source, evidence.c.target, evidence.c.publisher).where(*conditions).distinct()
    )
    publishers: dict[Pair, set[str]] = {}
    for source, target, publisher in rows:
        publishers.setdefault(pair_of(source, target), set()).add(publisher)
    return {pair: len(names) for pair, names in publishers.items()}


def _spillover_of_all(
    pairs: dict[Pair, int], pressures: Floats, ties: Iterable[Tie], model: ScoringModel
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
                spilled[pair] = spilled.get(pair, 0.0) + model.spillover * conflict
    return spilled


def _states_of_all(
    connection: Connection, pairs: Sequence[Pair], question: Question
) -> Iterator[tuple[State, int | None]] | list[tuple[State, int | None]]:
    day, known_at, model = question
    if not question.is_plain:
        ties = load_ties(connection, known_at)
        return [run_on(day, load_frame(connection, pair, known_at, model, ties).runs(model)) for pair in pairs]
    latest = (
        select(state_runs.c.a, state_runs.c.b, func.max(state_runs.c.first_day).label("first_day"))
        .where(state_runs.c.first_day <= day)
        .group_by(state_runs.c.a, state_runs.c.b)
        .subquery()
    )
    same = and_(
        state_runs.c.a == latest.c.a, state_runs.c.b == latest.c.b, state_runs.c.first_day == latest.c.first_day
    )
    rows = connection.execute(
        select(state_runs.c.a, state_runs.c.b, state_runs.c.state, state_runs.c.first_day).join(latest, same)
    )
    found: dict[Pair, tuple[State, int | None]] = {(a, b): (State(state), first) for a, b, state, first in rows}
    for a, b in connection.execute(select(stale_states.c.a, stale_states.c.b)).all():
        found[a, b] = run_on(day, load_frame(connection, (a, b), None, model).runs(model))
    return [found.get(pair, (State.UNKNOWN, None)) for pair in pairs]


def agreements_in_force(connection: Connection, pair: Pair, question: Question) -> list[str]:
    """Return the ids of the agreements between two actors that are in force on the day."""
    entries = agreements_between(connection, pair, question.day, question.known_at)
    return [entry.agreement for entry in entries if entry.status is Status.IN_FORCE]
