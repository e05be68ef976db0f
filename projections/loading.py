"""From rows to frames: the incidents and ties of pairs, as they are known now or were at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from projections.frame import Frame, Pair, Source, Tie, pair_of
from projections.incidents import Claim, Incident, incidents_of
from projections.model import ScoringModel
from projections.rows import select_rows
from projections.tables import evidence, incidents, is_alignment

CLAIM = [evidence.c[name] for name in Claim._fields]
_DAY_AND_ID: Final = attrgetter("day", "id")


def known(table: Any, known_at: int | None) -> ColumnElement[bool]:
    """Return the condition that a row stands now, or stood in the log's knowledge at an instant (microseconds)."""
    columns = table.c
    if known_at is None:
        return columns.known_to.is_(None)  # type: ignore[no-any-return]
    return and_(columns.known_from <= known_at, or_(columns.known_to.is_(None), columns.known_to > known_at))


def load_frame(
    connection: Connection,
    pair: Pair,
    known_at: int | None,
    model: ScoringModel,
    ties: Sequence[Tie] | None = None,
) -> Frame:
    """Return a pair with all that bears on it. `ties` are all there are, where they are at hand."""
    own = Source.of(load_incidents(connection, pair, known_at, model))
    if ties is None:
        ties = load_ties(connection, known_at, pair)
    spilled = tuple(
        Source.of(load_incidents(connection, pair_of(tie.client, other), known_at, model), tie)
        for tie, other in ties_of_pair(ties, pair)
    )
    return Frame(pair, own, spilled)


def load_frames(connection: Connection, pairs: Sequence[Pair]) -> Iterator[Frame]:
    """Yield each of some pairs with all that bears on it, as it is known now, from one look at the incidents."""
    ties = load_ties(connection, None)
    spilling = {pair: ties_of_pair(ties, pair) for pair in pairs}
    clients = {pair_of(tie.client, other) for found in spilling.values() for tie, other in found}
    by_pair: defaultdict[Pair, list[Incident]] = defaultdict(list)
    wanted = clients.union(pairs)
    for incident in map(Incident._make, select_rows(connection, incidents, Incident._fields, ("a", "b"), wanted)):
        by_pair[incident.a, incident.b].append(incident)
    for found in by_pair.values():
        found.sort(key=_DAY_AND_ID)
    for pair in pairs:
        spilled = (Source.of(by_pair[pair_of(tie.client, other)], tie) for tie, other in spilling[pair])
        yield Frame(pair, Source.of(by_pair[pair]), tuple(spilled))


def ties_of_pair(ties: Iterable[Tie], pair: Pair) -> list[tuple[Tie, str]]:
    """Return the ties by which conflict spills over to a pair, each with the actor its client is set against."""
    return [
        (tie, other)
        for tie in ties
        for patron, other in (pair, pair[::-1])
        if tie.patron == patron and tie.client not in pair
    ]


def load_incidents(
    connection: Connection, pair: Pair, known_at: int | None, model: ScoringModel
) -> Sequence[Incident]:
    """Return a pair's incidents by day: as they stand now, or clustered from what was known at an instant."""
    if known_at is None:
        rows = select_rows(connection, incidents, Incident._fields, ("a", "b"), [pair])
        return sorted(map(Incident._make, rows), key=_DAY_AND_ID)
    a, b = pair
    either_way = or_(
        and_(evidence.c.source == a, evidence.c.target == b), and_(evidence.c.source == b, evidence.c.target == a)
    )
    conditions = (either_way, evidence.c.incident.is_not(None), known(evidence, known_at))
    claims = connection.execute(select(*CLAIM).where(*conditions))
    found = incidents_of((Claim._make(row) for row in claims), model)
    return sorted(found.values(), key=_DAY_AND_ID)


def load_ties(connection: Connection, known_at: int | None, patrons: Sequence[str] | None = None) -> list[Tie]:
    """Return the ties of some patrons, or all, with their turns in the order of days and of the log."""
    columns = (evidence.c.source, evidence.c.target, evidence.c.day, evidence.c.development)
    conditions = [is_alignment, known(evidence, known_at)]
    if patrons is not None:
        conditions.append(evidence.c.source.in_(patrons))
    order = (evidence.c.day, evidence.c.known_from, evidence.c.article, evidence.c.number)
    turns: defaultdict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for patron, client, day, development in connection.execute(
        select(*columns).where(*conditions).order_by(*order)
    ):
        turns[patron, client].append((day, development != "ended"))
    return [
        Tie(patron, client, tuple(day for day, _ in reported), tuple(stands for _, stands in reported))
        for (patron, client), reported in sorted(turns.items())
    ]
