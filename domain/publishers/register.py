"""Which publishers count as which: folded from the domain events of publishers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.errors import Fault, InvalidFacts, UnreadableHistory
from domain.publishers.alias import (
    AddPublisherAlias,
    PublisherAliasAdded,
    PublisherAliasRemoved,
    PublisherEvent,
    publisher_uuid,
)
from domain.standards.publisher_names import comparable_publisher


@dataclass(frozen=True, slots=True)
class PublisherAliasEntry:
    """An alias as it was declared at a position of the log, and its removal, if it was removed."""

    position: int
    added: PublisherAliasAdded
    removal: PublisherAliasRemoved | None = None

    def stood(self, known_at: datetime | None) -> bool:
        """Return whether it stood, going by what was known at an instant."""
        return self.added.was_known(known_at) and not self.removal_known(known_at)

    def removal_known(self, known_at: datetime | None) -> PublisherAliasRemoved | None:
        """Return its removal, if it had been removed by an instant."""
        return self.removal if self.removal is not None and self.removal.was_known(known_at) else None


class PublisherRegister:
    """All aliases of publishers in the order of the log, those that were removed among them."""

    def __init__(self) -> None:
        self.entries: dict[int, PublisherAliasEntry] = {}  #: by the position at which each was declared
        self._latest: dict[UUID, int] = {}
        self._aggregates: dict[str, UUID] = {}  # by the alias, as publishers are compared

    def copy(self) -> "PublisherRegister":
        """Return a copy that can take in more without changing this."""
        made = PublisherRegister()
        made.entries, made._latest = self.entries.copy(), self._latest.copy()
        made._aggregates = self._aggregates.copy()
        return made

    def apply(self, position: int, event: PublisherEvent) -> None:
        """Take in what was said of a publisher. Raises `UnreadableHistory` for one not taken in before."""
        if isinstance(event, PublisherAliasAdded):
            self._aggregates[comparable_publisher(event.alias)] = event.originator_id
            self._latest[event.originator_id] = position
            self.entries[position] = PublisherAliasEntry(position, event)
        elif isinstance(event, PublisherAliasRemoved):
            declared = self._latest.get(event.originator_id)
            if declared is None:
                raise UnreadableHistory("takes an alias back that cannot be read")
            self.entries[declared] = replace(self.entries[declared], removal=event)

    def aggregate_of(self, alias: str) -> UUID:
        """Return the aggregate of a publisher that is an alias, ever was one, or is to become one."""
        return self._aggregates.get(comparable_publisher(alias)) or publisher_uuid(alias)

    def newest_first(self) -> list[PublisherAliasEntry]:
        """Return all aliases, the newest first."""
        return list(self.entries.values())[::-1]

    def aliases(self, known_at: datetime | None = None) -> dict[str, str]:
        """Return the publisher that each alias was declared to be, both as publishers are compared."""
        return {
            comparable_publisher(entry.added.alias): comparable_publisher(entry.added.publisher)
            for entry in self.entries.values()
            if entry.stood(known_at)
        }

    def check_no_circle(self, command: AddPublisherAlias) -> None:
        """Raise `InvalidFacts` if an alias would come to be an alias of itself."""
        aliases, alias = self.aliases(), comparable_publisher(command.alias)
        way = [comparable_publisher(command.publisher)]
        while way[-1] in aliases and way[-1] != alias:
            way.append(aliases[way[-1]])
        if len(way) > 1 and way[-1] == alias:
            named = " counts as ".join(self._written(way))
            detail = f"would make a circle, as {named} already: take that back first"
            raise InvalidFacts([Fault(("publisher",), "circular-alias", detail)])

    def _written(self, way: Iterable[str]) -> Iterator[str]:
        """Yield each of some publishers as it was written."""
        written: dict[str, str] = {}
        for entry in self.entries.values():
            for name in (entry.added.publisher, entry.added.alias):
                written[comparable_publisher(name)] = name
        yield from (repr(written[name]) for name in way)


def counted_as(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the publisher that each alias counts as in the end: aliases of aliases go to the last.

    In a circle, which no command makes, all go to the first of its names.
    """
    found: dict[str, str] = {}
    for start in aliases:
        way = [start]
        while way[-1] in aliases and aliases[way[-1]] not in way:
            way.append(aliases[way[-1]])
        if way[-1] in aliases:  # a circle
            way.append(min(way[way.index(aliases[way[-1]]) :]))
        found[start] = way[-1]
    return {alias: publisher for alias, publisher in found.items() if alias != publisher}
