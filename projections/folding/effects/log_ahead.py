"""The articles of the log as they would be once domain events were recorded that are not."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domain.articles import Article, ArticleEvent
from domain.events import DomainEvent
from domain.log.application import Detente


class LogAhead:
    """What a fold asks of the past, where domain events are taken in one command after the other."""

    def __init__(self, log: Detente) -> None:
        self._log = log
        self._events: dict[UUID, list[ArticleEvent]] = {}

    def take(self, events: Iterable[DomainEvent]) -> None:
        """Take in the domain events of a command, behind all others."""
        for event in events:
            if isinstance(event, ArticleEvent):
                self._events.setdefault(event.originator_id, []).append(event)

    def article(self, aggregate: UUID) -> Article | None:
        """Return an article as it would be, None where nothing was taken in of it."""
        return self.article_before(aggregate, 0) if aggregate in self._events else None

    def article_at(self, aggregate_id: UUID, version: int) -> Article:
        """Return an article as it was, or would be, at a version."""
        events = [it for it in self._events.get(aggregate_id, ()) if it.originator_version <= version]
        first = events[0].originator_version if events else version + 1
        article: Any = self._log.article_at(aggregate_id, first - 1) if first > 1 else None
        for event in events:
            article = event.mutate(article)
        assert isinstance(article, Article)
        return article

    def article_before(self, aggregate_id: UUID, position: int) -> Article:
        """Return an article as it was before a position, or as it would be behind all that was taken in."""
        if events := self._events.get(aggregate_id):
            return self.article_at(aggregate_id, events[-1].originator_version)
        return self._log.article_before(aggregate_id, position)
