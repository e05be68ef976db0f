"""Incidents of all pairs, looked for: the latest first, a bounded part of the log at a time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, select

from projections.publishers.stale_weights import corrected
from projections.queries.articles import ArticleReport, reports_by_incident
from projections.queries.incidents.incident_filter import IncidentFilter, latest_first
from projections.queries.incidents.latest_of_history import (
    ReadLatest,
    incidents_of_batch,
    latest_of_history,
    no_history,
)
from projections.queries.load_pairs import load_all_incidents
from projections.queries.question import Question
from projections.scoring.incidents import Incident, reweighed
from projections.storage.bulk_rows import by_characters, fetch_all, fetch_pieces
from projections.storage.tables import incidents

MOST_LOOKED_AT: Final = 2000  #: incidents whose reports one search reads
_READ_AT_ONCE: Final = 100


class LastFound(NamedTuple):
    """The incident behind which a page goes on: the latest day comes first, and of a day the first id."""

    day: int
    id: str


class FoundIncident(NamedTuple):
    """An incident, and who reported it."""

    incident: Incident
    reported_by: Sequence[ArticleReport]


class IncidentPage(NamedTuple):
    """What was found, and behind what to go on, None if there is no more."""

    found: list[FoundIncident]
    following: LastFound | None


def find_incidents(
    connection: Connection, question: Question, wanted: IncidentFilter, behind: LastFound | None, limit: int
) -> IncidentPage:
    """Return up to `limit` incidents that had happened by the day of a question, as it counts them.

    Fewer, with where to go on, if many had to be read for that.
    """
    looked_at, found = 0, list[FoundIncident]()
    last: LastFound | None = None
    candidates = iter(_candidates(connection, question, wanted, behind))
    while page := list(islice(candidates, max(limit, _READ_AT_ONCE))):
        reports = reports_by_incident(connection, (each.id for each in page), question)
        for incident in page:
            if len(found) == limit:
                return IncidentPage(found, last)
            last = LastFound(incident.day, incident.id)
            reported_by = reports.get(incident.id, ())
            if wanted.is_told_in(reported_by):
                found.append(FoundIncident(incident, reported_by))
        if len(found) == limit:  # of what comes behind them the reports need not be read
            return IncidentPage(found, last if next(candidates, None) else None)
        looked_at += len(page)
        if looked_at >= MOST_LOOKED_AT:
            return IncidentPage(found, last)
    return IncidentPage(found, None)


def all_incidents(
    connection: Connection, question: Question, wanted: IncidentFilter, read_latest: ReadLatest = no_history
) -> Iterator[list[Incident]]:
    """Return all incidents that had happened by the day of a question, as it counts them, thousands at a time.

    The latest come first, in the order of `find_incidents`. What is looked for in reports is not looked at.
    """
    found = latest_of_history(connection, question, wanted, Incident._fields, read_latest)
    if found is None:
        return _all_of_tables(connection, question, wanted)
    return (reweighed(incidents_of_batch(batch), question.model) for batch in found)


def _all_of_tables(connection: Connection, question: Question, wanted: IncidentFilter) -> Iterator[list[Incident]]:
    if not question.is_unfiltered:
        ranked = list(_candidates(connection, question, wanted, None))
        yield from (ranked[start : start + _PIECE] for start in range(0, len(ranked), _PIECE))
        return
    chosen = (*wanted.conditions(), incidents.c.day <= question.day)
    for rows in fetch_pieces(connection, latest_rows(connection, chosen, Incident._fields), _PIECE):
        yield reweighed(corrected(connection, map(Incident._make, rows)), question.model)


def latest_rows(
    connection: Connection, chosen: Sequence[ColumnElement[bool]], names: Sequence[str]
) -> Select[Any]:
    """Return the query for columns of stored incidents, the latest first, those of a day by their characters."""
    asked = select(*(incidents.c[name] for name in names)).where(*chosen)
    return asked.order_by(incidents.c.day.desc(), by_characters(connection, incidents.c.id))


def found_among(
    connection: Connection, question: Question, wanted: IncidentFilter, candidates: Sequence[Incident]
) -> list[FoundIncident]:
    """Return those of some incidents that are looked for in their reports, too, with these."""
    reports = reports_by_incident(connection, (each.id for each in candidates), question)
    found = (FoundIncident(each, reports.get(each.id, ())) for each in candidates)
    return [each for each in found if wanted.is_told_in(each.reported_by)]


def _candidates(
    connection: Connection, question: Question, wanted: IncidentFilter, behind: LastFound | None
) -> Iterable[Incident]:
    """Return the incidents that may be meant, the latest first: reports decide on the rest."""
    if question.is_unfiltered:
        return _stored(connection, question, wanted, behind)
    found = (each for of_pair in load_all_incidents(connection, question).values() for each in of_pair)
    meant = (each for each in found if question.has_happened(each.day) and wanted.includes(each))
    ranked = sorted(meant, key=_latest_first)
    return ranked if behind is None else [each for each in ranked if _latest_first(each) > _latest_first(behind)]


def _stored(
    connection: Connection, question: Question, wanted: IncidentFilter, behind: LastFound | None
) -> Iterator[Incident]:
    """Yield stored incidents, some days at a time: databases order texts by their locale, and days all alike."""
    chosen = wanted.conditions()
    last = question.day if behind is None else min(behind.day, question.day)
    while True:
        until = select(incidents.c.day).where(*chosen, incidents.c.day <= last)
        first = connection.execute(until.order_by(incidents.c.day.desc()).limit(1).offset(_AT_ONCE)).scalar()
        asked = until.with_only_columns(*_COLUMNS).where(*([] if first is None else [incidents.c.day >= first]))
        rows = corrected(connection, map(Incident._make, fetch_all(connection, asked)))
        ranked = sorted(reweighed(rows, question.model), key=_latest_first)
        yield from (each for each in ranked if behind is None or _latest_first(each) > _latest_first(behind))
        if first is None:
            return
        last = first - 1


_PIECE: Final = 10_000  # incidents of a whole list
_AT_ONCE: Final = 1000  # incidents, and the rest of their first day
_COLUMNS: Final = [incidents.c[name] for name in Incident._fields]


def _latest_first(incident: Incident | LastFound) -> tuple[int, str]:
    return latest_first(incident.day, incident.id)
