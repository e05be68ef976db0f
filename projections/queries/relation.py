"""Questions about one relation: how a pair stands, and which incidents make it up.

"Now" is answered from running sums; a past day, or a past knowledge, from incidents and evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from projections.pairs import Pair
from projections.publishers.stale_weights import corrected_sums
from projections.queries.agreements import AgreementHistory, agreements_between
from projections.queries.clash_risk.clash_levels import by_actor, levels_from_incidents, levels_from_sums
from projections.queries.context.clashes import last_clash_of, load_last_clashes
from projections.queries.context.context import NO_CONTEXT, Context, PairOnDay, contexts_of
from projections.queries.context.heaviest import heaviest_of, load_heaviest
from projections.queries.context.heaviest_first import heaviest_first, some_of
from projections.queries.context.pair_now import CURRENT_SUMS, PAIR, PairNow, load_pair_now, number_of_publishers
from projections.queries.context.publishers import publishers_then
from projections.queries.context.recent import load_recent
from projections.queries.load_pairs import (
    LoadedPair,
    load_clashes_of_actors,
    load_histories,
    load_incidents,
    load_pair,
    load_used_ties,
    load_whole_pair,
)
from projections.queries.question import Question
from projections.queries.stored.incidents_of_evidence import Aliases, known_aliases
from projections.queries.tension_interval import load_uncertainty
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty
from projections.scoring.clash_risk.clash_sums import ClashSums
from projections.scoring.clash_risk.levels import elsewhere_of, levels_of
from projections.scoring.clash_risk.risk_model import ClashLevels, RiskModel
from projections.scoring.clash_risk.shares import RiskShare, shares_of
from projections.scoring.context.usual import usual_memory
from projections.scoring.incidents import NO_ALIASES, reweighed
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import Contribution, PairHistory, PairScores, run_on
from projections.scoring.pressures import NO_INCIDENTS, IncidentColumns, Pressures, Weighed, columns_of
from projections.scoring.running_sums import pressures_from_levels
from projections.scoring.spillover import (
    Backing,
    IncidentGroup,
    SpilledPressure,
    Tie,
    backings_on,
    clients_of,
    clients_on,
    spilled_by,
    spilled_sum,
)
from projections.scoring.states import NOTHING_KNOWN, State
from projections.storage.bulk_rows import select_rows
from projections.storage.tables import pair_publishers, relations

GLANCE: Final = 500  #: incidents, or turns of ties, that are gone through in a millisecond


@dataclass(frozen=True, slots=True)
class Relation:
    """How two actors stand on a day. `since` is the first day of the current state, None if nothing is known.

    `clash_levels` is what the risk of a clash is made of, None if the log holds no incident of the two by then. Of
    one relation by itself are `heaviest`, the own incidents that weigh most in each score, `spilled`, what spills
    over by which client, the largest first, and `backings`, which of the two backs the other.
    """

    pair: Pair
    scores: PairScores
    state: State
    since: int | None
    incidents: int
    publishers: int
    uncertainty: Uncertainty = NO_UNCERTAINTY
    context: Context = NO_CONTEXT
    clash_levels: ClashLevels | None = None
    heaviest: tuple[Contribution, ...] = ()
    spilled: tuple[SpilledPressure, ...] = ()
    backings: tuple[Backing, ...] = ()

    @property
    def tension_interval(self) -> tuple[float, float] | None:
        """The interval of the tension: None while nothing is known of the two, which is not the same as calm."""
        return None if self.state in NOTHING_KNOWN else self.uncertainty.interval

    @property
    def is_empty(self) -> bool:
        """Whether nothing counts for the two: no incident, no spill-over, no tie between them."""
        return not (self.incidents or self.scores.spillover or self.backings)


# One pair


def relation_at(
    connection: Connection, pair: Pair, question: Question, loaded: LoadedPair | None = None
) -> Relation:
    """Return how a pair stands. `loaded` is the pair as it counts for the question, if at hand."""
    ties = loaded.ties if loaded else load_used_ties(connection, question, pair)
    stored = load_pair_now(connection, pair, question) if question.is_plain else None
    current = _current(connection, pair, question, ties, stored) if stored else None
    if current is None and stored and not (loaded or stored.is_stale or stored.corrects):
        return _relation_of_past(connection, pair, question, ties, stored)
    if current is None or stored is None or stored.is_stale or stored.corrects:
        loaded = loaded or load_whole_pair(connection, pair, question, ties, asks_for_few=True)
        return _relation_from_incidents(connection, pair, question, loaded, current)
    return _relation_by_sums(connection, pair, question, _BySums(ties, stored, current, loaded))


def relation_at_a_glance(connection: Connection, pair: Pair, question: Question) -> Relation | None:
    """Return the same if it takes little time whatever there is in the tables; None if it might take more.

    That is a relation now, whose state is up to date, and for which few incidents count.
    """
    if not question.is_plain:
        return None
    stored = load_pair_now(connection, pair, question)
    if stored.is_stale or stored.corrects or not stored.is_of_past(question):
        return None
    ties = load_used_ties(connection, question, pair)
    if len(ties) > GLANCE or (current := _current(connection, pair, question, ties, stored)) is None:
        return None
    if current.counted > GLANCE:
        return None
    return _relation_by_sums(connection, pair, question, _BySums(ties, stored, current))


class _BySums(NamedTuple):
    """What is read of a pair that stands as its running sums say, and its incidents if they are at hand."""

    ties: Sequence[Tie]
    stored: PairNow
    current: "_Current"
    loaded: LoadedPair | None = None


def _relation_by_sums(connection: Connection, pair: Pair, question: Question, found: _BySums) -> Relation:
    """Return how a pair stands by its running sums; of its incidents, no more are read than these leave open."""
    ties, stored, current, loaded = found
    recent: dict[Pair, Weighed] = {pair: NO_INCIDENTS}
    if loaded:
        recent |= loaded.history.columns_by_pair
    else:
        recent |= load_recent(connection, [pair], question, usual_memory(question.model))
    clients = clients_on(question.day, [pair], ties)
    uncertainty = load_uncertainty(connection, clients, question, recent)[pair]
    on_day = PairOnDay(pair, stored.state, current.scores, stored.first_day, recent[pair])
    context = contexts_of([on_day], load_last_clashes(connection, [pair], question), question)[pair]
    counts = current.incidents, stored.publishers
    state = stored.state, stored.since
    if loaded:
        heaviest = heaviest_of(loaded.history.own, current.scores, question)
    else:
        heaviest = load_heaviest(connection, pair, recent[pair], current.scores, question)
    scores, _, levels, spilled_over, _ = current
    alone = heaviest, spilled_over
    backings = backings_on(question.day, pair, ties)
    return Relation(pair, scores, *state, *counts, uncertainty, context, levels, *alone, backings)


def _relation_of_past(
    connection: Connection, pair: Pair, question: Question, ties: Sequence[Tie], stored: PairNow
) -> Relation:
    """Return how a pair stood on a day before its last incident: from columns, and the runs that are stored."""
    ((history, _),) = load_histories(connection, [pair], question, ties)
    own, scores = history.own.columns, history.scores_on(question.day, question.model)
    clients = clients_on(question.day, [pair], ties)
    uncertainty = load_uncertainty(connection, clients, question, history.columns_by_pair)[pair]
    on_day = PairOnDay.of_all(pair, stored.state, scores, own)
    context = contexts_of([on_day], load_last_clashes(connection, [pair], question), question)[pair]
    counts = (
        int(question.has_happened(own.day).sum()),
        _count_publishers_at(connection, pair, question, NO_ALIASES),
    )
    levels = levels_from_incidents(connection, pair, own, question, NO_ALIASES) if counts[0] else None
    heaviest = load_heaviest(connection, pair, own, scores, question)
    alone = heaviest, history.spilled_pressures_on(question.day, question.model)
    backings = backings_on(question.day, pair, ties)
    state = stored.state, stored.since
    return Relation(pair, scores, *state, *counts, uncertainty, context, levels, *alone, backings)


def _relation_from_incidents(
    connection: Connection, pair: Pair, question: Question, loaded: LoadedPair, current: "_Current | None"
) -> Relation:
    """Return how a pair stands where its incidents have to be gone through, if only for its state."""
    history, ties, aliases = loaded
    clients = clients_on(question.day, [pair], ties)
    uncertainty = load_uncertainty(connection, clients, question, history.columns_by_pair)[pair]
    run = run_on(question.day, history.runs(question.model))
    if current is not None:
        publishers = _count_publishers(connection, pair)
        scores, count, levels, spilled_over, _ = current
    else:
        scores = history.scores_on(question.day, question.model)
        count = int(question.has_happened(history.own.columns.day).sum())
        publishers = _count_publishers_at(connection, pair, question, aliases)
        own = _weighed_by_default(history.own, question)
        levels = levels_from_incidents(connection, pair, own, question, aliases) if count else None
        spilled_over = history.spilled_pressures_on(question.day, question.model)
    on_day = PairOnDay.of_all(pair, run[0], scores, history.own.columns)
    clash = last_clash_of(history.own, question)
    context = contexts_of([on_day], {pair: clash} if clash else {}, question)[pair]
    heaviest = heaviest_of(history.own, scores, question)
    alone = heaviest, spilled_over
    backings = backings_on(question.day, pair, ties)
    return Relation(pair, scores, *run, count, publishers, uncertainty, context, levels, *alone, backings)


def _weighed_by_default(own: IncidentGroup, question: Question) -> IncidentColumns:
    if question.model.weighs_like(DEFAULT_MODEL):
        return own.columns
    return columns_of(reweighed(own.incidents, DEFAULT_MODEL, question.model))


class _Current(NamedTuple):
    """What running sums say of a pair. `counted` are its incidents, and those of its clients."""

    scores: PairScores
    incidents: int
    clash_levels: ClashLevels | None
    spilled: tuple[SpilledPressure, ...]
    counted: int


def _current(
    connection: Connection, pair: Pair, question: Question, ties: Sequence[Tie], stored: PairNow
) -> _Current | None:
    """Return how a pair stands by running sums; None if one of them is past the day."""
    clients = [client for client in clients_of(pair, ties) if client.tie.active_on(question.day)]
    of_clients = {client.pair for client in clients}
    found = select_rows(connection, relations, (*PAIR, *CURRENT_SUMS), PAIR, of_clients)
    rows = {(row[0], row[1]): row[2:] for row in found}
    if stored.sums is not None:
        rows[pair] = stored.sums
    if stored.corrects:
        rows |= corrected_sums(connection, {pair, *of_clients}, CURRENT_SUMS)
    if not all(question.has_happened(latest) for _, _, latest, *_ in rows.values()):
        return None
    pressures = {
        found: pressures_from_levels(levels, question.day - latest, DEFAULT_MODEL)
        for found, (_, _, latest, *levels) in rows.items()
    }
    none = {direction: Pressures(0.0, 0.0) for direction in (0, 1, 2)}
    own = pressures.get(pair, none)
    conflicts = [_total(pressures.get(client.pair, none)).conflict for client in clients]
    spillover = spilled_sum(conflicts, DEFAULT_MODEL)
    spilled_over = spilled_by(zip((client.tie for client in clients), conflicts, strict=True), DEFAULT_MODEL)
    directed = (_total({0: own[0], 2: own[2]}), _total({1: own[1], 2: own[2]}))
    scores = PairScores.of(_total(own), spillover, directed, DEFAULT_MODEL)
    counted = sum(row[1] for row in rows.values())
    if pair not in rows:
        return _Current(scores, 0, None, spilled_over, counted)
    sums, incidents, *_ = rows[pair]
    of_pair = {pair: ClashSums.parse(sums)}
    levels = levels_from_sums(
        connection, of_pair, question, corrects=stored.corrects, totals=None if stored.corrects else stored.clashes
    )
    return _Current(scores, incidents, levels[pair], spilled_over, counted)


def _total(pressures: dict[int, Pressures]) -> Pressures:
    return Pressures(sum(p.conflict for p in pressures.values()), sum(p.cooperation for p in pressures.values()))


def _count_publishers(connection: Connection, pair: Pair) -> int:
    return int(connection.execute(_PUBLISHERS, dict(zip(PAIR, pair, strict=True))).scalar_one())


_PUBLISHERS: Final = select(number_of_publishers())
_PUBLISHERS_BY: Final = select(number_of_publishers(pair_publishers.c.first_day <= bindparam("day")))


def _count_publishers_at(connection: Connection, pair: Pair, question: Question, aliases: Aliases) -> int:
    if question.is_unfiltered:
        mine = dict(zip(PAIR, pair, strict=True))
        return int(connection.execute(_PUBLISHERS_BY, {**mine, "day": question.day}).scalar_one())
    return len({aliases.get(publisher, publisher) for publisher in publishers_then(connection, pair, question)})


# What makes it up


def contributions_at(
    connection: Connection, pair: Pair, question: Question
) -> tuple[PairScores, list[Contribution]]:
    """Return the scores of a pair, and the incidents that make them up with their contributions, heaviest first.

    They are the incidents that had happened by the day.
    """
    scores, history = _scored(connection, pair, question, asks_for_few=False)
    return scores, contributions_of(history, question)


class ContributionPage(NamedTuple):
    """The scores of a pair, some of the incidents that make them up, and how many there are in all."""

    scores: PairScores
    items: list[Contribution]
    total: int


def contribution_page(
    connection: Connection, pair: Pair, question: Question, after: int, limit: int
) -> ContributionPage:
    """Return what `contributions_at` does, but `limit` incidents at most, those behind the first `after`."""
    scores, history = _scored(connection, pair, question, asks_for_few=True)
    found = history.weighed_on(question.day, question.model)
    return ContributionPage(scores, some_of(found, after, after + limit), sum(len(each.places) for each in found))


def _scored(
    connection: Connection, pair: Pair, question: Question, *, asks_for_few: bool
) -> tuple[PairScores, PairHistory]:
    """Return the scores of a pair, and the history that makes them up."""
    ties = load_used_ties(connection, question, pair)
    current = None
    if question.is_plain:
        current = _current(connection, pair, question, ties, load_pair_now(connection, pair, question))
    history = load_pair(connection, pair, question, ties, asks_for_few=asks_for_few)
    return history.scores_on(question.day, question.model) if current is None else current.scores, history


def contributions_of(history: PairHistory, question: Question) -> list[Contribution]:
    """Return the incidents of a history that make up its scores with their contributions, heaviest first."""
    return sorted(history.contributions_on(question.day, question.model), key=heaviest_first)


def risk_shares_at(
    connection: Connection, pair: Pair, question: Question, model: RiskModel
) -> tuple[ClashLevels | None, list[RiskShare]]:
    """Return what the clash risk of a pair is made of, and each incident's share of the hazard, largest first.

    None and nothing if the log holds no incident of the two by the day.
    """
    current = None
    if question.is_plain:
        ties = load_used_ties(connection, question, pair)
        current = _current(connection, pair, question, ties, load_pair_now(connection, pair, question))
    aliases = known_aliases(connection, question)
    own = reweighed(load_incidents(connection, [pair], question, aliases)[pair], DEFAULT_MODEL, question.model)
    if not any(question.has_happened(incident.day) for incident in own):
        return None, []
    clashes = load_clashes_of_actors(connection, pair, question, aliases)
    levels = current.clash_levels if current is not None else None
    if levels is None:
        levels = levels_of(columns_of(own), question.day, elsewhere_of(pair, by_actor(clashes, question)))
    elsewhere = [incident for incident in clashes if (incident.a, incident.b) != pair]
    shares = shares_of(pair, own, elsewhere, levels, question.day, model)
    return levels, sorted(shares, key=lambda each: (-each.share, -each.incident.day, each.incident.id))


def agreements_in_force(connection: Connection, pair: Pair, question: Question) -> list[AgreementHistory]:
    """Return the agreements between two actors that are in force on the day, violated or not."""
    return [found for found in agreements_between(connection, pair, question) if found.entry.is_in_force]
