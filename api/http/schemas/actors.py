"""The actors."""

from pydantic import BaseModel

from api.http.schemas.common import ActorCode
from projections.queries.actors import ActorEntry


class ActorOut(BaseModel):
    """An actor and its names."""

    code: ActorCode
    kind: str
    name: str
    aliases: list[str]


def actor_out(actor: ActorEntry) -> ActorOut:
    """Represent an actor."""
    return ActorOut(code=actor.code, kind=actor.kind, name=actor.name, aliases=list(actor.aliases))
