"""The actor: a party to relations, its code and its names. Aggregate, domain events and commands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from msgspec import Struct

from domain.errors import ActorDiffers, Fault, InvalidFacts, NameNotFound
from domain.events import CreatedEvent, DomainEvent, Provenance, RecordedAggregate
from domain.standards.text import comparable

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
    """Command: register an actor; of one that is known, add what names are new.

    With `share`, an administrator says that it may have a code or names that others have: all, or those listed.
    """

    code: str
    kind: ActorKind
    name: str
    aliases: tuple[str, ...]
    provenance: Provenance
    share: bool | frozenset[str] = False


class AddActorName(Struct, frozen=True):
    """Command: make an actor known by another name. `share` as for `RegisterActor`."""

    code: str
    name: str
    provenance: Provenance
    share: bool | frozenset[str] = False


class RemoveActorName(Struct, frozen=True):
    """Command: take a name back from an actor."""

    code: str
    name: str
    reason: str | None
    provenance: Provenance


class ActorEvent(DomainEvent):
    """Something that happened to an actor's entry in the registry."""


@dataclass(frozen=True)
class ActorRegistered(CreatedEvent, ActorEvent):
    """An actor got a code, a name, and perhaps other names.

    `shared_with` are the other actors that had one of these, where an administrator said that they may share it.
    """

    TOPIC = "detente.actor-registered"
    code: str
    kind: ActorKind
    name: str
    aliases: tuple[str, ...]
    shared_with: tuple[str, ...] | None = None

    @staticmethod
    def aggregate_class() -> "type[Actor]":
        """Return `Actor`."""
        return Actor


@dataclass(frozen=True)
class ActorNameAdded(ActorEvent):
    """An actor is also known by another name. `shared_with` as for `ActorRegistered`."""

    TOPIC = "detente.actor-name-added"
    code: str
    name: str
    shared_with: tuple[str, ...] | None = None

    def apply(self, aggregate: "Actor") -> None:
        """Add the name."""
        aggregate.aliases.append(self.name)


@dataclass(frozen=True)
class ActorNameRemoved(ActorEvent):
    """An actor is no longer known by a name, in this spelling."""

    TOPIC = "detente.actor-name-removed"
    code: str
    name: str
    reason: str | None

    def apply(self, aggregate: "Actor") -> None:
        """Take the name away."""
        aggregate.name, *aggregate.aliases = names_without(
            self.code, (aggregate.name, *aggregate.aliases), self.name
        )
        aggregate.removed.add(comparable(self.name))


class Actor(RecordedAggregate):
    """A party to relations: a state, an organisation, an armed group."""

    def begin(self, registered: ActorRegistered) -> None:
        """Take on code, kind and names."""
        self.code = registered.code
        self.kind = registered.kind
        self.name = registered.name
        self.aliases = list(registered.aliases)
        self.removed: set[str] = set()  # as names are compared

    @classmethod
    def register(
        cls,
        code: str,
        kind: ActorKind,
        name: str,
        aliases: Sequence[str],
        provenance: Provenance,
        shared_with: Sequence[str] = (),
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
            shared_with=tuple(shared_with) or None,
            **provenance.fields(),
        )
        return cls.make_from(registered)

    def check_same(self, kind: ActorKind, name: str) -> None:
        """Raise `ActorDiffers` if the actor is registered as another kind or under another name."""
        if (self.kind, self.name) != (kind, name):
            raise ActorDiffers(f"{self.code} is registered as {self.kind} {self.name!r}")

    def has(self, name: str) -> bool:
        """Return whether this is its code, or one of its names to the letter."""
        return name in (self.code, self.name, *self.aliases)

    def add_name(self, name: str, provenance: Provenance, shared_with: Sequence[str] = ()) -> None:
        """Make the actor known by another name; one it has already is no change."""
        if not comparable(name):
            raise InvalidFacts([_nameless(("name",))])
        if not self.has(name):
            shared = tuple(shared_with) or None
            self.trigger_event(
                ActorNameAdded, code=self.code, name=name, shared_with=shared, **provenance.fields()
            )

    def remove_name(self, name: str, reason: str | None, provenance: Provenance) -> None:
        """Take a name back, in all its spellings; one that was taken back is no change.

        The code stays, and stands for the first name where none is left. Raises `InvalidFacts` if the name is the
        code, and `NameNotFound` if the actor never had it.
        """
        wanted = comparable(name)
        spellings = [known for known in (self.name, *self.aliases) if comparable(known) == wanted != ""]
        removable = [known for known in dict.fromkeys(spellings) if known != self.code]
        for known in removable:
            fields = {"code": self.code, "name": known, "reason": reason, **provenance.fields()}
            self.trigger_event(ActorNameRemoved, **fields)
        if not removable and (spellings or wanted == comparable(self.code)):
            detail = f"{self.code} is the actor's code, which cannot be taken back"
            raise InvalidFacts([Fault(("name",), "is-the-code", detail)])
        if not removable and wanted not in self.removed:
            raise NameNotFound(f"{self.code} has no name {name!r}")


def names_without(code: str, names: Sequence[str], removed: str) -> tuple[str, ...]:
    """Return an actor's names, the first one first, without one of them: the code, where none is left."""
    return tuple(name for name in names if name != removed) or (code,)


def actor_uuid(code: str) -> UUID:
    """Return the aggregate id of the actor with this code."""
    return uuid5(ACTOR_NAMESPACE, code)


def _nameless(path: tuple[str | int, ...]) -> Fault:
    return Fault(path, "not-a-name", "a name has at least one letter or digit")
