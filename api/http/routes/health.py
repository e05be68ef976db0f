"""Health: is it alive, is it ready, and how far behind is each projection."""

from fastapi import APIRouter, Request

from api.http.database_errors import unavailable
from api.http.parameters import TheService
from api.http.scopes import READS
from api.operations.health import Alive, Health, Readiness, read_health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def get_live() -> Alive:
    """Answer as long as the process runs."""
    return Alive(status="alive")


@router.get("/ready")
async def get_ready(request: Request, service: TheService) -> Alive:
    """Answer 200 once the log and the projections can be read."""
    readiness: Readiness = request.app.state.readiness
    try:
        await readiness.check(service)
    except TimeoutError:
        raise unavailable() from None
    return Alive(status="ready")


@router.get("", dependencies=[READS])
def get_health(service: TheService) -> Health:
    """Say how the service is, how far each projection lags, and which events are parked."""
    return read_health(service)
