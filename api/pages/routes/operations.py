"""How the service is, for whoever runs it."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.http.database_errors import in_time
from api.http.parameters import TheService
from api.http.scopes import READS
from api.operations.health import read_health
from api.pages.page_parameters import CHECKED
from api.pages.rendering import render_page

router = APIRouter(dependencies=[READS, CHECKED], include_in_schema=False)


@router.get("/operations")
async def get_operations_page(request: Request, service: TheService) -> Response:
    """Show the health of the service: how far each projection is, what is parked, and what to do."""
    health = await in_time(request.app.state.monitoring, "health", lambda: read_health(service))
    return await run_in_threadpool(render_page, request, "operations.html", {"health": health})
