"""The pages of actors: all of them, and one with those it has to do with."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR_IN_THE_PAST
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import make_cursor, read_cursor
from api.http.parameters import (
    Cursor,
    Modelled,
    NameInPath,
    TheService,
    Waited,
    question_parts,
    resolve_actor,
)
from api.http.responses import noting_history
from api.http.schemas.actors import actor_out
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from api.pages.views.actor import view_actor
from domain.actors import ActorKind
from projections.queries.actors import actors_matching
from projections.queries.context.emptiness import later_start

router = APIRouter(route_class=CachedRoute, dependencies=[READS, Waited, CHECKED], include_in_schema=False)

_ON_A_PAGE = 200


@router.get("/actors")
def get_actors_page(
    request: Request,
    service: TheService,
    kind: ActorKind | None = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Cursor = None,
) -> Response:
    """Show the actors by code, and look for some."""
    scope = f"actors {kind} {q} False"  # as of the list of the API: its cursors are good here
    after = read_cursor(scope, cursor, str)[0] if cursor else ""
    with conditional_read(request, service, *page_parts(request)) as (connection, snapshot, etag):
        found = actors_matching(connection, kind, q, after)
    shown = {
        "actors": [actor_out(actor) for actor in found[:_ON_A_PAGE]],
        "kinds": list(ActorKind),
        "kind": kind,
        "q": q or "",
        "next": make_cursor(scope, found[_ON_A_PAGE - 1].code) if len(found) > _ON_A_PAGE else None,
        "position": snapshot.position,
    }
    return render_page(request, "actors.html", shown, etag)


@router.get("/actors/{actor}", dependencies=[DEAR_IN_THE_PAST])
def get_actor_page(request: Request, service: TheService, actor: NameInPath, question: Modelled) -> Response:
    """Show an actor: its names, how it stands with others, whom it backs, and its agreements."""
    code = resolve_actor(service.log.directory(), "actor", actor)
    parts = (*question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        read_columns = noting_history(request, service.incident_cache)
        view = view_actor(connection, code, question, read_columns)
        starts = None if view.neighbours else later_start(connection, question)
    names = service.log.directory().names
    shown = {
        "view": view,
        "starts": starts,
        "names": names,
        "position": snapshot.position,
        "model": question.model.name,
    }
    return render_page(request, "actor.html", shown, etag)
