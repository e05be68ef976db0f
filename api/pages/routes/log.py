"""The log as a readable audit trail: what was recorded, by whom, when."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api.http.middleware.json_route import JsonRoute
from api.http.parameters import TheService
from api.http.routes.log import log_entry
from api.http.schemas.log import LogEntry
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import render_page

router = APIRouter(route_class=JsonRoute, dependencies=[READS, CHECKED], include_in_schema=False)

_ON_A_PAGE: Final = 100


@router.get("/log")
def get_log_page(
    request: Request,
    service: TheService,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="The position up to which to read.")] = None,
) -> Response:
    """Show the domain events below a position, the latest first."""
    end = service.log.position()
    last = end if before is None else min(end, before - 1)
    first = max(0, last - _ON_A_PAGE)
    read = [each for each in service.log.read_log(first, _ON_A_PAGE) if each.id <= last]
    entries = [log_entry(service.log, each) for each in reversed(read)]
    shown: dict[str, Any] = {
        "entries": [(entry, isinstance(entry, LogEntry)) for entry in entries],
        "earlier": first + 1 if first else None,
        "position": end,
        "first": first,
    }
    return render_page(request, "log.html", shown)
