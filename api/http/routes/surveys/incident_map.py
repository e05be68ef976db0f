"""Where incidents were: all of a stretch of time, between whomever."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.charts.map_boxes import FURTHEST, Box
from api.http.etags import ConditionalRead, conditional_read
from api.http.formats.geojson import Features
from api.http.formats.spool import in_slices
from api.http.formats.whole_lists import AT_ONCE, WholeRead, asks_for_whole, respond_whole
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, question_scope, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    TheQuestion,
    TheService,
    Waited,
    question_parts,
    resolve_actor,
)
from api.http.problems import Problem, invalid_parameter
from api.http.responses import ANSWERS, ANSWERS_WITH_PLACES, respond
from api.http.routes.incidents import parse_types, written_places
from api.http.routes.series import parse_first_day
from api.http.schemas.common import time_fields
from api.http.schemas.incident_tables.incident_features import located_features
from api.http.schemas.models import about_fields, model_fields
from api.http.schemas.surveys import IncidentMapOut, LocatedIncidentOut, UnlocatedPlace, located_incident_out
from api.http.scopes import READS
from api.places.gazetteer import Certainty
from api.places.located_incidents import LocatedIncidents, locate_incidents, only_at, only_within
from api.running.service import Service
from projections.queries.articles import reports_by_incident
from projections.queries.incidents.in_time import TooManyIncidents, incidents_in_time
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.question import Question
from projections.storage.connection import Connection
from projections.times import to_date

router = APIRouter(
    route_class=CachedRoute,
    prefix="/v1",
    tags=["relations"],
    dependencies=[READS, Waited, Formatted],
    responses=ANSWERS,
)

SPAN: Final = 90  #: days before the last, where a map begins if nothing else is asked for


@dataclass(frozen=True)
class MapBounds:
    """Which incidents are on a map, as it was asked for."""

    first: Annotated[
        str | None,
        Query(alias="from", max_length=40, description=f"First day; by default {SPAN} days before `as_of`."),
    ] = None
    actor: Annotated[str | None, Query(max_length=200, description="Only incidents with this actor.")] = None
    type: Annotated[
        list[str] | None,
        Query(description="Only incidents of one of these PLOVER types.", examples=[["ASSAULT"]]),
    ] = None


class AskedMap(NamedTuple):
    """The first day of a map, and which incidents it shows."""

    first: int
    wanted: IncidentFilter


async def get_asked_map(
    service: TheService, question: TheQuestion, bounds: Annotated[MapBounds, Depends()]
) -> AskedMap:
    """Return which incidents are asked for. Raises `Problem` (422)."""
    last, actor = question.day, bounds.actor
    first = last - SPAN if bounds.first is None else parse_first_day(bounds.first, last)
    types = parse_types(bounds.type or ())
    actors = () if actor is None else (await run_in_threadpool(_code_of, service, actor),)
    return AskedMap(first, IncidentFilter(actors, types, first))


def _code_of(service: Service, actor: str) -> str:
    return resolve_actor(service.log.directory(), "actor", actor)


TheAskedMap = Annotated[AskedMap, Depends(get_asked_map)]


class MapPart(NamedTuple):
    """The part of a map that is asked for: incidents at a place, or within degrees, or both."""

    place: str | None = None
    box: Box | None = None


async def get_map_part(
    place: Annotated[
        str | None,
        Query(
            max_length=200, description="Only incidents at this place, as `located_as` has it.", examples=["Idlib"]
        ),
    ] = None,
    box: Annotated[
        str | None,
        Query(
            max_length=80,
            description="Only incidents that are located within degrees: west, south, east and north, with commas"
            f" between; from -180 to 180, and from -{FURTHEST:.0f} to {FURTHEST:.0f}. It may not cross the 180th"
            " meridian. A picture shows this part of the world.",
            examples=["32,32,42,38"],
        ),
    ] = None,
) -> MapPart:
    """Return the part of a map that is asked for. Raises `Problem` (422)."""
    return MapPart(place, None if box is None else _parse_box(box))


ThePart = Annotated[MapPart, Depends(get_map_part)]


def _parse_box(text: str) -> Box:
    """Return a part of the world in degrees. Raises `Problem` (422)."""
    try:
        box = Box(*map(float, text.split(",")))
    except (ValueError, TypeError):
        raise _no_box(text) from None
    if not (-180 <= box.west < box.east <= 180 and -FURTHEST <= box.south < box.north <= FURTHEST):
        raise _no_box(text)
    return box


def _no_box(text: str) -> Problem:
    detail = (
        f"{text!r} is not west, south, east and north in degrees, as 32,32,42,38: west of east, south of north"
    )
    return invalid_parameter("box", f"{detail}, and within -180,-{FURTHEST:.0f},180,{FURTHEST:.0f}")


def load_map(
    connection: Connection, wanted: IncidentFilter, question: Question, part: MapPart
) -> LocatedIncidents:
    """Return what is asked for with where it was. Raises `Problem` (422)."""
    try:
        found = locate_incidents(incidents_in_time(connection, wanted, question))
    except TooManyIncidents as error:
        detail = f"{error}: ask for a later first day, for an actor or for types"
        raise invalid_parameter("from", detail, "too-many-incidents") from None
    if part.place is not None:
        found = only_at(part.place, found)
    return found if part.box is None else only_within(part.box, found)


def map_scope(wanted: IncidentFilter, part: MapPart, question: Question) -> str:
    """Return what the cursors of a map are good for."""
    return f"map {wanted} {part} {question_scope(question)}"


@router.get("/map", response_model=IncidentMapOut, dependencies=[DEAR], responses=ANSWERS_WITH_PLACES)
def get_map(
    request: Request,
    service: TheService,
    question: TheQuestion,
    asked: TheAskedMap,
    part: ThePart,
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """List the incidents of a stretch of time, the latest first, with where they were."""
    if asks_for_whole(request):
        reading = partial(conditional_read, request, service, *question_parts(question))
        whole = partial(_whole_map, asked.wanted, part, question)
        features = partial(_map_features, asked.wanted, part, question)
        return respond_whole(request, reading, LocatedIncidentOut, whole, features)
    scope = map_scope(asked.wanted, part, question)
    after = read_cursor(scope, cursor, int)[0] if cursor else 0
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        found = load_map(connection, asked.wanted, question, part)
        page = found.items[after : after + limit]
        reports = reports_by_incident(connection, (each.incident.id for each in page), question)
    items = [located_incident_out(*each, reports.get(each.incident.id, ())) for each in page]
    following = make_cursor(scope, after + limit) if len(found.items) > after + limit else None
    answer = IncidentMapOut(
        items=items,
        next=following,
        position=snapshot.position,
        first_day=to_date(asked.first),
        located=found.located,
        ambiguous=found.number_of(Certainty.AMBIGUOUS),
        similar=found.number_of(Certainty.SIMILAR),
        unlocated=sum(number for _, number in found.unlocated),
        without_place=found.without_place,
        unlocated_places=[UnlocatedPlace(place=place, incidents=number) for place, number in found.unlocated],
        **time_fields(question.answered_by(snapshot.recorded)),
        **model_fields(question),
    )
    return respond(request, answer, etag, items, following)


def _whole_map(
    wanted: IncidentFilter, part: MapPart, question: Question, read: ConditionalRead, _columns: object
) -> WholeRead:
    """Return all incidents of a map."""
    found = load_map(read.connection, wanted, question, part)

    def pieces() -> Iterator[list[LocatedIncidentOut]]:
        for some in in_slices(found.items, AT_ONCE):
            reports = reports_by_incident(read.connection, (each.incident.id for each in some), question)
            yield [located_incident_out(it, where, reports.get(it.id, ())) for it, where in some]

    return WholeRead(about_fields(question, read.snapshot), pieces())


def _map_features(wanted: IncidentFilter, part: MapPart, question: Question, read: ConditionalRead) -> Features:
    """Return all incidents of a map as features."""
    found = load_map(read.connection, wanted, question, part)
    places = partial(written_places, read.connection, question)
    return Features(about_fields(question, read.snapshot), located_features(found.items, places))
