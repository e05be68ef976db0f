"""How some actors stand with each other on a day: all neighbours of one, or the pairs among a few."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import numpy as np

from projections.pairs import Pair, other_of
from projections.queries.question import Question
from projections.queries.relation_list import AllRelations, relations_at, states_of
from projections.scoring.states import NOTHING_KNOWN, State
from projections.storage.connection import Connection
from projections.storage.incident_cache import ReadAllColumns

_LOOKED_AT: Final = 2  # times as many neighbours as are shown: of some of those with low scores nothing is known


class BriefRelation(NamedTuple):
    """How two actors stand on a day: state and since when, scores, and how many incidents there were by then."""

    pair: Pair
    state: State
    since: int | None
    tension: float
    cooperation: float
    incidents: int


class Network(NamedTuple):
    """An actor among its neighbours, the most tense first: its relations and those among these; how many more."""

    neighbours: Sequence[str]
    relations: Sequence[BriefRelation]
    others: int


def network_at(
    connection: Connection, code: str, question: Question, most: int, read_columns: ReadAllColumns
) -> Network:
    """Return an actor among up to `most` neighbours, of whom something is known or one backs the other.

    `read_columns` is that of `relations_at`.
    """
    found = relations_at(connection, question, read_columns)
    mine = [index for index, pair in enumerate(found.pairs) if code in pair]
    highest = np.maximum(found.tension, found.cooperation)
    mine.sort(key=lambda index: (-highest[index], found.pairs[index]))
    near = frozenset(other_of(found.pairs[index], code) for index in mine[: _LOOKED_AT * most])
    among = _among(found, near)
    relations = _relations(
        connection, found, [*mine, *among], question
    )  # at once, as each look at the states costs
    known = [
        relation
        for relation in relations[: len(mine)]
        if relation.state is State.ALIGNED or relation.state not in NOTHING_KNOWN
    ]
    shown = [relation for relation in known if other_of(relation.pair, code) in near][:most]
    shown.sort(key=lambda relation: (relation.cooperation - relation.tension, relation.pair))
    neighbours = [other_of(relation.pair, code) for relation in shown]
    among_shown = [relation for relation in relations[len(mine) :] if set(relation.pair) <= set(neighbours)]
    return Network(neighbours, [*shown, *among_shown], len(known) - len(shown))


def relations_among(
    connection: Connection, codes: Collection[str], question: Question, read_columns: ReadAllColumns
) -> list[BriefRelation]:
    """Return how the pairs among some actors stand that have an incident, a spill-over or a tie between them."""
    found = relations_at(connection, question, read_columns)
    return _relations(connection, found, _among(found, frozenset(codes)), question)


def most_tense_actors(
    connection: Connection,
    question: Question,
    most: int,
    hidden: Collection[str],
    read_columns: ReadAllColumns,
) -> list[str]:
    """Return the codes of up to `most` actors, those of the tensest pairs, but for some that are `hidden`."""
    found = relations_at(connection, question, read_columns)
    actors: dict[str, None] = {}
    tension = found.tension.tolist()
    tense = np.flatnonzero(found.tension).tolist()
    for index in sorted(tense, key=lambda index: (-tension[index], found.pairs[index])):
        pair = found.pairs[index]
        if not set(pair).isdisjoint(hidden):
            continue
        if len(actors.keys() | set(pair)) > most:
            break
        actors |= dict.fromkeys(pair)
    return sorted(actors)


def _among(found: AllRelations, codes: Collection[str]) -> list[int]:
    """Return the pairs among some actors, in code order: the order of all pairs is that of rows."""
    among = (index for index, (a, b) in enumerate(found.pairs) if a in codes and b in codes)
    return sorted(among, key=found.pairs.__getitem__)


def _relations(
    connection: Connection, found: AllRelations, chosen: Sequence[int], question: Question
) -> list[BriefRelation]:
    states = states_of(connection, found, chosen, question)
    return [
        BriefRelation(
            found.pairs[index],
            *states.runs[index],
            float(found.tension[index]),
            float(found.cooperation[index]),
            int(found.incidents[index]),
        )
        for index in chosen
    ]
