"""The page on which incidents are looked for."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import make_cursor, question_scope, read_cursor
from api.http.parameters import Cursor, Modelled, TheService, Waited, question_parts
from api.http.routes.incidents import IncidentSearch, asked_incidents
from api.http.schemas.common import known_instant
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.incidents import found_incident_out
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from domain.standards.plover import INTENSITY
from projections.queries.incidents.search import LastFound, find_incidents
from projections.times import to_date

router = APIRouter(route_class=CachedRoute, dependencies=[READS, Waited, CHECKED], include_in_schema=False)

_ON_A_PAGE: Final = 100


@router.get("/incidents", dependencies=[DEAR])
def get_incidents_page(
    request: Request,
    service: TheService,
    asked: Annotated[IncidentSearch, Depends()],
    question: Modelled,
    cursor: Cursor = None,
) -> Response:
    """Show the incidents that are looked for, the latest first."""
    directory = service.log.directory()
    question, wanted = asked_incidents(asked, question, directory)
    scope = f"found incidents {question_scope(question)} {wanted}"  # as of the list of the API
    behind = LastFound(*read_cursor(scope, cursor, int, str)) if cursor else None
    parts = (*question_parts(question), *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        page = find_incidents(connection, question, wanted, behind, _ON_A_PAGE)
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))
    shown = {
        "incidents": [found_incident_out(each, ruling_on) for each in page.found],
        "asked": asked,
        "types": list(INTENSITY),
        "names": directory.names,
        "next": make_cursor(scope, *page.following) if page.following else None,
        "day": to_date(question.day),
        "position": snapshot.position,
        "model": question.model.name,
    }
    return render_page(request, "incidents.html", shown, etag)
