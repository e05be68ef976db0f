"""How far the tables are, for who looks after them: what is parked, and what is out of date."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from projections.storage.tables import parked, progress, stale_states

MAX_LISTED: Final = 100  #: parked events that are listed


class ParkedEntry(NamedTuple):
    """A domain event that could not be folded, and why."""

    position: int
    topic: str
    error: str


class Backlog(NamedTuple):
    """What is left to be done: `stale` pairs whose states are to be made anew, and events that are parked.

    `parked` are the first hundred of the events, `parked_events` is how many there are.
    """

    stale: int = 0
    parked_events: int = 0
    parked: tuple[ParkedEntry, ...] = ()


def projection_name(connection: Connection) -> str:
    """Return the name of the projection that the tables hold, of whatever version they are."""
    return str(connection.execute(select(progress.c.name)).scalar_one())


def backlog(connection: Connection) -> Backlog:
    """Return what is left to be done about tables of the present version."""
    columns = [parked.c[name] for name in ParkedEntry._fields]
    rows = connection.execute(select(*columns).order_by(parked.c.position).limit(MAX_LISTED))
    return Backlog(
        connection.execute(select(func.count()).select_from(stale_states)).scalar_one(),
        connection.execute(select(func.count()).select_from(parked)).scalar_one(),
        tuple(ParkedEntry._make(row) for row in rows),
    )
