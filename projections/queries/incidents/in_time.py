"""All that happened in a stretch of time, whoever it was between."""

from typing import Final

from sqlalchemy import Connection, select

from projections.publishers.stale_weights import corrected
from projections.queries.articles import reports_by_incident
from projections.queries.incidents.incident_filter import IncidentFilter, latest_first
from projections.queries.load_pairs import load_all_incidents
from projections.queries.question import Question
from projections.scoring.incidents import Incident, reweighed
from projections.storage.bulk_rows import fetch_all
from projections.storage.tables import incidents

MOST_INCIDENTS: Final = 50_000  #: in one answer


class TooManyIncidents(ValueError):
    """More happened than one answer has."""


def incidents_in_time(connection: Connection, wanted: IncidentFilter, question: Question) -> list[Incident]:
    """Return the incidents that had happened by the day of a question, as they count for it, the latest first.

    Raises `TooManyIncidents`.
    """
    load = _stored if question.is_unfiltered else _made_of_evidence
    chosen = [each for each in load(connection, wanted, question) if wanted.includes(each)]
    if len(chosen) > MOST_INCIDENTS:
        raise TooManyIncidents(f"there are {len(chosen):,} incidents, and an answer has {MOST_INCIDENTS:,}")
    if wanted.reads_reports:
        reports = reports_by_incident(connection, (each.id for each in chosen), question)
        chosen = [each for each in chosen if wanted.is_told_in(reports.get(each.id, ()))]
    return sorted(chosen, key=lambda each: latest_first(each.day, each.id))


def _made_of_evidence(connection: Connection, _wanted: IncidentFilter, question: Question) -> list[Incident]:
    """Return all incidents until the day of a question: which reports make one up shows once all are read."""
    by_pair = load_all_incidents(connection, question)
    return [each for of_pair in by_pair.values() for each in of_pair if question.has_happened(each.day)]


def _stored(connection: Connection, wanted: IncidentFilter, question: Question) -> list[Incident]:
    """Return incidents as they are stored, by the question's model."""
    conditions = (*wanted.conditions(), question.has_happened(incidents.c.day))
    asked = select(*(incidents.c[name] for name in Incident._fields)).where(*conditions)
    rows = fetch_all(connection, asked)
    return reweighed(list(corrected(connection, map(Incident._make, rows))), question.model)
