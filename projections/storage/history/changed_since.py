"""Which incidents may be others in the tables than in a build of history, and whether that can be told at all.

Each command is recorded at an instant later than all before it. So what was folded behind a build's position began
or ended later than what the build has; but for what was folded late, and for texts that were redacted.
"""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, or_, select, union

from projections.pairs import Pair, pair_of
from projections.storage.bulk_rows import fetch_all
from projections.storage.connection import Prepared
from projections.storage.tables import (
    articles,
    evidence,
    is_revised,
    pair_publishers,
    parked,
    progress,
    publisher_aliases,
    redactions,
    stale_weights,
)


class BuildEnd(NamedTuple):
    """Where a build ends: a position, when its newest event was recorded, and which events it has parked."""

    position: int
    recorded: int
    parked: frozenset[int]


class ChangedIncidents(NamedTuple):
    """Which incidents may be others than they were: those of some groups, and all of some pairs."""

    groups: frozenset[str]
    pairs: frozenset[Pair]


_LAST_REDACTION: Final = select(func.max(redactions.c.position)).scalar_subquery()
_STATE: Final = Prepared(select(progress.c.position, _LAST_REDACTION))
_PARKED: Final = Prepared(select(parked.c.position).where(bindparam("position") >= parked.c.position))


def why_of_no_use(connection: Connection, end: BuildEnd) -> str | None:
    """Return why a build says nothing about the tables as a transaction sees them; None if it does."""
    position, redacted = _STATE.row(connection)
    if position < end.position:
        return f"the tables are folded up to position {position}, and the history is of position {end.position}"
    if (redacted or 0) > end.position:
        return f"texts were redacted at position {redacted}, which the history of position {end.position} may have"
    if {row[0] for row in _PARKED.rows(connection, position=end.position)} != end.parked:
        return f"other events are parked up to position {end.position} than when the history was built"
    return None


def incidents_changed_since(
    connection: Connection, end: BuildEnd, wanted: Collection[Pair] | None = None
) -> ChangedIncidents:
    """Return which incidents, of some pairs or of all, may be others in the tables than at the end of a build.

    It is of use. A ruling lets evidence of the same report end and begin; all else happens to articles.
    """
    names = (evidence.c.incident, evidence.c.source, evidence.c.target)
    came = select(*names).where(evidence.c.article > end.position)
    revised = select(articles.c.article).where(is_revised, articles.c.changed >= end.recorded)
    of_revised = select(*names).where(evidence.c.article.in_(revised))
    # Each once would be dearer: SQLite would go by the key of all evidence to have them so.
    ended = select(evidence.c.article, evidence.c.number).where(evidence.c.known_to >= end.recorded)
    its = ended.cte("ended").prefix_with("MATERIALIZED")
    same = and_(evidence.c.article == its.c.article, evidence.c.number == its.c.number)
    rows = fetch_all(connection, union(came, of_revised, select(*names).join(its, same)))
    pairs = set(_pairs_weighed_otherwise(connection, end))
    if wanted is not None:
        among = frozenset(wanted)
        rows, pairs = [row for row in rows if pair_of(*row[1:]) in among], pairs & among
    return ChangedIncidents(frozenset(id_ for id_, *_ in rows if id_ is not None), frozenset(pairs))


def _pairs_weighed_otherwise(connection: Connection, end: BuildEnd) -> Iterator[Pair]:
    """Yield the pairs of whose publishers one counts as another than at the end of a build, or did not yet."""
    yield from ((a, b) for a, b in fetch_all(connection, select(stale_weights.c.a, stale_weights.c.b)))
    since, until = publisher_aliases.c.known_from, publisher_aliases.c.known_to
    changed = select(publisher_aliases.c.publisher).where(or_(since >= end.recorded, until >= end.recorded))
    if fetch_all(connection, changed):  # as a rule there is none, and those of pairs are many to look through
        theirs = select(pair_publishers.c.a, pair_publishers.c.b).where(pair_publishers.c.publisher.in_(changed))
        yield from ((a, b) for a, b in fetch_all(connection, theirs))
