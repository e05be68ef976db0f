"""Questions about one relation: how a pair stands, and which incidents make it up.

"Now" is answered from running sums; a past day, or a past knowledge, from incidents and evidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, distinct, exists, func, select

from projections.pairs import Pair
from projections.publishers.counted_as import counted_publisher
from projections.publishers.stale_weights import SUMS, corrected_sums, has_stale_weights
from projections.queries.agreements import AgreementHistory, agreements_between
from projections.queries.context.clashes import last_clash, load_last_clashes
from projections.queries.context.context import NO_CONTEXT, Context, PairOnDay, contexts_of
from projections.queries.context.recent import load_recent
from projections.queries.load_pairs import (
    load_columns,
    load_pair,
    load_used_ties,
)
from projections.queries.question import Question, has_happened, is_between, makes_incidents
from projections.queries.tension_interval import load_uncertainty
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty
from projections.scoring.context.usual import usual_memory
from projections.scoring.incidents import Incident, reweighed
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import Contribution, PairScores, run_on
from projections.scoring.pressures import NO_INCIDENTS, IncidentColumns, Pressures, Weighed, columns_of
from projections.scoring.running_sums import pressures_from_levels
from projections.scoring.spillover import Tie, clients_on, spilled_sum
from projections.scoring.states import NOTHING_KNOWN, State
from projections.storage.bulk_rows import select_rows
from projections.storage.connection import Prepared
from projections.storage.tables import (
    evidence,
    pair_publishers,
    relations,
    stale_states,
    stale_weights,
    state_runs,
)

PAIR: Final = ("a", "b")


@dataclass(frozen=True, slots=True)
class Relation:
    """How two actors stand on a day. `since` is the first day of the current state, None if nothing is known.

    `own` are the incidents of the two by the default model, of any day, where they were asked for.
    """

    pair: Pair
    scores: PairScores
    state: State
    since: int | None
    incidents: int
    publishers: int
    uncertainty: Uncertainty = NO_UNCERTAINTY
    context: Context = NO_CONTEXT
    own: IncidentColumns | None = field(default=None, compare=False, repr=False)

    @property
    def tension_interval(self) -> tuple[float, float] | None:
        """The interval of the tension: None while nothing is known of the two, which is not the same as calm."""
        return None if self.state in NOTHING_KNOWN else self.uncertainty.interval


# One pair


def relation_at(
    connection: Connection, pair: Pair, question: Question, *, with_incidents: bool = False
) -> Relation:
    """Return how a pair stands, `with_incidents` of its own if asked for."""
    ties = load_used_ties(connection, question, pair)
    stored = _stored(connection, pair, question) if question.is_plain else None
    current = _current(connection, pair, question, ties, corrects=stored.corrects) if stored else None
    if current is None or stored is None or stored.is_stale or stored.corrects:
        relation, incidents = _relation_from_incidents(connection, pair, question, ties, current)
        return replace(relation, own=own_of(incidents, question)) if with_incidents else relation
    by_pair = load_columns(connection, [pair] if with_incidents else [], question)
    recent: Mapping[Pair, Weighed] = by_pair
    if not with_incidents:
        recent = {pair: NO_INCIDENTS} | load_recent(connection, [pair], question, usual_memory(question.model))
    uncertainty = load_uncertainty(connection, [pair], question, ties, recent)[pair]
    on_day = PairOnDay(pair, stored.state, current[0], stored.first_day, recent[pair])
    context = contexts_of([on_day], load_last_clashes(connection, [pair], question), question)[pair]
    counts = current[1], stored.publishers
    state = stored.state, stored.since
    return Relation(pair, current[0], *state, *counts, uncertainty, context, by_pair.get(pair))


def own_of(incidents: Iterable[Incident], question: Question) -> IncidentColumns:
    """Return the incidents of a pair by the default model; they are by the model of a question."""
    return columns_of(reweighed(incidents, DEFAULT_MODEL, question.model))


def _relation_from_incidents(
    connection: Connection,
    pair: Pair,
    question: Question,
    ties: Sequence[Tie],
    current: tuple[PairScores, int] | None,
) -> tuple[Relation, Sequence[Incident]]:
    """Return how a pair stands where its incidents have to be gone through, if only for its state; and these."""
    history = load_pair(connection, pair, question, ties)
    uncertainty = load_uncertainty(connection, [pair], question, ties, history.columns_by_pair)[pair]
    run = run_on(question.day, history.runs(question.model))
    if current is not None:
        scores, count = current
        publishers = _count_publishers(connection, pair)
    else:
        scores = history.scores_on(question.day, question.model)
        count = int(question.has_happened(history.own.columns.day).sum())
        publishers = _count_publishers_at(connection, pair, question)
    on_day = PairOnDay.of_all(pair, run[0], scores, history.own.columns)
    clash = last_clash(history.own.incidents, question)
    context = contexts_of([on_day], {pair: clash} if clash else {}, question)[pair]
    return Relation(pair, scores, *run, count, publishers, uncertainty, context), history.own.incidents


def _current(
    connection: Connection, pair: Pair, question: Question, ties: Sequence[Tie], *, corrects: bool
) -> tuple[PairScores, int] | None:
    """Return a pair's scores and number of incidents from running sums; None if one of them is past the day.

    `corrects` says that some pairs are marked as weighed before an alias, of which these may be.
    """
    clients = clients_on(question.day, pair, ties)
    wanted, columns = {pair, *clients}, (*PAIR, *SUMS)
    rows = {(row[0], row[1]): row[2:] for row in select_rows(connection, relations, columns, PAIR, wanted)}
    if corrects:
        rows |= corrected_sums(connection, wanted)
    if not all(question.has_happened(latest) for _, latest, *_ in rows.values()):
        return None
    pressures = {
        found: pressures_from_levels(levels, question.day - latest, DEFAULT_MODEL)
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


class _StateOfPair(NamedTuple):
    """The state of a pair on a day, since when, and its publishers.

    Its runs of states may be out of date (`is_stale`), and so may what incidents of any pair weigh (`corrects`).
    `first_day` is that of its first incident.
    """

    is_stale: bool
    state: State
    since: int | None
    publishers: int
    first_day: int | None
    corrects: bool


def _stored(connection: Connection, pair: Pair, question: Question) -> _StateOfPair:
    mine = dict(zip(PAIR, pair, strict=True))
    is_stale, state, *others, corrects = _STORED.row(connection, **mine, day=question.day)
    return _StateOfPair._make((bool(is_stale), State(state or State.UNKNOWN), *others, bool(corrects)))


def _count_publishers(connection: Connection, pair: Pair) -> int:
    return int(connection.execute(_PUBLISHERS, dict(zip(PAIR, pair, strict=True))).scalar_one())


def _of_pair(table: Table) -> ColumnElement[bool]:
    return and_(table.c.a == bindparam("a"), table.c.b == bindparam("b"))


_PUBLISHERS: Final = select(func.count(distinct(counted_publisher(pair_publishers.c.publisher)))).where(
    _of_pair(pair_publishers)
)
_PUBLISHERS_BY: Final = _PUBLISHERS.where(pair_publishers.c.first_day <= bindparam("day"))
_RUN: Final = _of_pair(state_runs) & (state_runs.c.first_day <= bindparam("day"))
_SINCE: Final = select(func.max(state_runs.c.first_day)).where(_RUN).scalar_subquery()
#: What every reading of a relation asks, in one statement: each costs more to send than to execute.
_STORED: Final = Prepared(
    select(
        exists().where(_of_pair(stale_states)),
        select(state_runs.c.state).where(_of_pair(state_runs), state_runs.c.first_day == _SINCE).scalar_subquery(),
        _SINCE,
        _PUBLISHERS.scalar_subquery(),
        select(relations.c.first_day).where(_of_pair(relations)).scalar_subquery(),
        exists(select(stale_weights.c.a)),
    )
)


def _count_publishers_at(connection: Connection, pair: Pair, question: Question) -> int:
    if question.is_unfiltered:
        mine = dict(zip(PAIR, pair, strict=True))
        return int(connection.execute(_PUBLISHERS_BY, {**mine, "day": question.day}).scalar_one())
    conditions = (is_between(connection, [pair]), has_happened(evidence, question), makes_incidents(question))
    publisher = counted_publisher(evidence.c.publisher, question.known_at)
    counted = select(func.count(distinct(publisher))).where(*conditions)
    return int(connection.execute(counted).scalar_one())


# What makes it up


def contributions_at(
    connection: Connection, pair: Pair, question: Question
) -> tuple[PairScores, list[Contribution]]:
    """Return the scores of a pair, and the incidents that make them up with their contributions, heaviest first.

    They are the incidents that had happened by the day.
    """
    ties = load_used_ties(connection, question, pair)
    current = None
    if question.is_plain:
        current = _current(connection, pair, question, ties, corrects=has_stale_weights(connection))
    history = load_pair(connection, pair, question, ties)
    found = history.contributions_on(question.day, question.model)
    heaviest = sorted(found, key=lambda c: (-abs(c.contribution), -c.incident.day, c.incident.id, c.patron or ""))
    return history.scores_on(question.day, question.model) if current is None else current[0], heaviest


def agreements_in_force(connection: Connection, pair: Pair, question: Question) -> list[AgreementHistory]:
    """Return the agreements between two actors that are in force on the day, violated or not."""
    return [found for found in agreements_between(connection, pair, question) if found.entry.is_in_force]
