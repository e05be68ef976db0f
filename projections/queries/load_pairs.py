"""From rows to the histories of pairs: incidents and ties, as they are known now or were at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select

from projections.pairs import Pair
from projections.queries.filters import CLAIM, NOTHING, Exclusions, between, known, told
from projections.scoring.incidents import Claim, Incident, incidents_of, reweighed
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import IncidentGroup, Tie, clients_of
from projections.storage.bulk_rows import select_rows
from projections.storage.tables import evidence, incidents, is_alignment

_DAY_AND_ID: Final = attrgetter("day", "id")


def load_pair(
    connection: Connection,
    pair: Pair,
    known_at: int | None,
    model: Model,
    ties: Sequence[Tie] | None = None,
    *,
    left_out: Exclusions = NOTHING,
) -> PairHistory:
    """Return the history of a pair. `ties` are all there are, where they are at hand."""
    own = IncidentGroup.of(load_incidents(connection, pair, known_at, model, left_out))
    if ties is None:
        ties = load_bearing_ties(connection, known_at, model, pair, left_out)
    spilled = tuple(
        IncidentGroup.of(load_incidents(connection, client_pair, known_at, model, left_out), tie)
        for tie, client_pair in clients_of(pair, ties)
    )
    return PairHistory(pair, own, spilled)


def load_pairs(connection: Connection, pairs: Sequence[Pair]) -> Iterator[PairHistory]:
    """Yield the histories of some pairs as they are known now, from one look at the incidents."""
    ties = load_ties(connection, None)
    clients = {pair: clients_of(pair, ties) for pair in pairs}
    wanted = {*pairs, *(client.pair for found in clients.values() for client in found)}
    rows = select_rows(connection, incidents, Incident._fields, ("a", "b"), wanted)
    by_pair = by_pair_and_day(map(Incident._make, rows))
    for pair in pairs:
        yield PairHistory.of(pair, by_pair, clients[pair])


def by_pair_and_day(found: Iterable[Incident]) -> dict[Pair, list[Incident]]:
    """Return incidents by pair, and in each by day."""
    by_pair: defaultdict[Pair, list[Incident]] = defaultdict(list)
    for incident in found:
        by_pair[incident.a, incident.b].append(incident)
    for incidents_of_pair in by_pair.values():
        incidents_of_pair.sort(key=_DAY_AND_ID)
    return dict(by_pair)


def load_incidents(
    connection: Connection, pair: Pair, known_at: int | None, model: Model, left_out: Exclusions = NOTHING
) -> Sequence[Incident]:
    """Return a pair's incidents by day: as they stand now, or clustered from the evidence that counts."""
    if known_at is None and not left_out:
        rows = select_rows(connection, incidents, Incident._fields, ("a", "b"), [pair])
        return reweighed(sorted(map(Incident._make, rows), key=_DAY_AND_ID), model)
    conditions = (between([pair]), evidence.c.incident.is_not(None), told(known_at, left_out))
    claims = connection.execute(select(*CLAIM).where(*conditions))
    found = incidents_of((Claim._make(row) for row in claims), model)
    return sorted(found.values(), key=_DAY_AND_ID)


def load_all_incidents(
    connection: Connection, known_at: int | None, model: Model, left_out: Exclusions
) -> dict[Pair, list[Incident]]:
    """Return the incidents of all pairs, by pair and in each by day."""
    if known_at is None and not left_out:
        columns = [incidents.c[name] for name in Incident._fields]
        found = reweighed((Incident._make(row) for row in connection.execute(select(*columns))), model)
    else:
        claims = connection.execute(
            select(*CLAIM).where(evidence.c.incident.is_not(None), told(known_at, left_out))
        )
        found = list(incidents_of((Claim._make(row) for row in claims), model).values())
    return by_pair_and_day(found)


def _ties(counts: ColumnElement[bool], *, of_some: bool) -> Select[tuple[str, str, int, str]]:
    """Return the query for the alignments that count, all or those `of_some` patrons, in the order of the log."""
    columns = (evidence.c.source, evidence.c.target, evidence.c.day, evidence.c.development)
    order = (evidence.c.day, evidence.c.known_from, evidence.c.article, evidence.c.number)
    asked = select(*columns).where(is_alignment, counts).order_by(*order)
    return asked.where(evidence.c.source.in_(bindparam("patrons", expanding=True))) if of_some else asked


#: Put together once: every reading of a relation asks them.
_STANDING_TIES: Final = {of_some: _ties(known(evidence, None), of_some=of_some) for of_some in (False, True)}


def load_bearing_ties(
    connection: Connection,
    known_at: int | None,
    model: Model,
    patrons: Sequence[str] | None = None,
    left_out: Exclusions = NOTHING,
) -> list[Tie]:
    """Return the ties of some patrons, or all, that a model makes use of: a reference makes of none."""
    return load_ties(connection, known_at, patrons, left_out) if model.spillover_share else []


def load_ties(
    connection: Connection,
    known_at: int | None,
    patrons: Sequence[str] | None = None,
    left_out: Exclusions = NOTHING,
) -> list[Tie]:
    """Return the ties of some patrons, or all, with their turns in the order of days and of the log."""
    of_some = patrons is not None
    if known_at is None and not left_out:
        asked = _STANDING_TIES[of_some]
    else:
        asked = _ties(told(known_at, left_out), of_some=of_some)
    turns: defaultdict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    rows: Iterable[Any] = connection.execute(asked, {"patrons": patrons} if of_some else {})
    for patron, client, day, development in rows:
        turns[patron, client].append((day, development != "ended"))
    return [
        Tie(patron, client, tuple(day for day, _ in reported), tuple(active for _, active in reported))
        for (patron, client), reported in sorted(turns.items())
    ]
