"""Incidents of all pairs, looked for by who, what, when, where, by whom told and in which words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.etags import ConditionalRead, conditional_read
from api.http.formats.columns import Column
from api.http.formats.geojson import Features
from api.http.formats.spool import in_slices
from api.http.formats.whole_lists import AT_ONCE, WholeRead, asks_for_whole, respond_whole
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, question_scope, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    Modelled,
    TheService,
    Waited,
    parse_day,
    question_parts,
    resolve_actor,
)
from api.http.problems import invalid_parameter
from api.http.responses import ANSWERS, ANSWERS_WITH_PLACES, noting_latest, respond
from api.http.routes.series import parse_first_day
from api.http.schemas.common import known_instant, time_fields
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.incident_tables.incident_columns import are_by_column, incident_columns
from api.http.schemas.incident_tables.incident_features import incident_features
from api.http.schemas.incidents import FoundIncidentOut, FoundIncidents, found_incident_out, reported_place
from api.http.schemas.models import about_fields, model_fields
from api.http.scopes import READS
from api.running.service import Service
from domain.actor_directory import ActorDirectory
from domain.standards.plover import INTENSITY
from projections.queries.articles import reports_by_incident
from projections.queries.incidents.by_column import all_incident_columns
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.incidents.latest_of_history import ReadLatest
from projections.queries.incidents.search import (
    LastFound,
    all_incidents,
    find_incidents,
    found_among,
)
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.storage.connection import Connection
from projections.times import to_day

_OF_AN_INCIDENT: Final = 2  # actors

router = APIRouter(
    route_class=CachedRoute,
    prefix="/v1/incidents",
    tags=["incidents"],
    dependencies=[READS, Waited, Formatted, DEAR],
    responses=ANSWERS,
)


def _words(description: str) -> Any:
    return Query(max_length=200, description=description)


def _day(alias: str, description: str) -> Any:
    return Query(alias=alias, max_length=40, description=description)


@dataclass(frozen=True)
class IncidentSearch:
    """What incidents are looked for by: all that is given has to hold."""

    actor: Annotated[list[str] | None, Query(description="Only incidents of this actor, or of these two.")] = None
    type: Annotated[list[str] | None, Query(description="Only incidents of one of these PLOVER types.")] = None
    first: Annotated[str | None, _day("from", "First day.")] = None
    last: Annotated[str | None, _day("to", "Last day; by default `as_of`.")] = None
    publisher: Annotated[str | None, _words("Only incidents that this publisher reports.")] = None
    place: Annotated[str | None, _words("Only incidents of which a report names this place, or more.")] = None
    text: Annotated[str | None, _words("Only incidents with this in a headline, summary, quote or speaker.")] = (
        None
    )


class AskedIncidents(NamedTuple):
    """A question whose day is the last of the stretch, and the filter that a search comes to."""

    question: Question
    wanted: IncidentFilter


def asked_incidents(asked: IncidentSearch, question: Question, directory: ActorDirectory) -> AskedIncidents:
    """Return what a search asks for. Raises `Problem` (422)."""
    last = question.day if asked.last is None else to_day(parse_day("to", asked.last))
    first = None if asked.first is None else parse_first_day(asked.first, last)
    types = parse_types(asked.type or ())
    actors = tuple(sorted({resolve_actor(directory, "actor", name) for name in asked.actor or ()}))
    if len(actors) > _OF_AN_INCIDENT:
        raise invalid_parameter("actor", f"{len(actors)} actors are too many: an incident is between two")
    words = {name: getattr(asked, name) or None for name in ("publisher", "place", "text")}
    return AskedIncidents(question._replace(day=last), IncidentFilter(actors, types, first, **words))


def parse_types(types: Iterable[str]) -> tuple[str, ...]:
    """Return PLOVER types in order, each once. Raises `Problem` (422) for what is none."""
    for name in types:
        if name not in INTENSITY:
            raise invalid_parameter("type", f"{name!r} is not one of {', '.join(INTENSITY)}")
    return tuple(sorted(set(types)))


@router.get("", response_model=FoundIncidents, responses=ANSWERS_WITH_PLACES)
def list_incidents(
    request: Request,
    service: TheService,
    asked: Annotated[IncidentSearch, Depends()],
    question: Modelled,
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """List the incidents of all pairs that are looked for, the latest first, with who reported them.

    A page looks at a bounded part of the log: it may be short, or empty, while `next` says that there is more.
    """
    question, wanted = asked_incidents(asked, question, service.log.directory())
    if asks_for_whole(request):
        reading = partial(conditional_read, request, service, *question_parts(question))
        read_latest = noting_latest(request, service.history)
        whole = partial(_all_found, service, question, wanted, read_latest)
        features = partial(_found_features, question, wanted, read_latest)
        return respond_whole(request, reading, FoundIncidentOut, whole, features)
    scope = f"found incidents {question_scope(question)} {wanted}"
    behind = LastFound(*read_cursor(scope, cursor, int, str)) if cursor else None
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        page = find_incidents(connection, question, wanted, behind, limit)
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))
    items = [found_incident_out(each, ruling_on) for each in page.found]
    following = make_cursor(scope, *page.following) if page.following else None
    answer = FoundIncidents(
        items=items,
        next=following,
        position=snapshot.position,
        **time_fields(question.answered_by(snapshot.recorded)),
        **model_fields(question),
    )
    return respond(request, answer, etag, items, following)


def _all_found(
    service: Service,
    question: Question,
    wanted: IncidentFilter,
    read_latest: ReadLatest,
    read: ConditionalRead,
    columns: Sequence[Column] | None,
) -> WholeRead:
    """Return all incidents that are looked for; by column, where of their reports only places are wanted."""
    connection, snapshot = read.connection, read.snapshot
    about = about_fields(question, snapshot)
    if columns is not None and are_by_column(columns) and not wanted.reads_reports:
        places = partial(written_places, connection, question)
        found_columns = all_incident_columns(connection, question, wanted, read_latest)
        return WholeRead(about, (incident_columns(piece, columns, places) for piece in found_columns))
    found = all_incidents(connection, question, wanted, read_latest)
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))
    slices = (each for piece in found for each in in_slices(piece, AT_ONCE))
    told = (found_among(connection, question, wanted, each) for each in slices)
    return WholeRead(about, ([found_incident_out(each, ruling_on) for each in some] for some in told))


def written_places(connection: Connection, question: Question, ids: Sequence[str]) -> dict[str, str]:
    """Return where some incidents were, as reports write it, by their ids."""
    named = {
        id_: reported_place(reports)
        for some in in_slices(ids, AT_ONCE)
        for id_, reports in reports_by_incident(connection, some, question).items()
    }
    return {id_: place for id_, place in named.items() if place is not None}


def _found_features(
    question: Question, wanted: IncidentFilter, read_latest: ReadLatest, read: ConditionalRead
) -> Features:
    """Return all incidents that are looked for, with where they were."""
    connection = read.connection
    found: Iterable[Sequence[Incident]] = all_incidents(connection, question, wanted, read_latest)
    if wanted.reads_reports:
        slices = (each for piece in found for each in in_slices(piece, AT_ONCE))
        found = ([it.incident for it in found_among(connection, question, wanted, each)] for each in slices)
    features = incident_features(found, partial(written_places, connection, question))
    return Features(about_fields(question, read.snapshot), features)
