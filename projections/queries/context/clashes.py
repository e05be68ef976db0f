"""Clashes between actors: incidents of type ASSAULT, as they count for a question."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from sqlalchemy import Connection

from domain.standards.plover import ASSAULT
from projections.evidence.agreements import ClashIncident
from projections.pairs import Pair
from projections.queries.load_pairs import load_incidents
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.scoring.spillover import IncidentGroup
from projections.storage.bulk_rows import select_clashes_since, select_last_clashes


def last_clash(found: Iterable[Incident], question: Question) -> ClashIncident | None:
    """Return the last clash among incidents until the day of a question; of several on one day the first by id."""
    clashes = [each for each in found if each.type == ASSAULT and question.has_happened(each.day)]
    if not clashes:
        return None
    return _clash_of(min(clashes, key=lambda each: (-each.day, each.id)))


def last_clash_of(own: IncidentGroup, question: Question) -> ClashIncident | None:
    """Return the same of a pair's own incidents, which are by day and id: no more than one is read."""
    columns = own.columns
    places = np.flatnonzero(columns.assault & question.has_happened(columns.day))
    if not len(places):
        return None
    of_last_day = columns.day[places] == columns.day[places[-1]]
    return _clash_of(own.incidents[int(places[of_last_day][0])])


def _clash_of(incident: Incident) -> ClashIncident:
    return ClashIncident(
        incident.day, incident.id, (incident.a, incident.b), incident.first_day, incident.last_day
    )


def load_last_clashes(
    connection: Connection, pairs: Sequence[Pair], question: Question
) -> dict[Pair, ClashIncident]:
    """Return the last clash of each of some pairs that has one, for a plain question."""
    found: dict[Pair, ClashIncident] = {}
    for a, b, day, incident, *span in select_last_clashes(connection, pairs, question.day):
        clash = ClashIncident(day, incident, (a, b), *span)
        found[a, b] = min(found.get((a, b), clash), clash)
    return found


def load_clashes(
    connection: Connection, since: Mapping[Pair, int], question: Question
) -> dict[Pair, list[ClashIncident]]:
    """Return the clashes of each of some pairs that has any after a day of its own, until that of a question."""
    found: dict[Pair, list[ClashIncident]] = {}
    if question.is_plain:
        for a, b, day, id_, *span in select_clashes_since(connection, since, question.day):
            found.setdefault((a, b), []).append(ClashIncident(day, id_, (a, b), *span))
        return found
    for pair, of_pair in load_incidents(connection, since, question).items():
        clashes = (each for each in of_pair if each.type == ASSAULT and each.day > since[pair])
        if counted := [_clash_of(each) for each in clashes if question.has_happened(each.day)]:
            found[pair] = counted
    return found
