"""Events that their data set had deleted before they were ever here: no delivery brings them in.

A deletion of an event that is here is a retraction, in its article. One that is not has no article to stand in.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID, uuid5

from msgspec import Struct

from domain.administration.imports import ImportEvent
from domain.events import CreatedEvent, Provenance, RecordedAggregate

DELETION_NAMESPACE = UUID("0d3b8f0a-93b1-5f7e-8f5c-6a2a1b7d9e44")


class NamedEvent(Struct, frozen=True):
    """An event of a data set, by the id of its article and its `ref` there."""

    article: str
    ref: str


@dataclass(frozen=True)
class EventsDeleted(CreatedEvent, ImportEvent):
    """A data set has deleted events that were never here."""

    TOPIC = "detente.events-deleted"
    events: tuple[NamedEvent, ...]

    @staticmethod
    def aggregate_class() -> "type[EventDeletion]":
        """Return `EventDeletion`."""
        return EventDeletion


class EventDeletion(RecordedAggregate):
    """The deletion of some events that were never here."""

    def begin(self, deleted: EventsDeleted) -> None:
        """Take on which events were deleted."""
        self.events = deleted.events

    @classmethod
    def of(cls, events: Sequence[NamedEvent], provenance: Provenance) -> Self:
        """Return the deletion of events. That of the same ones is the same aggregate."""
        named = sorted({(event.article, event.ref) for event in events})
        deleted = EventsDeleted(
            originator_id=uuid5(DELETION_NAMESPACE, json.dumps(named)),
            originator_version=cls.INITIAL_VERSION,
            events=tuple(NamedEvent(*each) for each in named),
            **provenance.fields(),
        )
        return cls.make_from(deleted)


class DeletionIndex:
    """Which events were deleted before they were here. Copies share what they only add to; each sees its part."""

    def __init__(self, positions: dict[NamedEvent, int] | None = None, upto: int = 0) -> None:
        self._positions = {} if positions is None else positions
        self._upto = upto

    def __contains__(self, event: NamedEvent) -> bool:
        position = self._positions.get(event)
        return position is not None and position <= self._upto

    def copy(self) -> "DeletionIndex":
        """Return one that can take in more without changing this."""
        return DeletionIndex(self._positions, self._upto)

    def apply(self, position: int, deleted: EventsDeleted) -> None:
        """Take in a deletion."""
        for event in deleted.events:
            self._positions.setdefault(event, position)
        self._upto = position
