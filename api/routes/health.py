"""Health: is it alive, is it ready, and how far behind is each projection."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func, select

from api.dependencies import TheService
from api.security import READS
from api.service import Service
from projections.tables import VERSION, parked, progress, stale_states

router = APIRouter(prefix="/health", tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: str


class ParkedEvent(BaseModel):
    """A domain event that could not be folded, and why."""

    position: int
    type: str
    error: str


class ProjectionHealth(BaseModel):
    """How far a projection has come. `lag` is in positions, `stale` in pairs whose states are to be made anew."""

    name: str
    version: int
    position: int
    lag: int
    stale: int
    parked: list[ParkedEvent]


class Health(BaseModel):
    """How the service is. `degraded`: it answers, but something in it needs a look."""

    status: str
    log_position: int
    projections: list[ProjectionHealth]


@router.get("/live")
def get_live() -> Alive:
    """Answer as long as the process runs."""
    return Alive(status="alive")


@router.get("/ready")
def get_ready(service: TheService) -> Alive:
    """Answer 200 once the log and the projections can be read."""
    service.log.position()
    with service.store.reading():
        return Alive(status="ready")


@router.get("", dependencies=[READS])
def get_health(service: TheService) -> Health:
    """Say how the service is, how far each projection lags, and which events are parked."""
    return read_health(service)


def read_health(service: Service) -> Health:
    """Return how a service is."""
    log_position = service.log.position()
    with service.store.engine.connect() as connection:
        row = connection.execute(select(progress.c.name, progress.c.version, progress.c.position)).one()
        stale = connection.execute(select(func.count()).select_from(stale_states)).scalar_one()
        columns = (parked.c.position, parked.c.topic, parked.c.error)
        events = connection.execute(select(*columns).order_by(parked.c.position).limit(100)).all()
    projection = ProjectionHealth(
        name=row.name,
        version=row.version,
        position=row.position,
        lag=max(log_position - row.position, 0),
        stale=stale,
        parked=[ParkedEvent(position=p, type=topic, error=error) for p, topic, error in events],
    )
    is_well = not events and row.version == VERSION
    return Health(status="ok" if is_well else "degraded", log_position=log_position, projections=[projection])
