"""Articles: in a list, as they stand, as they were understood, and what happened to them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.problems import pointer
from api.http.schemas.common import ArticleRef, RedactedOut, redacted_out
from api.http.schemas.log import short_type
from api.parsing.articles import as_sent
from domain.articles import (
    Article,
    ArticleEvent,
    ArticlePosted,
    ArticleRevised,
    Header,
    ReportCorrected,
    ReportedEvent,
)
from domain.free_text import REASON
from domain.log.article_log import ArticlePreview
from domain.redactions import Redaction, redaction_of
from projections.queries.articles import ArticleEntry
from projections.times import from_micros


class ArticleFacts(ArticleRef):
    """An article and what became of it."""

    language: str | None
    retracted: bool
    version: int


class ArticleSummary(ArticleFacts):
    """An article in a list. `counts_as` is what its publisher counts as, null where that is itself."""

    counts_as: Annotated[str | None, Field(examples=["AFP"])]
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


class ChangePreview(BaseModel):
    """One thing that would happen to an article that is recorded, and what stands in its place now."""

    change: Annotated[str, Field(examples=["report-corrected"])]
    number: int | None = None
    event: dict[str, Any] | None = None
    event_before: dict[str, Any] | None = None
    header: dict[str, Any] | None = None
    header_before: dict[str, Any] | None = None


class Understood(BaseModel):
    """How an article was understood, without being recorded, and what would change of one that is."""

    id: str
    dry_run: bool
    url: str | None
    headline: str | None
    publisher: str
    published: str
    language: str | None
    events: list[StandingReport]
    left_out: list[str] = []
    changes: list[ChangePreview]


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
        events=_standing(article, redactions),
        history=[_history_entry(event, redactions) for event in history],
    )


def understood_out(preview: ArticlePreview) -> Understood:
    """Represent how an article was understood, and what would change."""
    article, header = preview.article, preview.article.header
    return Understood(
        id=article.article_id,
        dry_run=True,
        url=header.url,
        headline=header.headline,
        publisher=header.publisher,
        published=header.published,
        language=header.language,
        events=_standing(article, ()),
        left_out=[pointer(path) for path in article.left_out],
        changes=[] if preview.header is None else [_change_preview(event, preview) for event in preview.events],
    )


def _change_preview(event: ArticleEvent, preview: ArticlePreview) -> ChangePreview:
    number: int | None = getattr(event, "number", None)
    before = None if number is None else preview.reports.get(number)
    header = preview.header if isinstance(event, ArticleRevised) else None
    return ChangePreview(
        change=short_type(event),
        number=number,
        event=_event(event),
        event_before=None if before is None else dict(as_sent(before)),
        header=_header(event.header) if isinstance(event, ArticleRevised) else None,
        header_before=None if header is None else _header(header),
    )


def _standing(article: Article, redactions: Sequence[Redaction]) -> list[StandingReport]:
    return [
        StandingReport(number=n, event=dict(as_sent(report)), redacted=_lost(redactions, n, report.redacted))
        for n, report in article.reports.items()
    ]


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
        event=_event(event),
        header=_header(event.header) if isinstance(event, ArticlePosted | ArticleRevised) else None,
        reason=getattr(event, "reason", None),
        fields=getattr(event, "fields", None),
        redacted=_lost_by(event, redactions),
    )


def _event(event: ArticleEvent) -> dict[str, Any] | None:
    return dict(as_sent(event.report)) if isinstance(event, ReportedEvent | ReportCorrected) else None


def _header(header: Header) -> dict[str, Any]:
    return {name: getattr(header, name) for name in header.__struct_fields__ if name != "redacted"}
