"""Articles: in a list, as they stand, as they were understood, and what happened to them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.common import ArticleRef
from api.http.schemas.log import short_type
from api.parsing.articles import as_sent
from domain.articles import ArticleEvent, ArticlePosted, ArticleRevised, ReportCorrected, ReportedEvent
from projections.queries.articles import ArticleEntry
from projections.times import from_micros


class ArticleFacts(ArticleRef):
    """An article and what became of it."""

    language: str | None
    retracted: bool
    version: int


class ArticleSummary(ArticleFacts):
    """An article in a list."""

    recorded: datetime
    changed: datetime


class StandingReport(BaseModel):
    """A reported event that stands, under its number in the article."""

    number: int
    event: dict[str, Any]


class HistoryEntry(BaseModel):
    """One thing that happened to an article."""

    version: int
    change: Annotated[str, Field(examples=["report-corrected"])]
    recorded: datetime
    recorded_by: str
    request_id: str | None
    number: int | None = None
    event: dict[str, Any] | None = None
    header: dict[str, Any] | None = None
    reason: str | None = None


class ArticleOut(ArticleFacts):
    """An article as it stands (or stood at `known_at`), and all that happened to it."""

    events: list[StandingReport]
    history: list[HistoryEntry]


class Understood(BaseModel):
    """How an article was understood, without being recorded."""

    id: str
    dry_run: bool
    url: str | None
    headline: str | None
    publisher: str
    published: str
    language: str | None
    events: list[StandingReport]


def article_summary(entry: ArticleEntry) -> ArticleSummary:
    """Represent an article in a list."""
    fields = entry._asdict()
    fields["id"] = fields.pop("article_id")
    instants = {name: from_micros(fields[name]) for name in ("recorded", "changed")}
    return ArticleSummary(**{**fields, **instants})


def article_out(history: Sequence[ArticleEvent]) -> ArticleOut:
    """Represent an article from what happened to it."""
    posted, *changes = history
    article: Any = posted.mutate(None)
    for event in changes:
        event.mutate(article)
    header = article.header
    return ArticleOut(
        id=article.article_id,
        url=header.url,
        headline=header.headline,
        publisher=header.publisher,
        published=header.published,
        language=header.language,
        retracted=article.retracted,
        version=article.version,
        events=[StandingReport(number=n, event=dict(as_sent(report))) for n, report in article.reports.items()],
        history=[_history_entry(event) for event in history],
    )


def _history_entry(event: ArticleEvent) -> HistoryEntry:
    return HistoryEntry(
        version=event.originator_version,
        change=short_type(event),
        recorded=event.timestamp.astimezone(UTC),
        recorded_by=event.recorded_by,
        request_id=event.request_id,
        number=getattr(event, "number", None),
        event=dict(as_sent(event.report)) if isinstance(event, ReportedEvent | ReportCorrected) else None,
        header=_header(event) if isinstance(event, ArticlePosted | ArticleRevised) else None,
        reason=getattr(event, "reason", None),
    )


def _header(event: ArticlePosted | ArticleRevised) -> dict[str, Any]:
    header = event.header
    return {name: getattr(header, name) for name in header.__struct_fields__}
