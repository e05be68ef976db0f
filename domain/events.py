"""The domain events' common ground: who recorded them, how they are named on disk, how they are stored.

A domain event's class can move and change its name; its `TOPIC` cannot. When the shape of a class changes, raise
`class_version` and add a static `upcast_vN_vN+1(state)` that brings a stored state (a dict) up to date.
"""

import dataclasses
from datetime import datetime, timedelta
from typing import Any, ClassVar, get_args, get_type_hints
from uuid import UUID

import msgspec
from eventsourcing.domain import AggregateEvent, DomainEventProtocol
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent
from eventsourcing.utils import register_topic, resolve_topic

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


class EventMapper(Mapper[UUID]):
    """Stores domain events as plain JSON objects and reads them back with their types checked."""

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Return the event as it goes to disk."""
        cls = type(domain_event)
        state = {
            name: value
            for name, value in vars(domain_event).items()
            if value is not None and name not in _IN_COLUMNS
        }
        version: int = getattr(cls, "class_version", 1)
        if version > 1:
            state["class_version"] = version
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=cls.TOPIC,  # type: ignore[attr-defined]  # every class in EVENT_CLASSES has one
            state=msgspec.json.encode(state),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Return the event that was stored, brought up to the current version of its class.

        Raises `MapperDeserialisationError` if the state is not what the class describes, and the library's
        `TopicError` if no class has the topic.
        """
        cls = resolve_topic(stored_event.topic)
        try:
            state = msgspec.json.decode(stored_event.state, type=dict[str, Any])
            for version in range(state.pop("class_version", 1), cls.class_version):
                getattr(cls, f"upcast_v{version}_v{version + 1}")(state)
            decoded = msgspec.convert(state, _state_type(cls))
        except (msgspec.MsgspecError, AttributeError) as error:
            raise MapperDeserialisationError(
                f"{stored_event.topic} {stored_event.originator_version} of {stored_event.originator_id}: {error}"
            ) from error
        event = object.__new__(cls)
        event.__dict__.update(
            originator_id=stored_event.originator_id,
            originator_version=stored_event.originator_version,
            **{name: getattr(decoded, name) for name in decoded.__struct_fields__},
        )
        return event  # type: ignore[no-any-return]


_IN_COLUMNS = frozenset({"originator_id", "originator_version"})
_state_types: dict[type, type[msgspec.Struct]] = {}


def _state_type(cls: type[DomainEvent]) -> type[msgspec.Struct]:
    """Return the shape of an event class's stored state, made once from its fields."""
    if cls not in _state_types:
        hints = get_type_hints(cls)
        fields: list[Any] = []
        for name in (field.name for field in dataclasses.fields(cls) if field.name not in _IN_COLUMNS):
            optional = type(None) in get_args(hints[name])
            fields.append((name, hints[name], None) if optional else (name, hints[name]))
        _state_types[cls] = msgspec.defstruct(f"{cls.__name__}State", fields, kw_only=True)
    return _state_types[cls]
