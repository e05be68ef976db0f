"""The domain events' common ground: who recorded them, how they are named on disk, how they are stored.

A domain event's class can move and change its name; its `TOPIC` cannot. When the shape of a class changes, raise
`class_version` and add a static `upcast_vN_vN+1(state)` that brings a stored state (a dict) up to date.
"""

import dataclasses
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from eventsourcing.domain import AggregateEvent
from eventsourcing.utils import register_topic

#: Every domain event class by its topic.
EVENT_CLASSES: dict[str, type["DomainEvent"]] = {}


@dataclasses.dataclass(frozen=True)
class DomainEvent(AggregateEvent):
    """A fact recorded in the log, never changed. `timestamp` is when it was recorded (UTC)."""

    TOPIC: ClassVar[str] = ""
    class_version: ClassVar[int] = 1

    recorded_by: str
    request_id: str | None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if topic := cls.__dict__.get("TOPIC"):
            register_topic(topic, cls)
            EVENT_CLASSES[topic] = cls


class Provenance(msgspec.Struct, frozen=True):
    """Who records something, when (UTC), and under which request."""

    recorded_by: str
    recorded: datetime
    request_id: str | None = None

    def after(self, instant: datetime) -> "Provenance":
        """Return this, recorded after `instant` even if the clock has gone back: record time only grows."""
        if self.recorded > instant:
            return self
        return msgspec.structs.replace(self, recorded=instant + timedelta(microseconds=1))

    def fields(self) -> dict[str, Any]:
        """Return this as the fields of a domain event."""
        return {
            "timestamp": self.recorded,
            "recorded_by": self.recorded_by,
            "request_id": self.request_id,
        }
