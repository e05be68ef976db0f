"""Health: is it alive, is it ready, and how far behind is each projection."""

from fastapi import APIRouter, Request

from api.http.database_errors import in_time
from api.http.parameters import TheService
from api.http.scopes import READS
from api.operations.health import Alive, Health, check_readiness, read_health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def get_live() -> Alive:
    """Answer as long as the process runs."""
    return Alive(status="alive")


@router.get("/ready")
async def get_ready(request: Request, service: TheService) -> Alive:
    """Answer 200 once the log and the projections can be read."""
    await in_time(request.app.state.readiness, "ready", lambda: check_readiness(service))
    return Alive(status="ready")


@router.get("", dependencies=[READS])
async def get_health(request: Request, service: TheService) -> Health:
    """Say how the service is, how far each projection lags, and which events are parked."""
    return await in_time(request.app.state.monitoring, "health", lambda: read_health(service))
