"""The pages of many pairs at once: the map of incidents, an actor's network, the matrix of some actors."""

from fastapi import APIRouter, Request, Response

from api.charts.incident_map import box_of, in_map_order
from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR, DEAR_IN_THE_PAST
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import make_cursor, read_cursor
from api.http.parameters import (
    Cursor,
    NameInPath,
    TheQuestion,
    TheService,
    Waited,
    question_parts,
    resolve_actor,
)
from api.http.responses import noting_history
from api.http.routes.surveys.incident_map import TheAskedMap, ThePart, load_map, map_scope
from api.http.routes.surveys.networks import AskedActors, Neighbours, load_matrix
from api.http.schemas.models import cited_position
from api.http.schemas.surveys import brief_relations_out, located_incident_out
from api.http.scopes import READS
from api.pages.catalogue import catalogue_of
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from api.pages.views.pictures.incident_map import box_text, map_caption, moves_from, places_of
from api.pages.views.pictures.networks import matrix_caption, network_caption
from api.pages.views.question_links import kept_parameters
from domain.standards.plover import INTENSITY
from domain.standards.regions import Region
from projections.queries.articles import reports_by_incident
from projections.queries.context.emptiness import later_start
from projections.queries.surveys.networks import network_at
from projections.times import to_date

router = APIRouter(route_class=CachedRoute, dependencies=[READS, Waited, CHECKED], include_in_schema=False)

_ON_A_PAGE = 100  # incidents
_MOST_PLACES = 50  # that are listed beside a map


@router.get("/map", dependencies=[DEAR])
def get_map_page(
    request: Request,
    service: TheService,
    question: TheQuestion,
    asked: TheAskedMap,
    part: ThePart,
    cursor: Cursor = None,
) -> Response:
    """Show where incidents of a stretch of time were, with their places and the incidents themselves."""
    scope = map_scope(asked.wanted, part, question)  # that of the data: its cursors are good here
    after = read_cursor(scope, cursor, int)[0] if cursor else 0
    names = service.log.directory().names
    parts = (*question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        found = load_map(connection, asked.wanted, question, part)
        page = found.items[after : after + _ON_A_PAGE]
        reports = reports_by_incident(connection, (each.incident.id for each in page), question)
        starts = None if page else later_start(connection, question)
    places = in_map_order(places_of(found))
    view = part.box or box_of(places)
    position = cited_position(service.log, question, snapshot)
    shown = {
        "caption": map_caption(found, asked, part, question, position, names, catalogue_of().text),
        "incidents": [located_incident_out(*each, reports.get(each.incident.id, ())) for each in page],
        "places": places[:_MOST_PLACES],
        "more_places": max(len(places) - _MOST_PLACES, 0),
        "unlocated": found.unlocated[:_MOST_PLACES],
        "more_unlocated": max(len(found.unlocated) - _MOST_PLACES, 0),
        "wanted": asked.wanted,
        "first": to_date(asked.first),
        "day": to_date(question.day),
        "part": part,
        "view": box_text(view),
        "moves": moves_from(view),
        "found": found,
        "starts": starts,
        "mark_places": [each.name for each in places],
        "types": list(INTENSITY),
        "names": names,
        "kept": kept_parameters(request, {"from", "as_of", "actor", "type", "cursor"}),
        "next": make_cursor(scope, after + _ON_A_PAGE) if len(found.items) > after + _ON_A_PAGE else None,
        "model": question.model.name,
        "position": snapshot.position,
    }
    return render_page(request, "map.html", shown, etag)


@router.get("/actors/{actor}/network", dependencies=[DEAR_IN_THE_PAST])
def get_network_page(
    request: Request, service: TheService, actor: NameInPath, question: TheQuestion, neighbours: Neighbours = 20
) -> Response:
    """Show an actor among its neighbours on a day: the picture, and the relations in it."""
    code = resolve_actor(service.log.directory(), "actor", actor)
    names = service.log.directory().names
    parts = (*question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        read_columns = noting_history(request, service.incident_cache)
        found = network_at(connection, code, question, neighbours, read_columns)
        starts = None if found.relations else later_start(connection, question)
    position = cited_position(service.log, question, snapshot)
    shown = {
        "caption": network_caption(code, found, question, position, names, catalogue_of().text),
        "code": code,
        "starts": starts,
        "own": brief_relations_out(relation for relation in found.relations if code in relation.pair),
        "among": brief_relations_out(relation for relation in found.relations if code not in relation.pair),
        "day": to_date(question.day),
        "names": names,
        "kept": kept_parameters(request, {"as_of"}),
        "model": question.model.name,
        "position": snapshot.position,
    }
    return render_page(request, "network.html", shown, etag)


@router.get("/matrix", dependencies=[DEAR_IN_THE_PAST])
def get_matrix_page(request: Request, service: TheService, asked: AskedActors, question: TheQuestion) -> Response:
    """Show how the pairs among some actors stand on a day: the picture, and the pairs in it."""
    names = service.log.directory().names
    parts = (*question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        found = load_matrix(connection, asked, question, noting_history(request, service.incident_cache))
        starts = None if found.relations else later_start(connection, question)
    position = cited_position(service.log, question, snapshot)
    shown = {
        "caption": matrix_caption(found, asked, question, position, names, catalogue_of().text),
        "actors": found.actors,
        "without_ties": found.without_ties,
        "starts": starts,
        "named": found.actors if asked.region is None else asked.codes or (),
        "region": asked.region,
        "regions": list(Region),
        "relations": sorted(
            brief_relations_out(found.relations), key=lambda relation: (-relation.tension, relation.pair)
        ),
        "day": to_date(question.day),
        "names": names,
        "kept": kept_parameters(request, {"as_of", "actor", "region"}),
        "model": question.model.name,
        "position": snapshot.position,
    }
    return render_page(request, "matrix.html", shown, etag)
