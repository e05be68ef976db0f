"""The actors as they are registered."""

from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from domain.actors import ActorKind
from projections.storage.tables import actors

_REGIONS: Final = select(actors.c.code).where(actors.c.kind == ActorKind.REGION.value)


class ActorEntry(NamedTuple):
    """An actor as registered."""

    code: str
    kind: str
    name: str
    aliases: tuple[str, ...]


def all_actors(connection: Connection) -> list[ActorEntry]:
    """Return all actors by code."""
    columns = [actors.c[name] for name in ActorEntry._fields]
    rows = connection.execute(select(*columns))
    found = (ActorEntry(row.code, row.kind, row.name, tuple(msgspec.json.decode(row.aliases))) for row in rows)
    return sorted(found)  # databases order by their locale


def region_codes(connection: Connection) -> frozenset[str]:
    """Return the codes of the actors that are regions, which lists leave out unless asked for."""
    return frozenset(connection.scalars(_REGIONS))
