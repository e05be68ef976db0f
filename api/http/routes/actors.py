"""Actors: who is who, by code or any name."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.etags import conditional_read
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import make_cursor, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    Limit,
    TheProvenance,
    TheService,
    Waited,
    require_json,
    resolve_actor,
)
from api.http.problems import Problem
from api.http.responses import ANSWERS, respond
from api.http.schemas.actors import ActorOut, actor_out
from api.http.schemas.common import Listed
from api.http.schemas.recorded import Recorded, recorded_out
from api.http.scopes import POSTS, READS
from api.parsing.requests import ActorIn, NameIn
from domain.actors import ActorKind, AddActorName, RegisterActor
from domain.text import comparable
from projections.queries.actors import ActorEntry, all_actors

router = APIRouter(route_class=CachedRoute, prefix="/v1/actors", tags=["actors"])


@router.get("", response_model=Listed[ActorOut], dependencies=[READS, Waited, Formatted], responses=ANSWERS)
def get_actors(
    request: Request,
    service: TheService,
    kind: Annotated[ActorKind | None, Query(description="Only actors of this kind.")] = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Only actors one of whose names has this in it.")
    ] = None,
    regions: Annotated[bool, Query(description="Also regions, as Europe; `kind=region` gives only them.")] = False,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Response:
    """List the actors by code."""
    scope = f"actors {kind} {q} {regions}"
    hidden = None if regions or kind is ActorKind.REGION else ActorKind.REGION
    after = read_cursor(scope, cursor, str)[0] if cursor else ""
    with conditional_read(request, service) as (connection, snapshot, etag):
        actors = all_actors(connection)
    shown = (a for a in actors if a.code > after and a.kind != hidden and kind in (None, a.kind))
    found = [a for a in shown if q is None or _has(a, comparable(q))]
    items = [actor_out(actor) for actor in found[:limit]]
    following = make_cursor(scope, items[-1].code) if len(found) > limit else None
    return respond(
        request, Listed[ActorOut](items=items, next=following, position=snapshot.position), etag, items, following
    )


def _has(actor: ActorEntry, text: str) -> bool:
    return any(text in comparable(name) for name in (actor.code, actor.name, *actor.aliases))


@router.get("/{actor}", response_model=ActorOut, dependencies=[READS, Waited, Formatted], responses=ANSWERS)
def get_actor(request: Request, service: TheService, actor: str) -> Response:
    """Return the actor that a code or any name means."""
    code = resolve_actor(service.log.directory(), "actor", actor)
    with conditional_read(request, service) as (connection, _, etag):
        found = next((entry for entry in all_actors(connection) if entry.code == code), None)
    if found is None:
        detail = f"{code} is registered, but the projections have not come to it yet; try again"
        raise Problem(
            503, "projections-behind", "The projections are behind", detail, headers={"Retry-After": "1"}
        )
    return respond(request, actor_out(found), etag)


@router.post(
    "",
    status_code=201,
    dependencies=[POSTS, Depends(require_json)],
    responses={
        200: {"model": Recorded, "description": "Registered already."},
        201: {"description": "Registered."},
    },
)
def post_actor(service: TheService, provenance: TheProvenance, actor: ActorIn, response: Response) -> Recorded:
    """Register an actor. Of one that is registered, names that are new are added."""
    outcome = service.log.register_actor(
        RegisterActor(actor.code, actor.kind, actor.name, tuple(actor.aliases), provenance)
    )
    service.wake.set()
    response.status_code = 201 if outcome.version == 1 and outcome.changed else 200
    response.headers["Location"] = f"/v1/actors/{outcome.id}"
    return recorded_out(outcome)


@router.post("/{actor}/names", dependencies=[POSTS, Depends(require_json)])
def post_name(service: TheService, provenance: TheProvenance, actor: str, name: NameIn) -> Recorded:
    """Make an actor known by another name."""
    code = resolve_actor(service.log.directory(), "actor", actor)
    outcome = service.log.add_actor_name(AddActorName(code, name.name, provenance))
    service.wake.set()
    return recorded_out(outcome)
