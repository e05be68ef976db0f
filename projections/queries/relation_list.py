"""How all pairs stand on a day."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import Connection, exists, func, select

from domain.standards.plover import ASSAULT
from projections.arrays import Floats, Ints
from projections.evidence.agreements import ClashIncident
from projections.pairs import Pair
from projections.publishers.stale_weights import SUMS, corrected_sums, read_incident_columns
from projections.queries.all_pairs.columns_of_pairs import recent_of_pairs
from projections.queries.all_pairs.decayed_sums import SumsByPair, decayed_sums_by_pair
from projections.queries.clash_risk.clash_levels import stored_levels
from projections.queries.context.clashes import last_clash, load_last_clashes
from projections.queries.context.context import Context, PairOnDay, contexts_of
from projections.queries.context.pair_now import PAIR
from projections.queries.context.publishers import count_publishers_of
from projections.queries.context.recent import load_recent
from projections.queries.load_pairs import (
    IncidentsByPair,
    load_all_incidents,
    load_columns,
    load_used_ties,
    with_clients,
)
from projections.queries.question import Question
from projections.queries.relation import Relation
from projections.queries.tension_interval import Clients, load_uncertainty
from projections.scoring.bootstrap import Uncertainty
from projections.scoring.clash_risk.levels import clashes_by_actor, elsewhere_of, levels_of_all
from projections.scoring.clash_risk.risk_model import ClashLevels
from projections.scoring.context.usual import usual_memory
from projections.scoring.incidents import reweighed
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory, PairScores, run_on
from projections.scoring.pressures import NO_INCIDENTS, IncidentColumns, Pressures, Weighed
from projections.scoring.spillover import Tie, by_patron, clients_on, pairs_aligned, spillover_of_all, ties_of
from projections.scoring.states import State
from projections.storage.bulk_rows import (
    Row,
    fetch_all,
    select_last_runs,
    select_rows,
)
from projections.storage.incident_cache import AllIncidentColumns, IncidentCache, ReadAllColumns
from projections.storage.tables import (
    relations,
    stale_states,
)

_Since = tuple[State, int | None]  # a state, and since when


class States(NamedTuple):
    """States of some of all relations by index, and the incidents that were gone through for them."""

    runs: dict[int, _Since]
    by_pair: dict[Pair, IncidentColumns]


# All pairs


@dataclass(frozen=True, slots=True)
class AllRelations:
    """All pairs on a day, as columns: the i-th of each belongs to `pairs[i]`. Pressures are [direction, sign].

    `ties` are all that the model uses. Where all incidents had to be gone through, `columns` are these, by the
    question's model; and where they are not as stored, `by_pair` has them whole. Where running sums were enough,
    those of the pairs `corrected` are not as they are stored, and `at_hand` are all incidents, if they were near.
    """

    pairs: list[Pair]
    pressures: Floats
    spillover: Floats
    tension: Floats
    cooperation: Floats
    incidents: Ints
    ties: Sequence[Tie]
    columns: AllIncidentColumns | None
    by_pair: IncidentsByPair | None
    at_hand: AllIncidentColumns | None = None
    corrected: Set[Pair] = frozenset()

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def history(self) -> int | None:
        """The position of the history that they come from, but for what changed since; None without one."""
        columns = self.at_hand if self.columns is None else self.columns
        return None if columns is None else columns.history

    def scores_of(self, index: int) -> PairScores:
        """Return the pressures and scores of one pair."""
        forth, back, mutual = self.pressures[index].tolist()  # numpy takes longer to begin than these sums take
        spillover = float(self.spillover[index])
        return PairScores(
            conflict=forth[0] + back[0] + mutual[0] + spillover,
            cooperation_pressure=forth[1] + back[1] + mutual[1],
            spillover=spillover,
            tension=float(self.tension[index]),
            cooperation=float(self.cooperation[index]),
            directed=(
                Pressures(forth[0] + mutual[0], forth[1] + mutual[1]),
                Pressures(back[0] + mutual[0], back[1] + mutual[1]),
            ),
        )


def relations_at(
    connection: Connection,
    question: Question,
    read_columns: ReadAllColumns = read_incident_columns,
    *,
    from_incidents: bool = False,
    cache: IncidentCache | None = None,
) -> AllRelations:
    """Return how all pairs stand that have an incident, a spill-over or a tie between them, but for their states.

    `read_columns` returns all incidents that are known now, which may be in memory already. With `from_incidents`
    all is made of these. A `cache` may have them, and running sums, at hand.
    """
    by_pair, columns = None, None
    if not question.is_plain:
        by_pair = load_all_incidents(connection, question)
        columns = _columns_of(by_pair)
    elif from_incidents or not _running_sums_reach(connection, question):
        columns = read_columns(connection)
    near, corrected = None, {}
    if columns is not None:
        found = _sums_until(columns, question)
    else:
        near = cache.near(connection) if cache else None
        corrected = {} if near and near.now is near.stored else corrected_sums(connection)
        if cache and near:
            found = _sums_at_hand(near.stored, cache.levels(connection, near), question, corrected)
        else:
            found = _running_sums(connection, question, corrected)
    pairs, sums, counts = found
    ties = load_used_ties(connection, question)
    active = [tie for tie in ties if tie.active_on(question.day)]
    spillover, spilled = spillover_of_all(pairs, sums.pressures[:, :, 0].sum(axis=1), active, question.model)
    aligned = pairs_aligned(active) if question.model.uses_alignments else set()
    others = [*spilled, *sorted(aligned.difference(pairs, spilled))]
    pairs, more = [*pairs, *others], len(others)
    spillover = np.concatenate((spillover, [spilled.get(pair, 0.0) for pair in others]))
    pressures = np.concatenate((sums.pressures, np.zeros((more, 3, 2))))
    mass = np.concatenate((sums.mass, np.zeros(more)))
    own = pressures.sum(axis=1)
    tension, cooperation = question.model.scores(own[:, 0] + spillover, own[:, 1], mass)
    counted = np.concatenate((counts, np.zeros(more, dtype=np.int64)))
    all_ = (pairs, pressures, spillover, tension, cooperation, counted, ties)
    return AllRelations(*all_, columns, by_pair, near and near.now, frozenset(corrected))


def states_of(connection: Connection, found: AllRelations, chosen: Sequence[int], question: Question) -> States:
    """Return the states of some of all relations, and since when each is in its state."""
    pairs = [found.pairs[index] for index in chosen]
    runs = _stored_runs(connection, pairs, question) if question.is_plain else {}
    missing = [pair for pair in pairs if pair not in runs]
    by_pair = _load(connection, found, with_clients(missing, found.ties), question)
    ties = by_patron(found.ties)
    for pair in missing:
        history = PairHistory.of_columns(pair, by_pair, ties_of(pair, ties))
        runs[pair] = run_on(question.day, history.runs(question.model))
    return States({index: runs[pair] for index, pair in zip(chosen, pairs, strict=True)}, by_pair)


def relations_of(
    connection: Connection,
    found: AllRelations,
    chosen: Sequence[int],
    question: Question,
    states: States | None = None,
) -> list[Relation]:
    """Return some of all relations, whole, from few statements.

    `states` are those of `states_of`, where they are at hand.
    """
    pairs = [found.pairs[index] for index in chosen]
    if states is None:
        states = states_of(connection, found, chosen, question)
    scores = {pair: found.scores_of(index) for index, pair in zip(chosen, pairs, strict=True)}
    on_day = {pair: (states.runs[index][0], scores[pair]) for index, pair in zip(chosen, pairs, strict=True)}
    uncertainties, contexts = _from_recent(connection, found, on_day, states, question)
    publishers = count_publishers_of(connection, pairs, question, reach_beyond=found.columns is not None)
    clash_levels = _clash_levels(connection, found, pairs, question)
    return [
        Relation(
            pair,
            scores[pair],
            *states.runs[index],
            int(found.incidents[index]),
            publishers.get(pair, 0),
            uncertainties[pair],
            contexts[pair],
            clash_levels[pair] if found.incidents[index] else None,
        )
        for index, pair in zip(chosen, pairs, strict=True)
    ]


_Sums = tuple[list[Pair], SumsByPair, Ints]  # pairs, their sums and numbers of incidents

#: Statements that every list makes: put together once.
_LATEST_DAY: Final = select(func.max(relations.c.day))
_RUNNING_SUMS: Final = select(
    *(relations.c[name] for name in (*PAIR, *SUMS)),
)


def _running_sums_reach(connection: Connection, question: Question) -> bool:
    """Return whether the running sums of all pairs reach no further than the day of a question."""
    latest = connection.execute(_LATEST_DAY).scalar()
    return latest is None or bool(question.has_happened(latest))


def _running_sums(connection: Connection, question: Question, corrected: Mapping[Pair, Row]) -> _Sums:
    """Return pairs, sums and numbers of incidents from running sums, some of which are corrected."""
    rows = fetch_all(connection, _RUNNING_SUMS)
    if corrected:
        rows = [(*row[:2], *corrected.get((row[0], row[1]), row[2:])) for row in rows]
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ((),) * (len(PAIR) + len(SUMS))
    one, other, numbers, days, *levels = columns
    stored = _SumsOfPairs(np.array(numbers, np.int64), np.array(days, np.int64), np.array(levels, np.float64).T)
    return list(zip(one, other, strict=True)), _decayed(stored, question), stored.numbers


class _SumsOfPairs(NamedTuple):
    """Running sums by pair: numbers of incidents, the days of the levels, and these, in the order of `LEVELS`."""

    numbers: Ints
    days: Ints
    levels: Floats


def _decayed(sums: _SumsOfPairs, question: Question) -> SumsByPair:
    """Return what is left of running sums on the day of a question, which they do not reach beyond."""
    ages = question.day - sums.days
    left = np.exp2(-ages[:, None] / np.array(DEFAULT_MODEL.half_lives))
    pressures = (sums.levels.reshape(-1, 3, 2, 2) * left[:, None, None, :]).sum(axis=3)
    return SumsByPair(pressures, np.zeros(len(pressures)))


def _sums_at_hand(
    columns: AllIncidentColumns, levels: Floats, question: Question, corrected: Mapping[Pair, Row]
) -> _Sums:
    """Return the same as `_running_sums`, given all incidents and the levels of their pairs."""
    sums = _SumsOfPairs(np.diff(columns.starts), columns.day[columns.starts[1:] - 1].astype(np.int64), levels)
    if corrected:
        places = [columns.numbers[pair] for pair in corrected]
        sums = _SumsOfPairs(sums.numbers, sums.days, levels.copy())
        numbers, days, *of_levels = zip(*corrected.values(), strict=True)
        sums.numbers[places], sums.days[places] = numbers, days
        sums.levels[places] = np.array(of_levels, np.float64).T
    return columns.pairs, _decayed(sums, question), sums.numbers


def _sums_until(found: AllIncidentColumns, question: Question) -> _Sums:
    """Return the pairs of which something had happened by the day, with their sums and numbers of incidents."""
    counts = found.counts_until(question.day)
    some = np.flatnonzero(counts)
    pairs = [found.pairs[index] for index in some.tolist()]
    return pairs, decayed_sums_by_pair(found, question).at(some), counts[some]


def _columns_of(by_pair: IncidentsByPair) -> AllIncidentColumns:
    rows = [
        (number, i.day, i.weight, i.material, i.direction, i.type == ASSAULT)
        for number, found in enumerate(by_pair.values())
        for i in found
    ]
    return AllIncidentColumns.of(list(by_pair), rows)


# Some pairs

_AT_ONCE: Final = 100  # pairs of which the incidents are looked at together


def _near(found: AllRelations) -> AllIncidentColumns | None:
    return found.at_hand if found.columns is None else found.columns


def _load(
    connection: Connection, found: AllRelations, pairs: Set[Pair], question: Question
) -> dict[Pair, IncidentColumns]:
    """Return the incidents of some pairs, by the question's model: read only where not all are at hand."""
    columns = _near(found)
    if not pairs or columns is None:
        return load_columns(connection, pairs, question)
    return columns.by_pair(pairs)


def _recent(
    connection: Connection, found: AllRelations, clients: Clients, states: States, question: Question
) -> Mapping[Pair, Weighed]:
    """Return incidents of pairs, and those of their clients that are at hand: what may count for the day."""
    memory, pairs = usual_memory(question.model), clients.keys()
    if (columns := _near(found)) is not None:
        others = {client for of_pair in clients.values() for client in of_pair} - pairs
        own = recent_of_pairs(columns, pairs, question.day, max(memory))
        return own.joined(recent_of_pairs(columns, others, question.day, max(question.model.window)))
    by_pair = states.by_pair
    if corrected := found.corrected & with_clients(pairs, found.ties) - by_pair.keys():
        by_pair = by_pair | load_columns(connection, corrected, question)
    missing = pairs - by_pair.keys()
    none = dict.fromkeys(missing, NO_INCIDENTS)
    return {**by_pair, **none, **load_recent(connection, missing, question, memory)}


def _from_recent(
    connection: Connection,
    found: AllRelations,
    chosen: Mapping[Pair, tuple[State, PairScores]],
    states: States,
    question: Question,
) -> tuple[dict[Pair, Uncertainty], dict[Pair, Context]]:
    """Return what comes from the incidents of some years: how sure each tension is, and its context."""
    pairs = list(chosen)
    clients = clients_on(question.day, pairs, found.ties)
    clashes, first_days = _clashes_and_first_days(connection, found, pairs, question)
    uncertainties: dict[Pair, Uncertainty] = {}
    contexts: dict[Pair, Context] = {}
    # Of incidents in memory a few pairs' at once: their arrays are small enough to be used again and again.
    at_once = len(pairs) if _near(found) is None else _AT_ONCE
    for start in range(0, len(pairs), at_once or 1):
        some = pairs[start : start + at_once]
        of_some = {pair: clients[pair] for pair in some}
        recent = _recent(connection, found, of_some, states, question)
        uncertainties |= load_uncertainty(connection, of_some, question, recent)
        on_day = [PairOnDay(pair, *chosen[pair], first_days.get(pair), recent[pair]) for pair in some]
        contexts |= contexts_of(on_day, clashes, question)
    return uncertainties, contexts


def _clashes_and_first_days(
    connection: Connection, found: AllRelations, pairs: Sequence[Pair], question: Question
) -> tuple[Mapping[Pair, ClashIncident], Mapping[Pair, int]]:
    """Return the last clash of each of some pairs that has one, and the day of the first incident."""
    if found.by_pair is None:
        rows = select_rows(connection, relations, (*PAIR, "first_day"), PAIR, pairs)
        first_days = {(a, b): first_day for a, b, first_day in rows}
        return load_last_clashes(connection, pairs, question), first_days
    own = {pair: found.by_pair[pair] for pair in pairs if pair in found.by_pair}
    last = {pair: last_clash(of_pair, question) for pair, of_pair in own.items()}
    clashes = {pair: clash for pair, clash in last.items() if clash}
    return clashes, {pair: of_pair[0].day for pair, of_pair in own.items() if of_pair}


def _clash_levels(
    connection: Connection,
    found: AllRelations,
    pairs: Sequence[Pair],
    question: Question,
) -> Mapping[Pair, ClashLevels]:
    """Return what the clash risk is made of, of those of some pairs that have incidents."""
    if found.columns is None:
        return stored_levels(connection, pairs, question, corrects=bool(found.corrected))
    columns = _by_default_model(found, found.columns, question)
    actors = {actor for of_two in pairs for actor in of_two}
    clashed = columns.assault_rows[question.has_happened(columns.day[columns.assault_rows])]
    pair = np.searchsorted(columns.starts, clashed, side="right") - 1
    is_theirs = columns.sides.with_any(actors)[pair]
    clashed, pair = clashed[is_theirs], pair[is_theirs]
    ages = question.day - columns.day[clashed].astype(np.int64)
    clashes = clashes_by_actor(columns.pairs, pair, ages, columns.weight[clashed])
    own = columns.by_pair(pairs)
    elsewhere = [elsewhere_of(pair, clashes) for pair in pairs]
    levels = levels_of_all([own[pair] for pair in pairs], question.day, elsewhere)
    return dict(zip(pairs, levels, strict=True))


def _by_default_model(found: AllRelations, columns: AllIncidentColumns, question: Question) -> AllIncidentColumns:
    if found.by_pair is None or question.model.weighs_like(DEFAULT_MODEL):
        return columns
    by_pair = found.by_pair.items()
    return _columns_of({pair: reweighed(each, DEFAULT_MODEL, question.model) for pair, each in by_pair})


def _stored_runs(connection: Connection, pairs: Sequence[Pair], question: Question) -> dict[Pair, _Since]:
    """Return the states of pairs whose stored runs are up to date, under the default model."""
    rows = select_last_runs(connection, pairs, question.day)
    runs: dict[Pair, _Since] = dict.fromkeys(pairs, (State.UNKNOWN, None))
    runs |= {(a, b): (State(state), first) for a, b, first, state in rows}
    if connection.execute(_ANY_STALE).scalar_one():
        for pair in select_rows(connection, stale_states, PAIR, PAIR, pairs):
            del runs[pair[0], pair[1]]
    return runs


_ANY_STALE: Final = select(exists(select(stale_states.c.a)))  # as a rule none is: then no pair is looked up
