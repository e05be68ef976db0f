"""A page of the log, folded: what its domain events change in what is known. Pure but for looking articles up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.actor import ActorNameAdded, ActorRegistered
from domain.article import Article, ArticleEvent, ArticlePosted, Header, ReportCorrected, ReportedEvent
from domain.events import DomainEvent
from projections.evidence import Evidence, EvidenceKey, evidence_of
from projections.ledger import Development, developments_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

ArticleAt = Callable[[UUID, int], Article]
_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


def to_micros(instant: datetime) -> int:
    """Return an instant as microseconds since 1970-01-01 UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the instant of a number of microseconds since 1970-01-01 UTC."""
    return _EPOCH + micros * _MICROSECOND


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

    Instants are in microseconds.
    """

    aggregate: str
    posted_at: int | None
    article_id: str
    header: Header
    retracted: bool
    version: int
    recorded: int
    changed: int
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
    """What the events of a page change, in order. `recorded` is the latest instant among them."""

    articles: list[ArticleChange]
    actors: list[ActorChange]
    recorded: int | None


def fold_page(events: list[tuple[int, DomainEvent]], article_at: ArticleAt) -> Page:
    """Fold (position, event) pairs in log order; `article_at(id, version)` gives an article from earlier pages.

    An article is compared with itself before and after each command, never in between, so that part of a command
    is never taken for the whole of it.
    """
    articles: dict[UUID, _ArticleFold] = {}
    actors: list[ActorChange] = []
    for position, event in events:
        if isinstance(event, ArticleEvent):
            fold = articles.get(event.originator_id)
            if fold is None:
                fold = articles[event.originator_id] = _start(position, event, article_at)
            fold.take(position, event)
        elif isinstance(event, ActorRegistered | ActorNameAdded):
            actors.append(_actor_change(event))
        else:
            raise TypeError(f"no fold for {type(event).__name__}")
    recorded = max((event.timestamp for _, event in events), default=None)
    changes = [fold.change() for fold in articles.values()]
    return Page(changes, actors, None if recorded is None else to_micros(recorded))


def _actor_change(event: ActorRegistered | ActorNameAdded) -> ActorChange:
    recorded = to_micros(event.timestamp)
    if isinstance(event, ActorRegistered):
        return ActorChange(event.code, event.kind.value, event.name, tuple(event.aliases), recorded)
    return ActorChange(event.code, None, event.name, (), recorded)


def _start(position: int, event: ArticleEvent, article_at: ArticleAt) -> "_ArticleFold":
    if isinstance(event, ArticlePosted):
        return _ArticleFold(event.mutate(None), {}, {}, [], [], position)
    article = article_at(event.originator_id, event.originator_version - 1)
    return _ArticleFold(article, evidence_of(article), developments_of(article), [], [], None)


@dataclass(slots=True)
class _ArticleFold:
    """An article while a page is folded: as it stands, and what the last command before left of it."""

    article: Article
    evidence: dict[EvidenceKey, Evidence]
    developments: dict[int, Development]
    steps: list[Step]
    stated: list[Stated]
    posted_at: int | None

    def take(self, position: int, event: ArticleEvent) -> None:
        if event.timestamp != self.article.modified_on:
            self._end_step()
        if not isinstance(event, ArticlePosted):
            event.mutate(self.article)
        if isinstance(event, ReportedEvent | ReportCorrected):
            content = msgspec.json.encode(event.report).decode()
            recorded = to_micros(event.timestamp)
            self.stated.append(Stated(event.number, event.originator_version, position, recorded, content))

    def change(self) -> ArticleChange:
        self._end_step()
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
            steps=self.steps,
            stated=self.stated,
        )

    def _end_step(self) -> None:
        evidence, developments = evidence_of(self.article), developments_of(self.article)
        ended, begun = _difference(self.evidence, evidence)
        developments_ended, developments_begun = _difference(self.developments, developments)
        self.evidence, self.developments = evidence, developments
        if ended or begun or developments_ended or developments_begun:
            recorded = to_micros(self.article.modified_on)
            self.steps.append(Step(recorded, ended, begun, developments_ended, developments_begun))


def _difference(before: dict[_Key, _Row], after: dict[_Key, _Row]) -> tuple[list[_Row], list[_Row]]:
    if not before:
        return [], list(after.values())
    if before == after:
        return [], []
    ended = [row for key, row in before.items() if after.get(key) != row]
    begun = [row for key, row in after.items() if before.get(key) != row]
    return ended, begun
