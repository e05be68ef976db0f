"""Domain events as they are stored: plain JSON, read back with their types checked and brought up to date."""

import dataclasses
from typing import Any, Final, NamedTuple, NotRequired, TypedDict, get_args, get_type_hints
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
        cls, shape, decoded = _read(stored_event)
        event = object.__new__(cls)
        fields = event.__dict__
        fields["originator_id"] = stored_event.originator_id
        fields["originator_version"] = stored_event.originator_version
        fields.update(shape.empty)  # in their order, in which they are stored
        fields.update(decoded)
        return event

    def fields_of(self, stored_event: StoredEvent) -> dict[str, Any]:
        """Return the fields of an event that was stored, but for those that are absent. Raises the same."""
        return _read(stored_event)[2]


class _StoredFields(NamedTuple):
    """How a class's stored state is read, in one pass, to its fields; `empty` has them all, in order."""

    decoder: msgspec.json.Decoder[dict[str, Any]]
    type: Any
    empty: dict[str, None]


def _read(stored: StoredEvent) -> tuple[type[DomainEvent], _StoredFields, dict[str, Any]]:
    """Return the class of a stored event, how its state is read, and the fields that it gives."""
    cls = EVENT_CLASSES.get(stored.topic)
    if cls is None:
        raise TopicError(f"this version knows no domain events {stored.topic!r}")
    try:
        shape = _shapes.get(cls) or _shape(cls)
        return cls, shape, _decoded(cls, shape, stored.state)
    except (msgspec.MsgspecError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise MapperDeserialisationError(
            f"{stored.topic} {stored.originator_version} of {stored.originator_id}: {error}"
        ) from error


def _decoded(cls: type[DomainEvent], shape: _StoredFields, stored: bytes) -> dict[str, Any]:
    """Return the fields that a stored state gives an event class, brought up to its version."""
    if cls.class_version == 1:  # there is none before it to be brought up from
        return shape.decoder.decode(stored)
    state = msgspec.json.decode(stored, type=dict[str, Any])
    for version in range(state.pop("class_version", 1), cls.class_version):
        getattr(cls, f"upcast_v{version}_v{version + 1}")(state)
    fields: dict[str, Any] = msgspec.convert(state, shape.type)
    return fields


_IN_COLUMNS = frozenset({"originator_id", "originator_version"})
_shapes: dict[type, _StoredFields] = {}


def _shape(cls: type[DomainEvent]) -> _StoredFields:
    """Return the shape of an event class's stored state, made once from its fields."""
    hints = get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls) if field.name not in _IN_COLUMNS]
    fields = {name: _may_be_absent(hints[name]) for name in names}
    shape: Any = TypedDict(f"{cls.__name__}State", fields)  # type: ignore[misc]
    return _shapes.setdefault(cls, _StoredFields(msgspec.json.Decoder(shape), shape, dict.fromkeys(names)))


def _may_be_absent(hint: Any) -> Any:
    return NotRequired[hint] if type(None) in get_args(hint) else hint
