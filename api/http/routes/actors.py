"""Actors: who is who, by code or any name."""

from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.access.keys import Scope
from api.http.etags import ConditionalRead, conditional_read
from api.http.formats.negotiation import MEDIA_TYPES, AnswerFormat
from api.http.formats.whole_lists import WholeRead, asks_for_whole, respond_whole
from api.http.middleware.rationing import DEAR_IF_DRY
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, read_cursor
from api.http.parameters import (
    Cursor,
    DryRun,
    Formatted,
    NameInPath,
    TheProvenance,
    TheReason,
    TheService,
    Waited,
    require_json,
    resolve_actor,
)
from api.http.problems import Problem, from_faults
from api.http.responses import ANSWERS, respond
from api.http.schemas.actors import ActorOut, ActorPreview, actor_out, actor_preview
from api.http.schemas.common import Listed
from api.http.schemas.recorded import Recorded, recorded_out
from api.http.scopes import ADMINISTERS, POSTS, READS, check_scope
from api.parsing.requests import ActorIn, NameIn
from api.running.service import Service
from domain.actors import ActorKind, AddActorName, RegisterActor, RemoveActorName
from domain.errors import InvalidFacts
from domain.log.application import NameCommand
from domain.log.article_log import Outcome
from projections.queries.actors import actors_matching, all_actors, recorded_use
from projections.storage.reading.tables_state import read_position

router = APIRouter(route_class=CachedRoute, prefix="/v1/actors", tags=["actors"])


async def get_share(
    request: Request,
    share: Annotated[
        bool,
        Query(
            description="An administrator's word that the actor may have a code or names that others have."
            " Needs a key of scope admin."
        ),
    ] = False,
) -> bool:
    """Return whether an administrator lets actors share a name. Raises `Problem` (403)."""
    if share:
        check_scope(request, Scope.ADMIN)
    return share


Share = Annotated[bool, Depends(get_share)]
_MAY_BE_DRY: Final = "Recorded, no change, or a dry run."


@router.get("", response_model=Listed[ActorOut], dependencies=[READS, Waited, Formatted], responses=ANSWERS)
def list_actors(
    request: Request,
    service: TheService,
    kind: Annotated[ActorKind | None, Query(description="Only actors of this kind.")] = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Only actors one of whose names has this in it.")
    ] = None,
    regions: Annotated[bool, Query(description="Also regions, as Europe; `kind=region` gives only them.")] = False,
    limit: LimitOrAll = 1000,
    cursor: Cursor = None,
) -> Response:
    """List the actors by code."""
    if asks_for_whole(request):

        def whole(read: ConditionalRead, _columns: object) -> WholeRead:
            every = actors_matching(read.connection, kind, q, "", regions=regions)
            return WholeRead({"position": read.snapshot.position}, [[actor_out(actor) for actor in every]])

        return respond_whole(request, partial(conditional_read, request, service), ActorOut, whole)
    scope = f"actors {kind} {q} {regions}"
    after = read_cursor(scope, cursor, str)[0] if cursor else ""
    with conditional_read(request, service) as (connection, snapshot, etag):
        found = actors_matching(connection, kind, q, after, regions=regions)
    items = [actor_out(actor) for actor in found[:limit]]
    following = make_cursor(scope, items[-1].code) if len(found) > limit else None
    return respond(
        request, Listed[ActorOut](items=items, next=following, position=snapshot.position), etag, items, following
    )


@router.get("/{actor}", response_model=ActorOut, dependencies=[READS, Waited, Formatted], responses=ANSWERS)
def get_actor(request: Request, service: TheService, actor: NameInPath) -> Response:
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
    dependencies=[POSTS, Depends(require_json), DEAR_IF_DRY],
    response_model=Recorded,
    responses={
        200: {"model": Recorded | ActorPreview, "description": "Registered already, or a dry run."},
        201: {"description": "Registered."},
    },
)
def post_actor(
    service: TheService,
    provenance: TheProvenance,
    actor: ActorIn,
    response: Response,
    share: Share,
    dry_run: DryRun = False,
) -> Recorded | Response:
    """Register an actor. Of one that is registered, names that are new are added. Names of others are refused."""
    command = RegisterActor(actor.code, actor.kind, actor.name, tuple(actor.aliases), provenance, share)
    if dry_run:
        return _preview(service, command)
    outcome = service.log.register_actor(command)
    response.status_code = 201 if outcome.version == 1 and outcome.changed else 200
    response.headers["Location"] = f"/v1/actors/{outcome.id}"
    return _recorded(service, outcome)


@router.post(
    "/{actor}/names",
    dependencies=[POSTS, Depends(require_json), DEAR_IF_DRY],
    response_model=Recorded | ActorPreview,
    response_description=_MAY_BE_DRY,
)
def post_name(
    service: TheService,
    provenance: TheProvenance,
    actor: NameInPath,
    name: NameIn,
    share: Share,
    dry_run: DryRun = False,
) -> Recorded | Response:
    """Make an actor known by another name. One that another actor has is refused."""
    code = resolve_actor(service.log.directory(), "actor", actor)
    command = AddActorName(code, name.name, provenance, share)
    if dry_run:
        return _preview(service, command)
    return _recorded(service, service.log.add_actor_name(command))


@router.delete(
    "/{actor}/names/{name:path}",
    dependencies=[ADMINISTERS, DEAR_IF_DRY],
    response_model=Recorded | ActorPreview,
    response_description=_MAY_BE_DRY,
)
def delete_name(
    service: TheService,
    provenance: TheProvenance,
    actor: NameInPath,
    name: Annotated[NameInPath, Path(description="The name, in any spelling in which it is looked up.")],
    reason: TheReason,
    dry_run: DryRun = False,
) -> Recorded | Response:
    """Take a name back from an actor: it is no name of it any more. What is recorded keeps its actors."""
    code = resolve_actor(service.log.directory(), "actor", actor)
    command = RemoveActorName(code, name, reason, provenance)
    try:
        if dry_run:
            return _preview(service, command)
        return _recorded(service, service.log.remove_actor_name(command))
    except InvalidFacts as error:
        raise from_faults(error.faults, parameter="name") from None


def _preview(service: Service, command: NameCommand) -> Response:
    """Answer what a command would change. Raises as the command does."""
    preview = service.log.preview_names(command)
    changes: dict[str, bool] = {}

    def is_changed(name: str) -> bool:
        if name not in changes:
            changes[name] = preview.before.find(name) != preview.after.find(name)
        return changes[name]

    with service.store.reading() as connection:
        position = read_position(connection)
        use = recorded_use(connection, is_changed)
    answer = actor_preview(preview, use, position)
    return Response(answer.model_dump_json(), media_type=MEDIA_TYPES[AnswerFormat.JSON])


def _recorded(service: Service, outcome: Outcome) -> Recorded:
    if outcome.changed:
        service.wake.set()
    return recorded_out(outcome)
