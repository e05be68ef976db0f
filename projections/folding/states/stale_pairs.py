"""Pairs whose runs of states may be others now, and from which day on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, or_, select

from projections.pairs import Pair, pair_of
from projections.storage.bulk_rows import insert_or_lower, is_one_of
from projections.storage.tables import STALE_STATE, evidence, is_alignment, relations, stale_states

EVER: Final = -1_000_000  #: a day before all others: of states that may be others on any day

_Way = tuple[str, str]  # patron, client
_TIES: Final = select(evidence.c.source, evidence.c.target).where(is_alignment)


class TieTurn(NamedTuple):
    """That something is told otherwise of the tie of a patron, the source, and its client since a day."""

    source: str
    target: str
    day: int


def mark_states_stale(connection: Connection, changed: Mapping[Pair, int], turns: Iterable[TieTurn]) -> None:
    """Mark the pairs whose states may be others: their own incidents changed, a client's, or a tie.

    `changed` are the pairs whose incidents changed, each with the first day of one that did.
    """
    since = dict(changed)
    _lower(since, days_spilled_to(changed, dict.fromkeys(_ties_to(connection, changed), EVER)).items())
    turned = _first_turns(turns)
    if turned:
        _lower(since, ((pair_of(*tie), day) for tie, day in turned.items()))  # each of two may back the other
        of_clients = dict.fromkeys(_pairs_with(connection, {client for _, client in turned}), EVER)
        _lower(since, days_spilled_to(of_clients, turned).items())
    rows = [(*pair, day) for pair, day in sorted(since.items())]
    insert_or_lower(connection, stale_states, STALE_STATE, rows, least="since")


def days_spilled_to(pairs: Mapping[Pair, int], ties: Mapping[_Way, int]) -> dict[Pair, int]:
    """Return the pairs to which incidents of some pairs spill over, and from which day on at the earliest.

    Both have the day from which on they are others: what spills over is so from the later one of the two.
    """
    opponents: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (one, other), day in pairs.items():
        opponents[one][other] = opponents[other][one] = day
    found: dict[Pair, int] = {}
    for (patron, client), turned in ties.items():
        for other, day in opponents[client].items():
            if other != patron:
                pair = pair_of(patron, other)
                found[pair] = min(found.get(pair, max(day, turned)), max(day, turned))
    return found


def all_ties(connection: Connection) -> set[_Way]:
    """Return each (patron, client) that was ever reported."""
    return {(patron, client) for patron, client in connection.execute(_TIES)}


def _first_turns(turns: Iterable[TieTurn]) -> dict[_Way, int]:
    """Return the ties that turned, and from which day on."""
    turned: dict[_Way, int] = {}
    for patron, client, day in turns:
        turned[patron, client] = min(turned.get((patron, client), day), day)
    return turned


def _lower(since: dict[Pair, int], days: Iterable[tuple[Pair, int]]) -> None:
    for pair, day in days:
        since[pair] = min(since.get(pair, day), day)


def _pairs_with(connection: Connection, actors: Iterable[str]) -> list[Pair]:
    """Return the pairs with incidents of which one is one of some actors."""
    theirs = [(actor,) for actor in sorted(actors)]
    either = or_(*(is_one_of(connection, [side], theirs) for side in (relations.c.a, relations.c.b)))
    return [(a, b) for a, b in connection.execute(select(relations.c.a, relations.c.b).where(either))]


def _ties_to(connection: Connection, pairs: Iterable[Pair]) -> set[_Way]:
    """Return each (patron, client) that was ever reported of which the client is an actor of some pairs."""
    actors_of = sorted({actor for pair in pairs for actor in pair})
    asked = _TIES.where(is_one_of(connection, [evidence.c.target], [(actor,) for actor in actors_of])).distinct()
    return {(patron, client) for patron, client in connection.execute(asked)} if actors_of else set()
