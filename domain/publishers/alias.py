"""The publisher that counts as another: wire re-prints, aggregators. Aggregate, domain events and commands.

That `AFP via Yahoo` is AFP is something to know about publishers, and no article says it. It is declared, and may
be taken back. Articles keep the publisher that they name.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct

from domain.errors import Fault, InvalidFacts, PublisherIsAlias
from domain.events import CreatedEvent, DomainEvent, Provenance, RecordedAggregate
from domain.standards.publisher_names import comparable_publisher

PUBLISHER_NAMESPACE = UUID("5b0a2f0e-7f55-5d0d-9a0c-2f6a0c1b7c31")


class AddPublisherAlias(Struct, frozen=True):
    """Command: count one publisher, `alias`, as another. Both may be in any spelling."""

    alias: str
    publisher: str
    provenance: Provenance
    reason: str | None = None


class RemovePublisherAlias(Struct, frozen=True):
    """Command: count a publisher as itself again."""

    alias: str
    provenance: Provenance
    reason: str | None = None


class PublisherEvent(DomainEvent):
    """Something that was said about publishers."""


@dataclass(frozen=True)
class PublisherAliasAdded(CreatedEvent, PublisherEvent):
    """A publisher counts as another from now on. Both are as they were written."""

    TOPIC = "detente.publisher-alias-added"
    alias: str
    publisher: str
    reason: str | None

    @staticmethod
    def aggregate_class() -> "type[PublisherAlias]":
        """Return `PublisherAlias`."""
        return PublisherAlias

    def mutate(self, aggregate: Any) -> Any:
        """Make the aggregate, or, of one whose alias was removed, let it count anew."""
        return super().mutate(None) if aggregate is None else super(CreatedEvent, self).mutate(aggregate)

    def apply(self, aggregate: "PublisherAlias") -> None:
        """Let the publisher count as another."""
        aggregate.begin(self)


@dataclass(frozen=True)
class PublisherAliasRemoved(PublisherEvent):
    """A publisher counts as itself again."""

    TOPIC = "detente.publisher-alias-removed"
    alias: str
    reason: str | None

    def apply(self, aggregate: "PublisherAlias") -> None:
        """Let the publisher count as itself."""
        aggregate.publisher = None


class PublisherAlias(RecordedAggregate):
    """A publisher, and the one that it counts as; None once that was taken back."""

    def begin(self, added: PublisherAliasAdded) -> None:
        """Take on which publisher counts as which."""
        self.alias = added.alias
        self.publisher: str | None = added.publisher

    @classmethod
    def declare(cls, command: AddPublisherAlias) -> "PublisherAlias":
        """Return a publisher that counts as another for the first time. Raises `InvalidFacts`."""
        _check(command)
        added = PublisherAliasAdded(
            originator_id=publisher_uuid(command.alias),
            originator_version=cls.INITIAL_VERSION,
            alias=command.alias,
            publisher=command.publisher,
            reason=command.reason,
            **command.provenance.fields(),
        )
        return cls.make_from(added)

    def add(self, command: AddPublisherAlias) -> None:
        """Let the publisher count as another; the same again is no change.

        Raises `InvalidFacts`, and `PublisherIsAlias` where it counts as a third one.
        """
        _check(command)
        if self.publisher is None:
            fields = {"alias": command.alias, "publisher": command.publisher, "reason": command.reason}
            self.trigger_event(PublisherAliasAdded, **fields, **command.provenance.fields())
        elif comparable_publisher(self.publisher) != comparable_publisher(command.publisher):
            detail = f"{self.alias!r} counts as {self.publisher!r} already: take that back first"
            raise PublisherIsAlias(detail)

    def remove(self, command: RemovePublisherAlias) -> None:
        """Let the publisher count as itself; again is no change."""
        if self.publisher is not None:
            fields = {"alias": self.alias, "reason": command.reason, **command.provenance.fields()}
            self.trigger_event(PublisherAliasRemoved, **fields)


def publisher_uuid(name: str) -> UUID:
    """Return the aggregate id of the publisher with a name."""
    return uuid5(PUBLISHER_NAMESPACE, comparable_publisher(name))


def _check(command: AddPublisherAlias) -> None:
    alias, publisher = comparable_publisher(command.alias), comparable_publisher(command.publisher)
    faults = [
        Fault((field,), "not-a-name", "a name has at least one letter or digit")
        for field, name in (("alias", alias), ("publisher", publisher))
        if not name
    ]
    if alias == publisher and not faults:
        detail = f"{command.alias!r} and {command.publisher!r} are one publisher as they are"
        faults.append(Fault(("publisher",), "alias-of-itself", detail))
    if faults:
        raise InvalidFacts(faults)
