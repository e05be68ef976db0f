"""The peer of a rebuild, which stays as it is: the library reads the log, and events are decoded in two steps."""

import dataclasses
from collections.abc import Sequence
from functools import cache
from inspect import unwrap
from typing import Any, get_args, get_type_hints

import msgspec
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder

from domain.events import EVENT_CLASSES, DomainEvent
from domain.log.application import Detente

_PAGE = 2000
_IN_COLUMNS = frozenset({"originator_id", "originator_version"})


def read_and_decode(log: Detente) -> None:
    """Read a log on SQLite, and make the domain event of each stored one."""
    position = 0
    while page := _read(log, position):
        for notification in page:
            decode(notification)
        position = page[-1].id


def _read(log: Detente, after: int) -> Sequence[Notification]:
    select = unwrap(SQLiteApplicationRecorder.select_notifications)
    page: Sequence[Notification] = select(log.recorder, after, _PAGE, inclusive_of_start=False)
    for event in page:
        assert tuple(map(type, (event.originator_version, event.topic, event.state))) == (int, str, bytes)
    return page


def decode(stored: StoredEvent) -> DomainEvent:
    """Return the domain event of a stored one: first its state as the class describes it, then the event."""
    cls = EVENT_CLASSES[stored.topic]
    if cls.class_version == 1:
        decoded = _decoder(cls).decode(stored.state)
    else:
        state = msgspec.json.decode(stored.state, type=dict[str, Any])
        for version in range(state.pop("class_version", 1), cls.class_version):
            getattr(cls, f"upcast_v{version}_v{version + 1}")(state)
        decoded = msgspec.convert(state, _state_type(cls))
    event = object.__new__(cls)
    event.__dict__.update(
        originator_id=stored.originator_id,
        originator_version=stored.originator_version,
        **msgspec.structs.asdict(decoded),
    )
    assert isinstance(event, DomainEvent)
    return event


@cache
def _decoder(cls: type[DomainEvent]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_state_type(cls))


@cache
def _state_type(cls: type[DomainEvent]) -> type[msgspec.Struct]:
    hints = get_type_hints(cls)
    fields: list[Any] = []
    for name in (field.name for field in dataclasses.fields(cls) if field.name not in _IN_COLUMNS):
        optional = type(None) in get_args(hints[name])
        fields.append((name, hints[name], None) if optional else (name, hints[name]))
    return msgspec.defstruct(f"{cls.__name__}State", fields, kw_only=True)
