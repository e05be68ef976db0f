"""What was imported: importers keep it by this, and anybody reads it. Read from the log, so it is never behind."""

from typing import Final

from eventsourcing.persistence import PersistenceError
from fastapi import APIRouter, Depends, Request, Response

from api.http.etags import conditional_etag
from api.http.formats.whole_lists import most_items
from api.http.middleware.json_route import JsonRoute
from api.http.pagination import LimitOrAll, make_cursor, read_cursor
from api.http.parameters import Cursor, Formatted, TheProvenance, TheService, require_json
from api.http.responses import ANSWERS, respond
from api.http.schemas.common import Listed
from api.http.schemas.log import ImportOut, WholeImportOut, import_out, whole_import_out
from api.http.schemas.recorded import DeletionsRecorded, Recorded, deletions_out, recorded_out
from api.http.scopes import POSTS, READS
from api.parsing.imports import DeletedEventsIn, ImportIn, parse_import
from domain.deliveries.delivery import Deletion, Delivered
from domain.errors import DetenteError, ImportNotFound

router = APIRouter(route_class=JsonRoute, prefix="/v1/imports", tags=["imports"])
_SCOPE: Final = "imports"


@router.post(
    "",
    status_code=201,
    dependencies=[POSTS, Depends(require_json)],
    responses={
        200: {"model": Recorded, "description": "Recorded already."},
        201: {"description": "Recorded."},
    },
)
def post_import(service: TheService, provenance: TheProvenance, sent: ImportIn, response: Response) -> Recorded:
    """Keep that a file was imported, how, and what became of its rows. The same again is no change."""
    outcome = service.log.record_import(parse_import(sent, provenance))
    service.wake.set()
    response.status_code = 201 if outcome.changed else 200
    response.headers["Location"] = f"/v1/imports/{outcome.id}"
    return recorded_out(outcome)


@router.post("/deleted-events", dependencies=[POSTS, Depends(require_json)])
def post_deleted_events(
    service: TheService, provenance: TheProvenance, sent: DeletedEventsIn
) -> DeletionsRecorded:
    """Retract events that their data set has deleted. What an analyst decided on stays.

    The `fate` of each is `retracted`, `known` where it was retracted before, `kept_as_decided`, `not_here`, or
    `refused` with a `code` and a `detail`.
    """
    outcomes = service.log.deliver([Deletion(event.id, event.ref, provenance) for event in sent.events])
    service.wake.set()
    return deletions_out([_recorded(outcome) for outcome in outcomes])


def _recorded(outcome: Delivered | DetenteError | PersistenceError) -> Delivered | DetenteError:
    if isinstance(outcome, PersistenceError):
        raise outcome
    return outcome


@router.get("", response_model=Listed[ImportOut], dependencies=[READS, Formatted], responses=ANSWERS)
def list_imports(
    request: Request, service: TheService, limit: LimitOrAll = 100, cursor: Cursor = None
) -> Response:
    """List what was imported, the newest first: a file each."""
    most = most_items(request, limit)
    before = read_cursor(_SCOPE, cursor, int)[0] if cursor else None
    position = service.log.position()
    found = [one for one in reversed(service.log.import_index().positions) if before is None or one < before]
    page = found[:most]
    following = make_cursor(_SCOPE, page[-1]) if len(found) > most else None
    items = [import_out(one, imported) for one, imported in zip(page, service.log.imports_at(page), strict=True)]
    answer = Listed[ImportOut](items=items, next=following, position=position)
    etag = conditional_etag(request, None, answer.model_dump_json())
    return respond(request, answer, etag, items, following)


@router.get("/{import_id}", response_model=WholeImportOut, dependencies=[READS, Formatted], responses=ANSWERS)
def get_import(request: Request, service: TheService, import_id: str) -> Response:
    """Return an import, with the lines of its map of actors that changed how rows were read."""
    position = service.log.import_index().by_id.get(import_id)
    if position is None:
        raise ImportNotFound(f"there is no import {import_id!r}")
    (imported,) = service.log.imports_at([position])
    answer = whole_import_out(position, imported)
    return respond(request, answer, conditional_etag(request, None, answer.model_dump_json()))
