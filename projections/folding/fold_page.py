"""A page of the log, folded: what its domain events change in what is known. Pure but for looking articles up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.actors import ActorNameAdded, ActorRegistered
from domain.articles import Article, ArticleEvent, ArticlePosted, Header, ReportCorrected, ReportedEvent
from domain.events import DomainEvent
from domain.rulings import RulingEvent
from projections.evidence.agreements import Development, developments_of
from projections.evidence.evidence import Evidence, EvidenceKey, RulingEffect, evidence_of, ruling_effect
from projections.evidence.rulings import NEVER, RulingGroup, Rulings
from projections.times import to_micros

_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


class Past(Protocol):
    """The articles as they were."""

    def article_at(self, aggregate_id: UUID, version: int) -> Article:
        """Return an article as it was at a version."""

    def article_before(self, aggregate_id: UUID, position: int) -> Article:
        """Return an article as it was before a position of the log."""


class Stated(NamedTuple):
    """The words of a reported event, as one domain event stated them; `content` is the report as JSON."""

    number: int
    version: int
    position: int
    recorded: int
    content: str


class Step(Struct):
    """What one command changed about an article: rows that stopped standing at `recorded`, and rows that began."""

    recorded: int
    ended: list[Evidence]
    begun: list[Evidence]
    developments_ended: list[Development]
    developments_begun: list[Development]


class ArticleChange(Struct):
    """All that a page changes about one article, and how it stands then. A new one was `posted_at` a position.

    Instants are in microseconds. Of one that is `ruled` on, evidence may end and begin again in one instant.
    """

    aggregate: str
    posted_at: int | None
    article_id: str
    header: Header
    retracted: bool
    version: int
    recorded: int
    changed: int
    ruled: bool
    steps: list[Step]
    stated: list[Stated]


class ActorChange(Struct):
    """An actor that was registered, or, without a `kind`, got another name."""

    code: str
    kind: str | None
    name: str
    aliases: tuple[str, ...]
    recorded: int


class Page(Struct):
    """What the events of a page change, in order. `recorded` is the latest instant among them.

    `waiting` are the positions that wait for another one, which is parked, each with that one. A page that is not
    `whole` has rulings in it, and was folded by somebody who does not know the rulings before it.
    """

    articles: list[ArticleChange]
    actors: list[ActorChange]
    recorded: int | None
    waiting: list[tuple[int, int]]
    whole: bool


_NOTHING: Final[Mapping[str, int]] = {}


def fold_page(
    events: Iterable[tuple[int, DomainEvent]],
    past: Past,
    rulings: Rulings | None = None,
    aside: Mapping[str, int] = _NOTHING,
) -> Page:
    """Fold (position, event) pairs in log order; `past` gives the articles from earlier pages.

    An article is compared with itself before and after each command, never in between, so that part of a command
    is never taken for the whole of it. `rulings` stand where the page begins, and are brought to its end. `aside`
    are the aggregates of which events are parked, each with the position of the first.
    """
    fold = _PageFold(past, rulings, dict(aside))
    for position, event in events:
        fold.take(position, event)
    return fold.page()


class _PageFold:
    """A page while it is folded.

    What happens to an article in a group is compared when its command is over: all evidence that the command may
    have changed, of whichever article, is looked at before it and after it.
    """

    def __init__(self, past: Past, rulings: Rulings | None, aside: dict[str, int]) -> None:
        self._past = past
        self._rulings = rulings
        self._groups: Mapping[UUID, RulingGroup] = rulings.groups if rulings else {}
        self._aside = aside
        self._articles: dict[UUID, _ArticleFold] = {}
        self._actors: list[ActorChange] = []
        self._commands: dict[RulingGroup, _Command] = {}
        self._waiting: list[tuple[int, int]] = []
        self._recorded: datetime | None = None
        self._whole = True

    def take(self, position: int, event: DomainEvent) -> None:
        if self._aside and self._rulings and (first := self._rulings.waits_for(event, self._aside)):
            self._wait(position, event, first)
            return
        if self._recorded is None or event.timestamp > self._recorded:
            self._recorded = event.timestamp
        if isinstance(event, ArticleEvent):
            if self._groups and (group := self._groups.get(event.originator_id)):
                self._take_in_group(position, event, group)
            else:
                self._take_alone(position, event)
        elif isinstance(event, ActorRegistered | ActorNameAdded):
            self._actors.append(_actor_change(event))
        elif isinstance(event, RulingEvent):
            self._take_ruling(position, event)
        else:
            raise TypeError(f"no fold for {type(event).__name__}")

    def page(self) -> Page:
        for group in list(self._commands):
            self._settle(group)
        recorded = None if self._recorded is None else to_micros(self._recorded)
        changes = [fold.change() for fold in self._articles.values() if fold.is_changed()]
        return Page(changes, self._actors, recorded, self._waiting, self._whole)

    def _take_alone(self, position: int, event: ArticleEvent) -> None:
        fold = self._articles.get(event.originator_id)
        if fold is None:
            fold = self._articles[event.originator_id] = _start(position, event, self._past)
        elif event.timestamp != fold.article.modified_on:
            fold.end_step_alone()
        fold.take(position, event)

    # In a group

    def _take_in_group(self, position: int, event: ArticleEvent, group: RulingGroup) -> None:
        assert self._rulings is not None
        command = self._commands.get(group)
        if command is None or command.is_over(event):
            self._settle(group)
            affected = self._look_at({event.originator_id}, position)
            self._know_latest(group, position)
            self._commands[group] = _Command(event.originator_id, event.timestamp, position, affected)
        self._articles[event.originator_id].take(position, event)
        group.latest = max(group.latest or NEVER, event.timestamp)
        self._rulings.changes += 1

    def _take_ruling(self, position: int, event: RulingEvent) -> None:
        if self._rulings is None:
            self._whole = False
            return
        named = self._close(event, self._rulings)
        affected = self._look_at(named, position)
        for group in {c for member in (event.originator_id, *named) if (c := self._rulings.groups.get(member))}:
            self._know_latest(group, position)
        self._rulings.apply(event)
        group = self._rulings.groups[event.originator_id]
        changed = (self._articles[article].article.modified_on for article in named)
        group.latest = max((group.latest or NEVER, event.timestamp, *changed))
        self._commands[group] = _Command(event.originator_id, event.timestamp, position, affected)
        self._settle(group)

    def _wait(self, position: int, event: DomainEvent, first: int) -> None:
        self._waiting.append((position, first))
        self._aside.setdefault(str(event.originator_id), first)
        if isinstance(event, RulingEvent) and self._rulings:
            self._close(event, self._rulings)
            self._rulings.apply(event)

    def _close(self, event: RulingEvent, rulings: Rulings) -> set[UUID]:
        """Let all be over that was going on in the articles that a ruling names; return these."""
        named = rulings.named_by(event)
        for article in named:
            if group := rulings.groups.get(article):
                self._settle(group)
            elif fold := self._articles.get(article):
                fold.end_step_alone()
        return named

    def _look_at(self, articles: Iterable[UUID], position: int) -> set[UUID]:
        """Return the articles whose evidence may change with these; all of them have been looked at then."""
        assert self._rulings is not None
        affected = self._rulings.beside(articles)
        for article in affected:
            fold = self._fold(article, position)
            fold.ruled = True
            if fold.evidence is None:
                fold.evidence = evidence_of(fold.article, self._verdicts(article, position))
        return affected

    def _know_latest(self, group: RulingGroup, position: int) -> None:
        if group.latest is None:
            changed = (self._fold(article, position).article.modified_on for article in group.articles)
            group.latest = max((group.ruled, *changed))

    def _settle(self, group: RulingGroup) -> None:
        """End the step of all articles that the command which goes on in a group may have changed."""
        command = self._commands.pop(group, None)
        if command is None:
            return
        assert group.latest is not None
        recorded = to_micros(group.latest)
        for article in command.affected:
            fold = self._articles[article]
            fold.end_step(evidence_of(fold.article, self._verdicts(article, command.position)), recorded)

    def _verdicts(self, article: UUID, position: int) -> dict[int, RulingEffect]:
        """Return what the rulings on an article come to, by the number of the report."""
        assert self._rulings is not None
        found: dict[int, RulingEffect] = {}
        for number, ruling in self._rulings.on(article).items():
            for anchor in ruling.reports:  # the first that stands, and that no earlier ruling is on
                of_anchor = self._fold(anchor[0], position).article
                if anchor[1] in of_anchor.reports and self._rulings.counts(ruling, anchor):
                    found[number] = ruling_effect(of_anchor, anchor[1], ruling.suffix)
                    break
        return found

    def _fold(self, article: UUID, position: int) -> "_ArticleFold":
        fold = self._articles.get(article)
        if fold is None:
            before = self._past.article_before(article, position)
            fold = self._articles[article] = _ArticleFold(before, None, developments_of(before))
        return fold


class _Command(NamedTuple):
    """A command that goes on in a group: whose, when, from which position on, whose evidence it may change."""

    aggregate: UUID
    timestamp: datetime
    position: int
    affected: set[UUID]

    def is_over(self, event: DomainEvent) -> bool:
        return (event.originator_id, event.timestamp) != (self.aggregate, self.timestamp)


def _actor_change(event: ActorRegistered | ActorNameAdded) -> ActorChange:
    recorded = to_micros(event.timestamp)
    if isinstance(event, ActorRegistered):
        return ActorChange(event.code, event.kind.value, event.name, tuple(event.aliases), recorded)
    return ActorChange(event.code, None, event.name, (), recorded)


def _start(position: int, event: ArticleEvent, past: Past) -> "_ArticleFold":
    if isinstance(event, ArticlePosted):
        return _ArticleFold(event.mutate(None), {}, {}, position)
    article = past.article_at(event.originator_id, event.originator_version - 1)
    return _ArticleFold(article, evidence_of(article), developments_of(article))


@dataclass(slots=True)
class _ArticleFold:
    """An article while a page is folded: as it stands, and what the last command before left of it.

    Its evidence is None as long as only what it says was asked for. One that is `ruled` on ends its steps with its
    group.
    """

    article: Article
    evidence: dict[EvidenceKey, Evidence] | None
    developments: dict[int, Development]
    posted_at: int | None = None
    ruled: bool = False
    taken: bool = False
    steps: list[Step] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)

    def take(self, position: int, event: ArticleEvent) -> None:
        self.taken = True
        if not isinstance(event, ArticlePosted):
            event.mutate(self.article)
        if isinstance(event, ReportedEvent | ReportCorrected):
            content = msgspec.json.encode(event.report).decode()
            recorded = to_micros(event.timestamp)
            self.stated.append(Stated(event.number, event.originator_version, position, recorded, content))

    def is_changed(self) -> bool:
        return self.taken or bool(self.steps)

    def change(self) -> ArticleChange:
        if not self.ruled:
            self.end_step_alone()
        article = self.article
        return ArticleChange(
            aggregate=article.id.hex,
            posted_at=self.posted_at,
            article_id=article.article_id,
            header=article.header,
            retracted=article.retracted,
            version=article.version,
            recorded=to_micros(article.created_on),
            changed=to_micros(article.modified_on),
            ruled=self.ruled,
            steps=self.steps,
            stated=self.stated,
        )

    def end_step_alone(self) -> None:
        self.end_step(evidence_of(self.article), to_micros(self.article.modified_on))

    def end_step(self, evidence: dict[EvidenceKey, Evidence], recorded: int) -> None:
        developments = developments_of(self.article)
        ended, begun = _difference(self.evidence or {}, evidence)
        developments_ended, developments_begun = _difference(self.developments, developments)
        self.evidence, self.developments = evidence, developments
        if ended or begun or developments_ended or developments_begun:
            self.steps.append(Step(recorded, ended, begun, developments_ended, developments_begun))


def _difference(before: dict[_Key, _Row], after: dict[_Key, _Row]) -> tuple[list[_Row], list[_Row]]:
    if not before:
        return [], list(after.values())
    if before == after:
        return [], []
    ended = [row for key, row in before.items() if after.get(key) != row]
    begun = [row for key, row in after.items() if before.get(key) != row]
    return ended, begun
