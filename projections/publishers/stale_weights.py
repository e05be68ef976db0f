"""Incidents that were weighed before publishers came to count as one, or no longer did, and what they weigh now.

An alias may touch more incidents than can be weighed anew while a page waits. So their pairs are marked, and the
projector goes through them a few at a time. Until it has, whoever reads such a pair corrects what is stored: to
the same digits, as sums are exact.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, takewhile
from typing import Final, NamedTuple

from sqlalchemy import Connection, exists, func, select

from domain.standards.plover import ASSAULT
from projections.pairs import Pair
from projections.publishers.actor_clashes import load_actor_clashes, update_actor_clashes
from projections.publishers.counted_as import load_aliases
from projections.publishers.daily_levels import first_days, write_daily_levels
from projections.publishers.pair_totals import RELATION, PairTotals, add_incidents
from projections.scoring.clash_risk.clash_sums import ActorClashes, add_clashes
from projections.scoring.incidents import Claim, Incident, incidents_of
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.bulk_rows import (
    Row,
    delete_rows,
    fetch_all,
    insert_new_rows,
    insert_rows,
    is_one_of,
    select_rows,
)
from projections.storage.columns.incident_columns import AllIncidentColumns
from projections.storage.columns.note_changes import begin_changes, note_changes
from projections.storage.columns.read_incidents import read_incidents
from projections.storage.columns.stored_columns import read_all
from projections.storage.tables import (
    LEVELS,
    evidence,
    incidents,
    pair_publishers,
    relations,
    stale_weights,
)

#: What is weighed anew in one transaction, between two pages of the log.
MOST_PAIRS: Final = 50
MOST_INCIDENTS: Final = 20_000  #: that these pairs have, unless one pair alone has more

SUMS: Final = ("incidents", "day", *LEVELS)  #: the columns of `relations` that corrections may change

_PAIR: Final = ("a", "b")
_ANY: Final = select(exists(select(stale_weights.c.a)))
_OF_PAIR: Final = (incidents.c.a, incidents.c.b)
_ROW: Final = [incidents.c[name] for name in Incident._fields]


class Correction(NamedTuple):
    """An incident as it is stored, and as it is now."""

    stored: Incident
    now: Incident


# Which are stale


def mark_stale(connection: Connection, families: Iterable[Collection[str]]) -> set[Pair]:
    """Mark the pairs of which two publishers of one family report, and return them."""
    found = {pair for family in families for pair in pairs_of_several(connection, family)}
    insert_new_rows(connection, stale_weights, _PAIR, sorted(found), _PAIR)
    return found


def pairs_of_several(connection: Connection, publishers: Collection[str]) -> list[Pair]:
    """Return the pairs of which several of some publishers report."""
    theirs = is_one_of(connection, [pair_publishers.c.publisher], [(name,) for name in sorted(publishers)])
    pair = (pair_publishers.c.a, pair_publishers.c.b)
    asked = select(*pair).where(theirs).group_by(*pair).having(func.count() > 1)
    return [(a, b) for a, b in fetch_all(connection, asked)]


def has_stale_weights(connection: Connection) -> bool:
    """Return whether any pair is marked."""
    return bool(connection.execute(_ANY).scalar_one())


def _marked(connection: Connection, wanted: Collection[Pair] | None) -> list[Pair]:
    """Return those of some pairs, or of all, that are marked."""
    asked = select(stale_weights.c.a, stale_weights.c.b)
    if wanted is not None:
        asked = asked.where(is_one_of(connection, [stale_weights.c.a, stale_weights.c.b], wanted))
    return [(a, b) for a, b in fetch_all(connection, asked)]


# What they are now


def corrections(connection: Connection, wanted: Collection[Pair] | None = None) -> list[Correction]:
    """Return how the incidents of some pairs, or of all, differ from what is stored."""
    marked = _marked(connection, wanted)
    return corrections_under(connection, marked, load_aliases(connection)) if marked else []


def corrections_under(
    connection: Connection, pairs: Collection[Pair], aliases: Mapping[str, str]
) -> list[Correction]:
    """Return how the incidents of some pairs would differ from what is stored, if aliases were these."""
    several = select(*_ROW).where(is_one_of(connection, _OF_PAIR, pairs), incidents.c.reports > 1)
    stored = {row[0]: _incident(row) for row in fetch_all(connection, several)}
    wanted = {incident.beside or incident.id for incident in stored.values()}
    rows = select_rows(
        connection, evidence, (*Claim._fields, "known_to"), ("incident",), [(id_,) for id_ in wanted]
    )
    standing = (Claim._make(row[:-1]) for row in rows if row[-1] is None)
    now = incidents_of(standing, DEFAULT_MODEL, aliases)  # which is in which does not hang on publishers
    return [Correction(stored[id_], now[id_]) for id_ in sorted(stored) if stored[id_] != now[id_]]


def corrected(
    connection: Connection, found: Iterable[Incident], wanted: Collection[Pair] | None = None
) -> Iterable[Incident]:
    """Return incidents of some pairs, or of all, as they are now."""
    now = {each.stored.id: each.now for each in corrections(connection, wanted)}
    return (now.get(incident.id, incident) for incident in found) if now else found


def corrected_sums(
    connection: Connection, wanted: Collection[Pair] | None = None, columns: Sequence[str] = SUMS
) -> dict[Pair, Row]:
    """Return columns of `relations` for those of some pairs, or of all, that differ from what is stored."""
    rows = {
        pair: totals.row(pair) for pair, totals in _totals(connection, corrections(connection, wanted)).items()
    }
    return {pair: tuple(row[RELATION.index(name)] for name in columns) for pair, row in rows.items()}


def corrected_actor_clashes(connection: Connection, actors: Collection[str]) -> dict[str, ActorClashes]:
    """Return what the clashes of those of some actors that have any come to, as they are now."""
    of_theirs = [pair for pair in _marked(connection, None) if not set(actors).isdisjoint(pair)]
    changed = corrections_under(connection, of_theirs, load_aliases(connection)) if of_theirs else []
    totals = load_actor_clashes(connection, actors)
    add_clashes(totals, (each.now for each in changed))
    add_clashes(totals, (each.stored for each in changed), times=-1)
    return {actor: totals[actor] for actor in actors if actor in totals}


def read_incident_columns(connection: Connection, chosen: Collection[Pair] | None = None) -> AllIncidentColumns:
    """Return all incidents that stand, or those of chosen pairs, as they are now, in order."""
    found = read_all(connection) if chosen is None else read_incidents(connection, chosen)
    return correct_columns(connection, found, chosen)


def correct_columns(
    connection: Connection, found: AllIncidentColumns, chosen: Collection[Pair] | None = None
) -> AllIncidentColumns:
    """Return the incidents of all pairs, or of chosen ones, as they are now, given those that are stored."""
    changed = corrections(connection, chosen)
    if not changed:
        return found
    pairs = sorted({(each.now.a, each.now.b) for each in changed})
    number = {pair: index for index, pair in enumerate(pairs)}
    now = {each.stored.id: each.now for each in changed}
    rows = fetch_all(connection, select(*_ROW).where(is_one_of(connection, _OF_PAIR, pairs)))
    every = (now.get(row[0]) or Incident._make(row) for row in rows)
    columns = [(number[i.a, i.b], i.day, i.weight, i.material, i.direction, i.type == ASSAULT) for i in every]
    return found.replaced(AllIncidentColumns.of(pairs, columns).in_order())


def _totals(connection: Connection, found: Sequence[Correction]) -> dict[Pair, PairTotals]:
    pairs = {(each.now.a, each.now.b) for each in found}
    rows = select_rows(connection, relations, RELATION, _PAIR, pairs)
    totals = {(row[0], row[1]): PairTotals.parse(row) for row in rows}
    add_incidents(totals, (each.stored for each in found), times=-1)
    add_incidents(totals, (each.now for each in found))
    return totals


def _incident(row: Row) -> Incident:
    incident = Incident._make(row)
    return incident._replace(material=bool(incident.material))  # SQLite knows no booleans


# Weighing anew


def weigh_anew(connection: Connection) -> bool:
    """Weigh the incidents of a few marked pairs anew; return whether there were any."""
    ordered = select(stale_weights.c.a, stale_weights.c.b).order_by(stale_weights.c.a, stale_weights.c.b)
    pairs = _few(connection, [(a, b) for a, b in fetch_all(connection, ordered.limit(MOST_PAIRS))])
    if not pairs:
        return False
    begin_changes(connection)
    found = corrections_under(connection, pairs, load_aliases(connection))
    rows = [totals.row(pair) for pair, totals in _totals(connection, found).items()]
    gone, come = [each.stored for each in found], [each.now for each in found]
    delete_rows(connection, incidents, ("id",), [(incident.id,) for incident in gone])
    insert_rows(connection, incidents, Incident._fields, come)
    note_changes(connection, gone, come)
    update_actor_clashes(connection, gone, come)
    delete_rows(connection, relations, _PAIR, [(row[0], row[1]) for row in rows])
    insert_rows(connection, relations, RELATION, rows)
    write_daily_levels(connection, first_days(come), come)
    delete_rows(connection, stale_weights, _PAIR, pairs)
    return True


def _few(connection: Connection, pairs: Sequence[Pair]) -> list[Pair]:
    """Return the first of some pairs, as many as have no more than `MOST_INCIDENTS`, one at least."""
    sizes: defaultdict[Pair, int] = defaultdict(int)
    for a, b, size in select_rows(connection, relations, ("a", "b", "incidents"), _PAIR, pairs):
        sizes[a, b] = size
    sums = accumulate(sizes[pair] for pair in pairs)
    return list(pairs[: max(sum(1 for _ in takewhile(lambda total: total <= MOST_INCIDENTS, sums)), 1)])
