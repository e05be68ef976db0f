"""Questions about relations: how a pair stands, how all pairs stand, how that moved, and what makes it up.

`day` is the valid time of the question; `known_at` (microseconds, None for everything) its record time. "Now" is
answered from running sums; a past day, or a past knowledge, from incidents and evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, distinct, func, select

from projections.evidence.agreements import Status
from projections.pairs import Pair
from projections.queries.agreements import agreements_between
from projections.queries.filters import Exclusions, between, told
from projections.queries.load_pairs import load_bearing_ties, load_pair
from projections.queries.question import Question
from projections.queries.tension_interval import load_uncertainty
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import Contribution, PairScores, run_on
from projections.scoring.pressures import Pressures
from projections.scoring.running_sums import pressures_from_levels
from projections.scoring.spillover import Tie, clients_on, spilled_sum
from projections.scoring.states import State
from projections.storage.bulk_rows import select_rows
from projections.storage.tables import LEVELS, evidence, pair_publishers, relations, stale_states, state_runs

PAIR: Final = ("a", "b")


@dataclass(frozen=True, slots=True)
class Relation:
    """How two actors stand on a day. `since` is the first day of the current state, None if nothing is known."""

    pair: Pair
    scores: PairScores
    state: State
    since: int | None
    incidents: int
    publishers: int
    uncertainty: Uncertainty = NO_UNCERTAINTY

    @property
    def tension_interval(self) -> tuple[float, float] | None:
        """The interval of the tension: None while the state is unknown, which is not the same as calm."""
        return None if self.state is State.UNKNOWN else self.uncertainty.interval


# One pair


def scores_at(connection: Connection, pair: Pair, question: Question) -> PairScores:
    """Return the pressures and scores of a pair."""
    day, known_at, model, left_out, _ = question
    ties = load_bearing_ties(connection, known_at, model, pair, left_out)
    current = _current(connection, pair, day, ties) if question.is_plain else None
    if current is not None:
        return current[0]
    return load_pair(connection, pair, known_at, model, ties, left_out=left_out).scores_on(day, model)


def relation_at(connection: Connection, pair: Pair, question: Question) -> Relation:
    """Return how a pair stands."""
    day, known_at, model, left_out, _ = question
    ties = load_bearing_ties(connection, known_at, model, pair, left_out)
    uncertainty = load_uncertainty(connection, [pair], day, known_at, model, left_out, ties)[pair]
    current = _current(connection, pair, day, ties) if question.is_plain else None
    if current is not None:
        scores, count = current
        state, since = _state_of(connection, pair, day)
        publishers = _count_publishers(connection, pair)
        return Relation(pair, scores, state, since, count, publishers, uncertainty)
    history = load_pair(connection, pair, known_at, model, ties, left_out=left_out)
    state, since = run_on(day, history.runs(model))
    count = int((history.own.columns.day <= day).sum())
    publishers = _count_publishers_at(connection, pair, day, known_at, left_out)
    return Relation(pair, history.scores_on(day, model), state, since, count, publishers, uncertainty)


def _current(connection: Connection, pair: Pair, day: int, ties: Sequence[Tie]) -> tuple[PairScores, int] | None:
    """Return a pair's scores and number of incidents from running sums; None if one of them is past the day."""
    clients = clients_on(day, pair, ties)
    columns = ("a", "b", "incidents", "day", *LEVELS)
    rows = {
        (row[0], row[1]): row[2:] for row in select_rows(connection, relations, columns, PAIR, {pair, *clients})
    }
    if any(latest > day for _, latest, *_ in rows.values()):
        return None
    pressures = {
        found: pressures_from_levels(levels, day - latest, DEFAULT_MODEL)
        for found, (_, latest, *levels) in rows.items()
    }
    none = {direction: Pressures(0.0, 0.0) for direction in (0, 1, 2)}
    own = pressures.get(pair, none)
    spillover = spilled_sum((_total(pressures.get(client, none)).conflict for client in clients), DEFAULT_MODEL)
    directed = (_total({0: own[0], 2: own[2]}), _total({1: own[1], 2: own[2]}))
    scores = PairScores.of(_total(own), spillover, directed, DEFAULT_MODEL)
    return scores, rows[pair][0] if pair in rows else 0


def _total(pressures: dict[int, Pressures]) -> Pressures:
    return Pressures(sum(p.conflict for p in pressures.values()), sum(p.cooperation for p in pressures.values()))


def _state_of(connection: Connection, pair: Pair, day: int) -> tuple[State, int | None]:
    mine = dict(zip(PAIR, pair, strict=True))
    if connection.execute(_STALE, mine).first():
        return run_on(day, load_pair(connection, pair, None, DEFAULT_MODEL).runs(DEFAULT_MODEL))
    row = connection.execute(_LATEST_RUN, {**mine, "day": day}).first()
    return (State(row.state), row.first_day) if row else (State.UNKNOWN, None)


def _count_publishers(connection: Connection, pair: Pair) -> int:
    return int(connection.execute(_PUBLISHERS, dict(zip(PAIR, pair, strict=True))).scalar_one())


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
    connection: Connection, pair: Pair, day: int, known_at: int | None, left_out: Exclusions
) -> int:
    columns = evidence.c
    conditions = (between([pair]), columns.incident.is_not(None), columns.day <= day, told(known_at, left_out))
    counted = select(func.count(distinct(columns.publisher))).where(*conditions)
    return int(connection.execute(counted).scalar_one())


# What makes it up


def contributions_at(connection: Connection, pair: Pair, question: Question) -> list[Contribution]:
    """Return the incidents that had happened by the day with their contributions, the heaviest first."""
    history = load_pair(connection, pair, question.known_at, question.model, left_out=question.left_out)
    found = history.contributions_on(question.day, question.model)
    return sorted(found, key=lambda c: (-abs(c.contribution), -c.incident.day, c.incident.id, c.patron or ""))


def agreements_in_force(connection: Connection, pair: Pair, question: Question) -> list[str]:
    """Return the ids of the agreements between two actors that are in force on the day."""
    entries = agreements_between(connection, pair, question.day, question.known_at, question.left_out)
    return [entry.agreement for entry in entries if entry.status is Status.IN_FORCE]
