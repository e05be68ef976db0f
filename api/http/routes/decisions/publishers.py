"""Publishers: what each has published, and which of them count as which.

The aliases are read from the log, so they are never behind; the publishers from the tables.
"""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.http.etags import conditional_etag, conditional_read
from api.http.formats.negotiation import MEDIA_TYPES, AnswerFormat
from api.http.formats.whole_lists import most_items
from api.http.middleware.rationing import DEAR, DEAR_IF_DRY
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, read_cursor
from api.http.parameters import (
    Cursor,
    DryRun,
    Formatted,
    KnownAt,
    NameInPath,
    TheProvenance,
    TheReason,
    TheService,
    Waited,
    require_json,
)
from api.http.responses import ANSWERS, respond
from api.http.schemas.common import Listed, known_instant
from api.http.schemas.decisions.publishers import (
    AliasPreviewOut,
    PublisherAliasOut,
    PublisherOut,
    alias_out,
    alias_preview_out,
    publisher_out,
)
from api.http.schemas.recorded import Recorded, recorded_out
from api.http.scopes import POSTS, READS
from api.parsing.requests import PublisherAliasIn
from api.running.service import Service
from domain.log.writing.publisher_log import AliasCommand
from domain.publishers.alias import AddPublisherAlias, RemovePublisherAlias
from domain.publishers.register import counted_as
from projections.publishers.alias_effects import effect_of
from projections.publishers.publisher_list import load_publishers
from projections.storage.reading.tables_state import read_position

router = APIRouter(route_class=CachedRoute, prefix="/v1/publishers", tags=["publishers"])

_MAY_BE_DRY: Final = "Recorded, no change, or a dry run."


class AliasStatus(StrEnum):
    """Whether an alias counts."""

    STANDING = "standing"
    REMOVED = "removed"


@router.get(
    "", response_model=Listed[PublisherOut], dependencies=[READS, Waited, Formatted, DEAR], responses=ANSWERS
)
def list_publishers(
    request: Request, service: TheService, limit: LimitOrAll = 100, cursor: Cursor = None
) -> Response:
    """List the publishers by name: how many articles each has, since when, and what it counts as."""
    after = read_cursor("publishers", cursor, str, str) if cursor else ("", "")
    with conditional_read(request, service) as (connection, snapshot, etag):
        found = [listed for listed in load_publishers(connection) if listed.place > after]
    page = found[: (most := most_items(request, limit))]
    following = make_cursor("publishers", *page[-1].place) if len(found) > most else None
    items = [publisher_out(listed) for listed in page]
    answer = Listed[PublisherOut](items=items, next=following, position=snapshot.position)
    return respond(request, answer, etag, items, following)


@router.get(
    "/aliases", response_model=Listed[PublisherAliasOut], dependencies=[READS, Formatted], responses=ANSWERS
)
def list_publisher_aliases(
    request: Request,
    service: TheService,
    known_at: KnownAt,
    status: Annotated[AliasStatus | None, Query(description="Only aliases that stand so.")] = None,
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """List the publishers that count as others, the latest declared first, as they do, or did at `known_at`."""
    scope, instant = f"publisher aliases {status} {known_at}", known_instant(known_at)
    before = read_cursor(scope, cursor, int)[0] if cursor else None
    position = service.log.position()
    found = [
        entry
        for entry in service.log.publisher_register().newest_first()
        if (before is None or entry.position < before)
        and entry.added.was_known(instant)
        and (status is None or entry.stood(instant) is (status is AliasStatus.STANDING))
    ]
    page = found[: (most := most_items(request, limit))]
    following = make_cursor(scope, page[-1].position) if len(found) > most else None
    items = [alias_out(entry, instant) for entry in page]
    answer = Listed[PublisherAliasOut](items=items, next=following, position=position)
    etag = conditional_etag(request, None, answer.model_dump_json())
    return respond(request, answer, etag, items, following)


@router.post(
    "/aliases",
    status_code=201,
    dependencies=[POSTS, Depends(require_json), DEAR_IF_DRY],
    response_model=Recorded,
    responses={
        200: {"model": Recorded | AliasPreviewOut, "description": "Recorded already, or a dry run."},
        201: {"description": "Recorded."},
    },
)
def post_publisher_alias(
    service: TheService,
    provenance: TheProvenance,
    alias: PublisherAliasIn,
    response: Response,
    dry_run: DryRun = False,
) -> Recorded | Response:
    """Let a publisher count as another, as a re-print does, or an aggregator. The same again is no change."""
    command = AddPublisherAlias(alias.alias, alias.publisher, provenance, alias.reason)
    if dry_run:
        return _preview(service, command)
    outcome = service.log.add_publisher_alias(command)
    service.wake.set()
    response.status_code = 201 if outcome.changed else 200
    return recorded_out(outcome)


@router.delete(
    "/aliases/{alias:path}",
    dependencies=[POSTS, DEAR_IF_DRY],
    response_model=Recorded | AliasPreviewOut,
    response_description=_MAY_BE_DRY,
)
def delete_publisher_alias(
    service: TheService,
    provenance: TheProvenance,
    alias: Annotated[NameInPath, Path(max_length=200, description="The publisher, in any spelling.")],
    reason: TheReason,
    dry_run: DryRun = False,
) -> Recorded | Response:
    """Let a publisher count as itself again. What was declared stays in the log."""
    command = RemovePublisherAlias(alias, provenance, reason)
    if dry_run:
        return _preview(service, command)
    outcome = service.log.remove_publisher_alias(command)
    service.wake.set()
    return recorded_out(outcome)


def _preview(service: Service, command: AliasCommand) -> Response:
    """Answer what a command would change. Raises as the command does."""
    preview = service.log.preview_publisher_alias(command)
    before, after = counted_as(preview.before.aliases()), counted_as(preview.after.aliases())
    with service.store.reading() as connection:
        position = read_position(connection)
        effect = effect_of(connection, before, after)
    answer = alias_preview_out(preview, effect, position)
    return Response(answer.model_dump_json(), media_type=MEDIA_TYPES[AnswerFormat.JSON])
