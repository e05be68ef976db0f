"""Short words for the facts that tests are about."""

from datetime import UTC, datetime
from typing import Any

from domain.articles import Article, ArticleEvent, Header, PostArticle
from domain.events import Provenance
from domain.reports import Agreement, Alignment, Clash, Cooperation, Report, Statement

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BY_ANN = Provenance("ann", NOON, "request-1")


def header(published: str = "2020-02-11", publisher: str = "Reuters", **more: Any) -> Header:
    """Return what is said of an article itself."""
    return Header(publisher=publisher, published=published, **more)


def clash(
    source: str = "SYR", target: str = "TUR", day: str = "2020-02-03", type: str = "ASSAULT", **more: Any
) -> Clash:
    """Return a reported clash; several actors are separated by blanks."""
    return Clash(source=tuple(source.split()), target=tuple(target.split()), occurred=day, type=type, **more)


def statement(
    source: str = "RUS",
    target: str = "TUR",
    day: str = "2020-02-03",
    type: str | None = "ACCUSE",
    **more: Any,
) -> Statement:
    """Return a reported statement."""
    return Statement(source=tuple(source.split()), target=tuple(target.split()), occurred=day, type=type, **more)


def cooperation(source: str = "RUS", target: str = "SYR", day: str = "2020-02-03", **more: Any) -> Cooperation:
    """Return a reported deed of cooperation."""
    fields = {"type": "AID", **more}
    return Cooperation(source=tuple(source.split()), target=tuple(target.split()), occurred=day, **fields)


def agreement(parties: str = "RUS TUR", day: str = "2018", **more: Any) -> Agreement:
    """Return a reported agreement among parties."""
    fields = {"development": "reached", **more}
    return Agreement(parties=tuple(parties.split()), occurred=day, **fields)


def backing(source: str = "RUS", target: str = "SYR", day: str = "2015-09", **more: Any) -> Alignment:
    """Return a reported alignment."""
    fields = {"development": "standing", **more}
    return Alignment(source=tuple(source.split()), target=tuple(target.split()), occurred=day, **fields)


def post(article_id: str, *reports: Report, provenance: Provenance = BY_ANN, **about: Any) -> PostArticle:
    """Return the command to record an article."""
    return PostArticle(article_id=article_id, header=header(**about), reports=reports, provenance=provenance)


def article(*reports: Report, **about: Any) -> Article:
    """Return an article as posted, its events collected."""
    posted = Article.post("a-1", header(**about), reports, BY_ANN)
    posted.collect_events()
    return posted


def events_of(changed: Article) -> list[ArticleEvent]:
    """Return what a command triggered, and collect it."""
    return [event for event in changed.collect_events() if isinstance(event, ArticleEvent)]
