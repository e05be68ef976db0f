"""A page of the log, folded: what its domain events change in what is known. Pure but for looking articles up."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from domain.actors import ActorNameAdded, ActorNameRemoved, ActorRegistered
from domain.administration.imports import ImportEvent
from domain.articles import ArticleEvent
from domain.events import DomainEvent
from domain.publishers.alias import PublisherAliasAdded, PublisherAliasRemoved
from domain.rulings import RulingEvent
from domain.standards.publisher_names import comparable_publisher
from projections.evidence.rulings import Rulings
from projections.folding.article_changes import ArticleChange, ArticleFold, Past
from projections.folding.ruled_articles import RuledArticles
from projections.publishers.alias_periods import AliasChange
from projections.times import to_micros


class ActorChange(Struct):
    """An actor that was registered, or, without a `kind`, got another name, or lost it."""

    code: str
    kind: str | None
    name: str
    aliases: tuple[str, ...]
    recorded: int
    removed: bool = False


class Page(Struct):
    """What the events of a page change, in order. `recorded` is the latest instant among them.

    `waiting` are the positions that wait for another one, which is parked, each with that one. A page that is not
    `whole` has rulings in it, and was folded by somebody who does not know the rulings before it.
    """

    articles: list[ArticleChange]
    actors: list[ActorChange]
    aliases: list[AliasChange]
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
    """A page while it is folded: lone articles here, those of ruling groups in `RuledArticles`."""

    def __init__(self, past: Past, rulings: Rulings | None, aside: dict[str, int]) -> None:
        self._past = past
        self._rulings = rulings
        self._aside = aside
        self._articles: dict[UUID, ArticleFold] = {}
        self._ruled = None if rulings is None else RuledArticles(past, rulings, self._articles)
        self._actors: list[ActorChange] = []
        self._aliases: list[AliasChange] = []
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
            if self._ruled and (group := self._ruled.group_of(event.originator_id)):
                self._ruled.take(position, event, group)
            else:
                self._take_alone(position, event)
        elif isinstance(event, ActorRegistered | ActorNameAdded | ActorNameRemoved):
            self._actors.append(_actor_change(event))
        elif isinstance(event, PublisherAliasAdded | PublisherAliasRemoved):
            self._aliases.append(_alias_change(event))
        elif isinstance(event, RulingEvent):
            if self._ruled:
                self._ruled.take_ruling(position, event)
            else:
                self._whole = False
        elif not isinstance(event, ImportEvent):  # which mean nothing for relations
            raise TypeError(f"no fold for {type(event).__name__}")

    def page(self) -> Page:
        if self._ruled:
            self._ruled.settle()
        recorded = None if self._recorded is None else to_micros(self._recorded)
        changes = [fold.change() for fold in self._articles.values() if fold.is_changed()]
        return Page(changes, self._actors, self._aliases, recorded, self._waiting, self._whole)

    def _take_alone(self, position: int, event: ArticleEvent) -> None:
        fold = self._articles.get(event.originator_id)
        if fold is None:
            fold = self._articles[event.originator_id] = ArticleFold.begin(position, event, self._past)
        elif event.timestamp != fold.article.modified_on:
            fold.end_step_alone()
        fold.take(position, event)

    def _wait(self, position: int, event: DomainEvent, first: int) -> None:
        self._waiting.append((position, first))
        self._aside.setdefault(str(event.originator_id), first)
        if isinstance(event, RulingEvent) and self._ruled:
            self._ruled.note_waiting(event)


def _actor_change(event: ActorRegistered | ActorNameAdded | ActorNameRemoved) -> ActorChange:
    recorded = to_micros(event.timestamp)
    if isinstance(event, ActorRegistered):
        return ActorChange(event.code, event.kind.value, event.name, tuple(event.aliases), recorded)
    return ActorChange(event.code, None, event.name, (), recorded, isinstance(event, ActorNameRemoved))


def _alias_change(event: PublisherAliasAdded | PublisherAliasRemoved) -> AliasChange:
    alias, recorded = comparable_publisher(event.alias), to_micros(event.timestamp)
    if isinstance(event, PublisherAliasRemoved):
        return AliasChange(alias, None, recorded)
    alias_of = comparable_publisher(event.publisher)
    return AliasChange(alias, alias_of, recorded, {alias: event.alias, alias_of: event.publisher})
