"""A page of the log, folded: what its domain events change in what is known. Pure but for looking articles up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from domain.actor import ActorNameAdded, ActorRegistered
from domain.article import Article, ArticleEvent, ArticlePosted, ReportCorrected, ReportedEvent
from domain.events import DomainEvent
from domain.reports import Report
from projections.evidence import Evidence, evidence_of
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


@dataclass(frozen=True, slots=True)
class Stated:
    """The words of a reported event, as one domain event stated them."""

    number: int
    version: int
    position: int
    recorded: int
    report: Report


@dataclass(slots=True)
class Step:
    """What one command changed about an article: rows that stopped standing at `recorded`, and rows that began."""

    recorded: int
    ended: list[Evidence] = field(default_factory=list)
    begun: list[Evidence] = field(default_factory=list)
    developments_ended: list[Development] = field(default_factory=list)
    developments_begun: list[Development] = field(default_factory=list)


@dataclass(slots=True)
class ArticleChange:
    """All that a page changes about one article. A new one was `posted_at` a position."""

    article: Article
    evidence: dict[tuple[int, str, str], Evidence]
    developments: dict[int, Development]
    steps: list[Step] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    posted_at: int | None = None


@dataclass(slots=True)
class Page:
    """What the events of a page change: articles by aggregate id, and what happened to actors, in order."""

    articles: dict[UUID, ArticleChange] = field(default_factory=dict)
    actors: list[ActorRegistered | ActorNameAdded] = field(default_factory=list)
    recorded: int | None = None


def fold_page(events: list[tuple[int, DomainEvent]], article_at: ArticleAt) -> Page:
    """Fold (position, event) pairs in log order; `article_at(id, version)` gives an article from earlier pages.

    An article is compared with itself before and after each command, never in between, so that part of a command
    is never taken for the whole of it.
    """
    page = Page()
    if events:
        page.recorded = to_micros(max(event.timestamp for _, event in events))
    for position, event in events:
        if isinstance(event, ActorRegistered | ActorNameAdded):
            page.actors.append(event)
        elif isinstance(event, ArticleEvent):
            _fold_article_event(page, position, event, article_at)
        else:
            raise TypeError(f"no fold for {type(event).__name__}")
    for change in page.articles.values():
        _end_step(change)
    return page


def _fold_article_event(page: Page, position: int, event: ArticleEvent, article_at: ArticleAt) -> None:
    change = page.articles.get(event.originator_id)
    if change is None:
        change = page.articles[event.originator_id] = _start(position, event, article_at)
    elif event.timestamp != change.article.modified_on:
        _end_step(change)
    if not isinstance(event, ArticlePosted):
        event.mutate(change.article)
    if isinstance(event, ReportedEvent | ReportCorrected):
        change.stated.append(
            Stated(event.number, event.originator_version, position, to_micros(event.timestamp), event.report)
        )


def _start(position: int, event: ArticleEvent, article_at: ArticleAt) -> ArticleChange:
    if isinstance(event, ArticlePosted):
        return ArticleChange(event.mutate(None), {}, {}, posted_at=position)
    article = article_at(event.originator_id, event.originator_version - 1)
    return ArticleChange(article, evidence_of(article), developments_of(article))


def _end_step(change: ArticleChange) -> None:
    step = Step(to_micros(change.article.modified_on))
    evidence = evidence_of(change.article)
    developments = developments_of(change.article)
    step.ended, step.begun = _difference(change.evidence, evidence)
    step.developments_ended, step.developments_begun = _difference(change.developments, developments)
    change.evidence, change.developments = evidence, developments
    if step.ended or step.begun or step.developments_ended or step.developments_begun:
        change.steps.append(step)


def _difference(before: dict[_Key, _Row], after: dict[_Key, _Row]) -> tuple[list[_Row], list[_Row]]:
    if before == after:
        return [], []
    ended = [row for key, row in before.items() if after.get(key) != row]
    begun = [row for key, row in after.items() if before.get(key) != row]
    return ended, begun
