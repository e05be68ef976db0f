"""Rulings: an analyst links reported events as one incident, or separates them; the list of rulings; withdrawals.

They are read from the log, so they are never behind.
"""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.etags import TheExpectation, conditional_etag, state_etag
from api.http.formats.whole_lists import most_items
from api.http.middleware.json_route import JsonRoute
from api.http.pagination import LimitOrAll, make_cursor, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    KnownAt,
    NameInPath,
    TheProvenance,
    TheRequiredReason,
    TheService,
    require_json,
)
from api.http.responses import ANSWERS, respond
from api.http.schemas.common import Listed, known_instant
from api.http.schemas.decisions.rulings import RulingOut, ruling_out
from api.http.schemas.recorded import Recorded, recorded_out
from api.http.scopes import POSTS, READS
from api.parsing.requests import RulingIn
from api.running.service import Service
from domain.errors import RulingNotFound
from domain.events import Provenance
from domain.log.article_log import Outcome
from domain.ruling_register import RulingEntry
from domain.rulings import LinkReports, ReportRef, RulingKind, SeparateReports, WithdrawRuling

router = APIRouter(route_class=JsonRoute, prefix="/v1/rulings", tags=["rulings"])


class RulingStatus(StrEnum):
    """Whether a ruling counts."""

    STANDING = "standing"
    WITHDRAWN = "withdrawn"


@router.post(
    "",
    status_code=201,
    dependencies=[POSTS, Depends(require_json)],
    responses={
        200: {"model": Recorded, "description": "Recorded already."},
        201: {"description": "Recorded."},
    },
)
def post_ruling(service: TheService, provenance: TheProvenance, ruling: RulingIn, response: Response) -> Recorded:
    """Rule that reported events are one incident, or one apart from all others. The same again is no change."""
    outcome = record_ruling(service, ruling_command(ruling, provenance))
    if outcome.changed:
        service.wake.set()
    response.status_code = 201 if outcome.changed else 200
    response.headers["Location"] = f"/v1/rulings/{outcome.id}"
    return recorded_out(outcome)


def ruling_command(ruling: RulingIn, provenance: Provenance) -> LinkReports | SeparateReports:
    """Return the command to rule."""
    reports = tuple(ReportRef(named.article, named.number) for named in ruling.reports)
    kind = LinkReports if ruling.ruling is RulingKind.LINK else SeparateReports
    return kind(reports, ruling.reason, provenance, ruling.id)


def record_ruling(service: Service, command: LinkReports | SeparateReports) -> Outcome:
    """Record a ruling."""
    if isinstance(command, LinkReports):
        return service.log.link_reports(command)
    return service.log.separate_reports(command)


@router.get("", response_model=Listed[RulingOut], dependencies=[READS, Formatted], responses=ANSWERS)
def list_rulings(
    request: Request,
    service: TheService,
    known_at: KnownAt,
    article: Annotated[
        str | None, Query(max_length=200, description="Only rulings that name a report of this article.")
    ] = None,
    status: Annotated[RulingStatus | None, Query(description="Only rulings that stand so.")] = None,
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """List the rulings, the newest first, as they stand, or stood at `known_at`."""
    scope = f"rulings {article} {status} {known_at}"
    before = read_cursor(scope, cursor, int)[0] if cursor else None
    position = service.log.position()
    found = [
        entry
        for entry in _known_rulings(service, known_at)
        if (before is None or entry.position < before) and _is_asked_for(entry, article, status, known_at)
    ]
    page = found[: (most := most_items(request, limit))]
    following = make_cursor(scope, page[-1].position) if len(found) > most else None
    items = [ruling_out(entry, known_instant(known_at)) for entry in page]
    answer = Listed[RulingOut](items=items, next=following, position=position)
    etag = conditional_etag(request, None, answer.model_dump_json())
    return respond(request, answer, etag, items, following)


@router.get("/{ruling_id}", response_model=RulingOut, dependencies=[READS, Formatted], responses=ANSWERS)
def get_ruling(request: Request, service: TheService, ruling_id: NameInPath, known_at: KnownAt) -> Response:
    """Return a ruling as it stands, or stood at `known_at`."""
    entry = service.log.ruling_register().entries.get(ruling_id)
    if entry is None or not entry.was_made(known_instant(known_at)):
        raise RulingNotFound(f"there is no ruling {ruling_id!r}" + ("" if entry is None else " known then"))
    withdrawal = entry.withdrawal_known(known_instant(known_at))
    etag = state_etag(request, [entry.made] if withdrawal is None else [entry.made, withdrawal])
    return respond(request, ruling_out(entry, known_instant(known_at)), etag)


@router.delete("/{ruling_id}", dependencies=[POSTS])
def delete_ruling(
    service: TheService,
    provenance: TheProvenance,
    ruling_id: NameInPath,
    reason: TheRequiredReason,
    expects: TheExpectation,
) -> Recorded:
    """Withdraw a ruling: its reports are clustered as if it had not been made. It stays in the log."""
    outcome = service.log.withdraw_ruling(WithdrawRuling(ruling_id, reason, provenance), expects)
    if outcome.changed:
        service.wake.set()
    return recorded_out(outcome)


def _known_rulings(service: Service, known_at: int | None) -> list[RulingEntry]:
    instant = known_instant(known_at)
    return [entry for entry in service.log.ruling_register().newest_first() if entry.was_made(instant)]


def _is_asked_for(
    entry: RulingEntry, article: str | None, status: RulingStatus | None, known_at: int | None
) -> bool:
    if article is not None and all(named.article != article for named in entry.made.reports):
        return False
    withdrawn = entry.withdrawal_known(known_instant(known_at)) is not None
    return status is None or withdrawn is (status is RulingStatus.WITHDRAWN)
