"""Articles: in a list, as they stand, as they were understood, and what happened to them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.common import ArticleRef, RedactedOut, redacted_out
from api.http.schemas.log import short_type
from api.parsing.articles import as_sent
from domain.articles import ArticleEvent, ArticlePosted, ArticleRevised, ReportCorrected, ReportedEvent
from domain.free_text import REASON
from domain.redactions import Redaction, redaction_of
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
    """A reported event that stands, under its number in the article, and the texts that it had and lost."""

    number: int
    event: dict[str, Any]
    redacted: list[RedactedOut] = []


class HistoryEntry(BaseModel):
    """One thing that happened to an article. `fields` are those that a redaction closed, or its lifting opened."""

    version: int
    change: Annotated[str, Field(examples=["report-corrected"])]
    recorded: datetime
    recorded_by: str
    request_id: str | None
    number: int | None = None
    event: dict[str, Any] | None = None
    header: dict[str, Any] | None = None
    reason: str | None = None
    fields: list[str] | None = None
    redacted: list[RedactedOut] = []


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
    fields = {**entry._asdict(), "redacted": redacted_out(entry.redacted)}
    fields["id"] = fields.pop("article_id")
    instants = {name: from_micros(fields[name]) for name in ("recorded", "changed")}
    return ArticleSummary(**{**fields, **instants})


def article_out(history: Sequence[ArticleEvent], redactions: Sequence[Redaction]) -> ArticleOut:
    """Represent an article from what happened to it, and from all redactions of it, those that came later, too."""
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
        redacted=_lost(redactions, None, header.redacted),
        events=[
            StandingReport(number=n, event=dict(as_sent(report)), redacted=_lost(redactions, n, report.redacted))
            for n, report in article.reports.items()
        ],
        history=[_history_entry(event, redactions) for event in history],
    )


def _lost(redactions: Sequence[Redaction], number: int | None, fields: Iterable[str]) -> list[RedactedOut]:
    found = ((field, redaction_of(redactions, number, field)) for field in fields)
    return [
        RedactedOut(
            field=field, recorded=it.timestamp.astimezone(UTC), recorded_by=it.recorded_by, reason=it.reason
        )
        for field, it in found
        if it is not None
    ]


def _lost_by(event: ArticleEvent, redactions: Sequence[Redaction]) -> list[RedactedOut]:
    parts = (getattr(event, name, None) for name in ("header", "report"))
    fields = [field for part in parts if part is not None for field in part.redacted]
    if getattr(event, "reason_redacted", None):
        fields.append(REASON)
    return _lost(redactions, getattr(event, "number", None), fields)


def _history_entry(event: ArticleEvent, redactions: Sequence[Redaction]) -> HistoryEntry:
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
        fields=getattr(event, "fields", None),
        redacted=_lost_by(event, redactions),
    )


def _header(event: ArticlePosted | ArticleRevised) -> dict[str, Any]:
    header = event.header
    return {name: getattr(header, name) for name in header.__struct_fields__ if name != "redacted"}
