"""Which rulings stand at a position of the log, and which articles they bring together.

A ruling makes the evidence of one article depend on another. Articles that a ruling ever named together are a
group: what happens to one of them may change the evidence of the others, so their evidence changes at instants
that only grow within the group, and if an event of one of them is parked, what follows waits in all.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from domain.articles import article_uuid
from domain.events import DomainEvent
from domain.rulings import RulingEvent, RulingKind, RulingMade, RulingWithdrawn

_SHORT: Final = 8  # characters of a ruling's aggregate id, which tell apart the incidents of one key

NEVER: Final = datetime.min.replace(tzinfo=UTC)

Named = tuple[UUID, int]  # a reported event: its article's aggregate, and its number there


class StandingRuling(NamedTuple):
    """A ruling that stands, with the reports it names in its order. `suffix` is for ids of separate incidents."""

    aggregate: UUID
    reports: tuple[Named, ...]
    suffix: str


@dataclass(slots=True, eq=False)
class RulingGroup:
    """Articles that rulings have named together, and these rulings, by their aggregates.

    `ruled` is the latest instant of an event of the rulings, `latest` that of any event in the group; the latter
    is None where the articles have not been looked at.
    """

    articles: set[UUID] = field(default_factory=set)
    rulings: set[UUID] = field(default_factory=set)
    ruled: datetime = NEVER
    latest: datetime | None = NEVER

    def members(self) -> set[UUID]:
        """Return all aggregates in the group."""
        return self.articles | self.rulings

    def take_in(self, other: "RulingGroup") -> None:
        """Become the group of both."""
        known = self.latest is not None and other.latest is not None
        self.latest = max(self.latest or NEVER, other.latest or NEVER) if known else None
        self.articles |= other.articles
        self.rulings |= other.rulings
        self.ruled = max(self.ruled, other.ruled)


class Rulings:
    """The rulings up to a position of the log: what they say of it, whether they are folded yet or not.

    `article_aggregate` gives the aggregate of an article by its id.
    """

    def __init__(self, article_aggregate: Callable[[str], UUID] = article_uuid) -> None:
        self._find_aggregate = article_aggregate
        self._aggregates: dict[str, UUID] = {}
        self.position = 0
        #: The group of each article and ruling that is in one.
        self.groups: dict[UUID, RulingGroup] = {}
        #: Counts the changes to what is here, the instants of groups included.
        self.changes = 0
        self._by_report: dict[UUID, dict[int, list[StandingRuling]]] = {}
        self._standing: dict[UUID, StandingRuling] = {}

    def skip_to(self, position: int) -> None:
        """Go on to a position, all rulings up to there taken in, without what happened to articles meanwhile."""
        for group in self.groups.values():
            group.latest = None
        self.position = position

    def apply(self, event: RulingEvent) -> None:
        """Take in what happened to a ruling. Whether its articles changed later is for others to note."""
        aggregate = event.originator_id
        if isinstance(event, RulingMade):
            reports = tuple((self.aggregate_of_article(named.article), named.number) for named in event.reports)
            suffix = f"#{aggregate.hex[:_SHORT]}" if event.kind is RulingKind.SEPARATE else ""
            standing = self._standing[aggregate] = StandingRuling(aggregate, reports, suffix)
            for article, number in reports:
                self._by_report.setdefault(article, {}).setdefault(number, []).append(standing)
            self.gather(aggregate, {article for article, _ in reports})
        elif isinstance(event, RulingWithdrawn) and (gone := self._standing.pop(aggregate, None)):
            for article, number in gone.reports:
                self._by_report[article][number].remove(gone)
        if group := self.groups.get(aggregate):
            group.ruled = max(group.ruled, event.timestamp)
        self.changes += 1

    def aggregate_of_article(self, article_id: str) -> UUID:
        """Return the aggregate of an article that rulings name."""
        if article_id not in self._aggregates:
            self._aggregates[article_id] = self._find_aggregate(article_id)
        return self._aggregates[article_id]

    def named_articles(self) -> Collection[str]:
        """Return the ids of all articles that rulings ever named."""
        return self._aggregates.keys()

    def gather(self, ruling: UUID, articles: set[UUID]) -> None:
        """Bring into one group a ruling, the articles that it names, and the groups that any of them is in."""
        gathered = RulingGroup(set(articles), {ruling})
        met = {self.groups[member] for member in (ruling, *articles) if member in self.groups}
        for group in met:
            gathered.take_in(group)
        for member in gathered.members():
            self.groups[member] = gathered
        self.changes += 1

    def on(self, article: UUID) -> Mapping[int, StandingRuling]:
        """Return the rulings that count for an article, by the number of the report they are on."""
        by_number = self._by_report.get(article, {})
        return {number: standing[0] for number, standing in by_number.items() if standing}

    def counts(self, ruling: StandingRuling, named: Named) -> bool:
        """Return whether a ruling is the one that counts for a report: the first that stands."""
        article, number = named
        standing = self._by_report.get(article, {}).get(number)
        return bool(standing and standing[0] is ruling)

    def tied_to(self, aggregate: UUID) -> set[UUID]:
        """Return an article or ruling, and all that are in one group with it."""
        group = self.groups.get(aggregate)
        return {aggregate} if group is None else group.members()

    def beside(self, articles: Iterable[UUID]) -> set[UUID]:
        """Return some articles and those that a standing ruling names together with one of them."""
        found = set(articles)
        for article in tuple(found):
            for standing in self._by_report.get(article, {}).values():
                found.update(other for ruling in standing for other, _ in ruling.reports)
        return found

    def named_by(self, event: RulingEvent) -> set[UUID]:
        """Return the articles that the ruling names to which something happened."""
        if isinstance(event, RulingMade):
            return {self.aggregate_of_article(named.article) for named in event.reports}
        standing = self._standing.get(event.originator_id)
        return {article for article, _ in standing.reports} if standing else set()

    def waits_for(self, event: DomainEvent, aside: Mapping[str, int]) -> int | None:
        """Return the first parked position that an event has to wait for, given those of parked aggregates."""
        named = self.named_by(event) if isinstance(event, RulingMade) else set()
        members = set().union(*(self.tied_to(aggregate) for aggregate in {event.originator_id, *named}))
        waited = [aside[str(member)] for member in members if str(member) in aside]
        return min(waited, default=None)
