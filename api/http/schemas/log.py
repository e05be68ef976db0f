"""The log of domain events."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.common import Listed
from domain.events import DomainEvent


class LogEntry(BaseModel):
    """A domain event in the log. `data` is what it states."""

    position: int
    type: Annotated[str, Field(examples=["clash-reported"])]
    aggregate: str
    version: int
    recorded: datetime
    recorded_by: str
    request_id: str | None
    data: dict[str, Any]


class UnreadableEntry(BaseModel):
    """A domain event in the log that this version cannot read; `error` says why."""

    position: int
    aggregate: str
    version: int
    topic: Annotated[str, Field(description="The topic as it is stored.", examples=["detente.clash-reported"])]
    error: str


class Feed(Listed[LogEntry | UnreadableEntry]):
    """The log from a position on. Ask again with `after` set to `last`."""

    last: int


def short_type(event: DomainEvent) -> str:
    """Return the name under which a domain event is shown."""
    return short_topic(event.TOPIC)


def short_topic(topic: str) -> str:
    """Return the name under which the domain events of a topic are shown."""
    return topic.removeprefix("detente.")
