"""Domain events as they are stored: plain JSON, read back with their types checked and brought up to date."""

import dataclasses
from typing import Any, Final, get_args, get_type_hints
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent
from eventsourcing.utils import TopicError

from domain.events import EVENT_CLASSES, DomainEvent

#: What decoding a stored event raises: a state that its class does not describe, a topic that no class has.
UNREADABLE: Final = (MapperDeserialisationError, TopicError)


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
        `TopicError` if no class has the topic. The library itself would import what a topic names.
        """
        cls = EVENT_CLASSES.get(stored_event.topic)
        if cls is None:
            raise TopicError(f"this version knows no domain events {stored_event.topic!r}")
        try:
            decoded = _decoded(cls, stored_event.state)
        except (msgspec.MsgspecError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise MapperDeserialisationError(
                f"{stored_event.topic} {stored_event.originator_version} of {stored_event.originator_id}: {error}"
            ) from error
        event = object.__new__(cls)
        event.__dict__.update(
            originator_id=stored_event.originator_id,
            originator_version=stored_event.originator_version,
            **msgspec.structs.asdict(decoded),
        )
        return event


def _decoded(cls: type[DomainEvent], stored: bytes) -> Any:
    """Return a stored state by the fields of an event class, brought up to its version."""
    if cls.class_version == 1:  # there is none before it to be brought up from
        return _decoder(cls).decode(stored)
    state = msgspec.json.decode(stored, type=dict[str, Any])
    for version in range(state.pop("class_version", 1), cls.class_version):
        getattr(cls, f"upcast_v{version}_v{version + 1}")(state)
    return msgspec.convert(state, _state_type(cls))


_IN_COLUMNS = frozenset({"originator_id", "originator_version"})
_state_types: dict[type, type[msgspec.Struct]] = {}
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def _decoder(cls: type[DomainEvent]) -> msgspec.json.Decoder[Any]:
    if cls not in _decoders:
        _decoders[cls] = msgspec.json.Decoder(_state_type(cls))
    return _decoders[cls]


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
