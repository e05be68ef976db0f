"""The pages of agreements: all of them, and one with what became of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.etags import conditional_read
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import Modelled, TheService, Waited, question_parts, resolve_actor
from api.http.routes.agreements import find_agreement
from api.http.schemas.agreements import agreement_out
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from api.pages.views.agreement import view_timeline
from projections.evidence.agreements import Status
from projections.queries.agreements import agreements_with
from projections.times import to_date

router = APIRouter(route_class=CachedRoute, dependencies=[READS, Waited, CHECKED], include_in_schema=False)


@router.get("/agreements")
def get_agreements_page(
    request: Request,
    service: TheService,
    question: Modelled,
    actor: Annotated[str | None, Query(max_length=200)] = None,
    status: Status | None = None,
) -> Response:
    """Show the agreements that had begun by the day, those that are violated first."""
    directory = service.log.directory()
    parties = {resolve_actor(directory, "actor", actor)} if actor else set[str]()
    parts = (*question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        found = agreements_with(connection, question, parties, status)
    order = list(_FIRST)
    ranked = sorted(found, key=lambda each: (order.index(each.entry.status), -each.entry.status_since))
    shown = {
        "agreements": [agreement_out(each) for each in ranked],
        "statuses": list(Status),
        "status": status,
        "actor": actor or "",
        "day": to_date(question.day),
        "names": directory.names,
        "position": snapshot.position,
        "model": question.model.name,
    }
    return render_page(request, "agreements.html", shown, etag)


#: In which order agreements are listed by how they stand: what needs a look first.
_FIRST = dict.fromkeys((Status.VIOLATED, *Status))


@router.get("/agreements/{agreement:path}")
def get_agreement_page(request: Request, service: TheService, agreement: str, question: Modelled) -> Response:
    """Show an agreement with its developments and breaches in the order of days."""
    parts = (*question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        found = find_agreement(connection, agreement, question)
    shown = {
        "agreement": agreement_out(found),
        "timeline": view_timeline(found),
        "day": to_date(question.day),
        "names": service.log.directory().names,
        "position": snapshot.position,
        "model": question.model.name,
    }
    return render_page(request, "agreement.html", shown, etag)
