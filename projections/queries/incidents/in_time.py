"""All that happened in a stretch of time, whoever it was between."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, or_, select

from projections.publishers.stale_weights import corrected
from projections.queries.load_pairs import load_all_incidents
from projections.queries.question import Question
from projections.scoring.incidents import Incident, reweighed
from projections.storage.bulk_rows import fetch_all
from projections.storage.tables import incidents

MOST_INCIDENTS: Final = 50_000  #: in one answer


class TooManyIncidents(ValueError):
    """More happened than one answer has."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Which incidents are asked for: from a day on, until that of the question; of some types; with an actor.

    Without types it is all of them, those without a type, too.
    """

    first: int
    types: Collection[str] = field(default=frozenset())
    actor: str | None = None

    def includes(self, incident: Incident) -> bool:
        """Return whether an incident is one of them, whatever the last day."""
        is_with = self.actor is None or self.actor in (incident.a, incident.b)
        return is_with and incident.day >= self.first and (not self.types or incident.type in self.types)


def incidents_in_time(connection: Connection, happened: Happened, question: Question) -> list[Incident]:
    """Return incidents as they count for a question, the latest first. Raises `TooManyIncidents`."""
    load = _stored if question.is_unfiltered else _made_of_evidence
    chosen = [each for each in load(connection, happened, question) if happened.includes(each)]
    if len(chosen) > MOST_INCIDENTS:
        raise TooManyIncidents(f"there are {len(chosen):,} incidents, and an answer has {MOST_INCIDENTS:,}")
    return sorted(chosen, key=lambda each: (-each.day, each.id))


def _made_of_evidence(connection: Connection, _happened: Happened, question: Question) -> list[Incident]:
    """Return all incidents until the day of a question: which reports make one up shows once all are read."""
    by_pair = load_all_incidents(connection, question)
    return [each for of_pair in by_pair.values() for each in of_pair if question.has_happened(each.day)]


def _stored(connection: Connection, happened: Happened, question: Question) -> list[Incident]:
    """Return the incidents of the days as they are stored, by the question's model."""
    columns = incidents.c
    conditions = [columns.day >= happened.first, question.has_happened(columns.day)]
    if happened.actor is not None:
        conditions.append(or_(columns.a == happened.actor, columns.b == happened.actor))
    asked = select(*(columns[name] for name in Incident._fields)).where(*conditions)
    rows = fetch_all(connection, asked)
    return reweighed(list(corrected(connection, map(Incident._make, rows))), question.model)
