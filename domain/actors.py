"""The actor: a party to relations, its code and its names. Aggregate, domain events and commands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from msgspec import Struct

from domain.errors import ActorDiffers, Fault, InvalidFacts
from domain.events import CreatedEvent, DomainEvent, Provenance, RecordedAggregate
from domain.text import comparable

ACTOR_NAMESPACE = UUID("0d6a5c3e-9f0f-5a39-8c57-8f2f4a6e53d1")
CODE_PATTERN = r"[A-Z][A-Z0-9-]{1,19}"


class ActorKind(StrEnum):
    """What sort of party an actor is."""

    STATE = "state"
    TERRITORY = "territory"
    ORGANISATION = "organisation"
    GROUP = "group"
    REGION = "region"
    OTHER = "other"


class RegisterActor(Struct, frozen=True):
    """Command: register an actor; of one that is known, add what names are new."""

    code: str
    kind: ActorKind
    name: str
    aliases: tuple[str, ...]
    provenance: Provenance


class AddActorName(Struct, frozen=True):
    """Command: make an actor known by another name."""

    code: str
    name: str
    provenance: Provenance


class ActorEvent(DomainEvent):
    """Something that happened to an actor's entry in the registry."""


@dataclass(frozen=True)
class ActorRegistered(CreatedEvent, ActorEvent):
    """An actor got a code, a name, and perhaps other names."""

    TOPIC = "detente.actor-registered"
    code: str
    kind: ActorKind
    name: str
    aliases: tuple[str, ...]

    @staticmethod
    def aggregate_class() -> "type[Actor]":
        """Return `Actor`."""
        return Actor


@dataclass(frozen=True)
class ActorNameAdded(ActorEvent):
    """An actor is also known by another name."""

    TOPIC = "detente.actor-name-added"
    code: str
    name: str

    def apply(self, aggregate: "Actor") -> None:
        """Add the name."""
        aggregate.aliases.append(self.name)


class Actor(RecordedAggregate):
    """A party to relations: a state, an organisation, an armed group."""

    def begin(self, registered: ActorRegistered) -> None:
        """Take on code, kind and names."""
        self.code = registered.code
        self.kind = registered.kind
        self.name = registered.name
        self.aliases = list(registered.aliases)

    @classmethod
    def register(
        cls, code: str, kind: ActorKind, name: str, aliases: Sequence[str], provenance: Provenance
    ) -> "Actor":
        """Return a new actor. Raises `InvalidFacts` if code or names are not fit to be looked up."""
        faults = []
        if not re.fullmatch(CODE_PATTERN, code):
            detail = f"{code!r} is not an actor code: 2 to 20 of A-Z, 0-9 and -, beginning with a letter"
            faults.append(Fault(("code",), "not-a-code", detail))
        if not comparable(name):
            faults.append(_nameless(("name",)))
        faults += [_nameless(("aliases", index)) for index, alias in enumerate(aliases) if not comparable(alias)]
        if faults:
            raise InvalidFacts(faults)
        registered = ActorRegistered(
            originator_id=actor_uuid(code),
            originator_version=cls.INITIAL_VERSION,
            code=code,
            kind=kind,
            name=name,
            aliases=tuple(dict.fromkeys(aliases)),
            **provenance.fields(),
        )
        return cls.make_from(registered)

    def check_same(self, kind: ActorKind, name: str) -> None:
        """Raise `ActorDiffers` if the actor is registered as another kind or under another name."""
        if (self.kind, self.name) != (kind, name):
            raise ActorDiffers(f"{self.code} is registered as {self.kind} {self.name!r}")

    def add_name(self, name: str, provenance: Provenance) -> None:
        """Make the actor known by another name; one it has already is no change."""
        if not comparable(name):
            raise InvalidFacts([_nameless(("name",))])
        if name not in (self.code, self.name, *self.aliases):
            self.trigger_event(ActorNameAdded, code=self.code, name=name, **provenance.fields())


def actor_uuid(code: str) -> UUID:
    """Return the aggregate id of the actor with this code."""
    return uuid5(ACTOR_NAMESPACE, code)


def _nameless(path: tuple[str | int, ...]) -> Fault:
    return Fault(path, "not-a-name", "a name has at least one letter or digit")
