"""Health: is it alive, is it ready, and how far behind is each projection."""

from fastapi import APIRouter

from api.http.parameters import TheService
from api.http.scopes import READS
from api.operations.health import Alive, Health, read_health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def get_live() -> Alive:
    """Answer as long as the process runs."""
    return Alive(status="alive")


@router.get("/ready")
def get_ready(service: TheService) -> Alive:
    """Answer 200 once the log and the projections can be read."""
    with service.store.reading():  # first: where the database is away this fails at once
        service.log.position()
        return Alive(status="ready")


@router.get("", dependencies=[READS])
def get_health(service: TheService) -> Health:
    """Say how the service is, how far each projection lags, and which events are parked."""
    return read_health(service)
