"""Health: is it alive, is it ready, and how far behind is each projection."""

from fastapi import APIRouter, Request

from api.http.database_errors import unavailable
from api.http.parameters import TheService
from api.http.scopes import READS
from api.operations.health import Alive, Health, check_readiness, read_health
from api.operations.own_thread import OwnThread

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def get_live() -> Alive:
    """Answer as long as the process runs."""
    return Alive(status="alive")


@router.get("/ready")
async def get_ready(request: Request, service: TheService) -> Alive:
    """Answer 200 once the log and the projections can be read."""
    readiness: OwnThread = request.app.state.readiness
    try:
        await readiness.get("ready", lambda: check_readiness(service))
    except TimeoutError:
        raise unavailable() from None
    return Alive(status="ready")


@router.get("", dependencies=[READS])
async def get_health(request: Request, service: TheService) -> Health:
    """Say how the service is, how far each projection lags, and which events are parked."""
    monitoring: OwnThread = request.app.state.monitoring
    try:
        return await monitoring.get("health", lambda: read_health(service))
    except TimeoutError:
        raise unavailable() from None
