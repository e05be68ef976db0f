"""What domain events, and the aggregates made from them, have in common; and who recorded an event, and when.

A domain event's class can move and change its name; its `TOPIC` cannot. When the shape of a class changes, raise
`class_version` and add a static `upcast_vN_vN+1(state)` that brings a stored state (a dict) up to date.
"""

import dataclasses
from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

import msgspec
from eventsourcing.domain import Aggregate, AggregateEvent
from eventsourcing.utils import register_topic

from domain.errors import PreconditionFailed

#: Every domain event class by its topic.
EVENT_CLASSES: dict[str, type["DomainEvent"]] = {}


@dataclasses.dataclass(frozen=True)
class DomainEvent(AggregateEvent):
    """A fact recorded in the log, never changed. `timestamp` is when it was recorded (UTC), given by the log."""

    TOPIC: ClassVar[str] = ""
    class_version: ClassVar[int] = 1

    recorded_by: str
    request_id: str | None

    def was_known(self, known_at: datetime | None) -> bool:
        """Return whether it had been recorded by an instant; always, if that is None."""
        return known_at is None or self.timestamp <= known_at

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if topic := cls.__dict__.get("TOPIC"):
            register_topic(topic, cls)
            EVENT_CLASSES[topic] = cls


class CreatedEvent(DomainEvent):
    """The first domain event of an aggregate: it makes the aggregate."""

    @staticmethod
    @abstractmethod
    def aggregate_class() -> "type[RecordedAggregate]":
        """Return the class of the aggregate that is made."""

    def mutate(self, aggregate: Any) -> Any:
        """Make the aggregate."""
        assert aggregate is None
        cls = self.aggregate_class()
        made = cls.__new__(cls)
        made.__base_init__(self.originator_id, self.originator_version, self.timestamp)
        made.begin(self)
        return made


class RecordedAggregate(Aggregate):
    """What commands change as a whole. Its state is what its domain events make of it."""

    @classmethod
    def make_from(cls, created: CreatedEvent) -> Self:
        """Return a new aggregate of which one domain event is to be recorded."""
        aggregate: Self = created.mutate(None)
        aggregate.pending_events.append(created)
        return aggregate

    @abstractmethod
    def begin(self, created: Any) -> None:
        """Take on the state that its first domain event states."""

    def content(self) -> bytes:
        """Return all that it states, equal for equal states."""
        stated = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        plain = msgspec.to_builtins(stated, str_keys=True, enc_hook=vars, order="deterministic")
        return msgspec.json.encode(plain)


#: Whether an aggregate, or None where there is none, is in the state in which its writer has seen it.
Expectation = Callable[[RecordedAggregate | None], bool]


def check_expected(expects: Expectation | None, aggregate: RecordedAggregate | None, named: str) -> None:
    """Raise `PreconditionFailed` if an aggregate is not in the state that is expected."""
    if expects is not None and not expects(aggregate):
        now = "is not there" if aggregate is None else f"is at version {aggregate.version} now"
        raise PreconditionFailed(f"{named} {now}, which is not the state that was expected")


class Provenance(msgspec.Struct, frozen=True):
    """Who records something, when by the clock (UTC), and under which request.

    The log records it later where it holds something as late already.
    """

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
