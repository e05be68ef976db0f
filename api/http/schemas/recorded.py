"""What became of what was sent."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, Field

from api.http.problems import ProblemDetails, from_domain, pointer
from api.http.schemas.articles import Understood, understood_out
from api.http.schemas.decisions.suggestions import SuggestionOut
from api.http.schemas.log import short_topic
from domain.deliveries.delivery import Delivered, Fate
from domain.errors import DetenteError, Fault
from domain.log.article_log import ArticlePreview, Outcome
from domain.log.writing.redacting_log import Redacted
from domain.redactions import TextFound

REFUSED: Final = "refused"


class Recorded(BaseModel):
    """What became of a command. A read with `min_position` set to `position` sees it.

    `left_out` are pointers to texts that were not taken, since their fields are closed by a redaction.
    """

    id: str
    changed: bool
    position: int
    version: int
    left_out: list[str] = []


class TextOut(BaseModel):
    """Free text in a thing that happened to an article: which fields, and of which event."""

    version: int
    change: Annotated[str, Field(examples=["report-corrected"])]
    number: int | None
    fields: list[str]


class RedactionOut(BaseModel):
    """What a redaction came to, or would come to: the `texts` that it took out, or would.

    `erased` is false where something of them may be left in files of the database, since others read what was
    there before: the same request tries again. It is null for a dry run.
    """

    id: str
    dry_run: bool
    changed: bool
    position: int | None
    erased: bool | None
    texts: list[TextOut]


class DeliveredEvent(BaseModel):
    """What became of an event that a data set delivers: its fate, or `refused` with the rule that it breaks."""

    fate: str
    code: str | None = None
    detail: str | None = None


class DeletionsRecorded(BaseModel):
    """What became of the events that a data set has deleted, in their order."""

    events: list[DeliveredEvent]
    position: int


class ArticleOutcome(StrEnum):
    """What became, or would become, of an article: it was new, is another now, or was recorded so already."""

    RECORDED = "recorded"
    REVISED = "revised"
    UNCHANGED = "unchanged"


class ArticleRecorded(Recorded):
    """What became of an article."""

    outcome: ArticleOutcome


class ArticleUnderstood(Understood):
    """How an article was understood, and what would become of it. Nothing was recorded.

    `may_be_one` are incidents of the article and others that may be one, each with the ruling that would link them
    once the article is recorded; null in a batch, where nobody looks for them.
    """

    outcome: ArticleOutcome
    may_be_one: list[SuggestionOut] | None = None


class BatchResult(BaseModel):
    """What became of one line of a batch: its outcome, or its problem; of a dry run, what would become of it.

    Of documents that a data set delivers it has the `events` in their order, and how many articles are new.
    """

    line: int
    status: int
    id: str | None = None
    outcome: ArticleOutcome | None = None
    changed: bool | None = None
    position: int | None = None
    left_out: list[str] | None = None
    understood: Annotated[
        ArticleUnderstood | None,
        Field(description="Of a dry run, if it is in proportion to what was sent."),
    ] = None
    new_articles: int | None = None
    events: list[DeliveredEvent] | None = None
    problem: ProblemDetails | None = None


def delivered_out(line: int, article_id: str, delivered: Delivered) -> BatchResult:
    """Represent what became of a document that a data set delivers."""
    return BatchResult(
        line=line,
        status=201 if delivered.new_articles else 200,
        id=article_id,
        changed=delivered.changed,
        position=delivered.position,
        left_out=[pointer(path) for path in delivered.left_out] or None,
        new_articles=delivered.new_articles,
        events=[_event_out(fate) for fate in delivered.fates],
    )


def deletions_out(outcomes: Sequence[Delivered | DetenteError]) -> DeletionsRecorded:
    """Represent what became of the events that a data set has deleted."""
    return DeletionsRecorded(
        events=[_deletion_out(outcome) for outcome in outcomes],
        position=max((it.position for it in outcomes if isinstance(it, Delivered)), default=0),
    )


def _deletion_out(outcome: Delivered | DetenteError) -> DeliveredEvent:
    if isinstance(outcome, DetenteError):
        problem = from_domain(outcome).details
        return DeliveredEvent(fate=REFUSED, code=problem.type.rsplit(":", 1)[-1], detail=problem.detail)
    (fate,) = outcome.fates
    return _event_out(fate)


def _event_out(fate: Fate | Fault) -> DeliveredEvent:
    if isinstance(fate, Fault):
        return DeliveredEvent(fate=REFUSED, code=fate.code, detail=fate.detail)
    return DeliveredEvent(fate=fate)


def recorded_out(outcome: Outcome) -> Recorded:
    """Represent what became of a command."""
    return Recorded(
        id=outcome.id,
        changed=outcome.changed,
        position=outcome.position,
        version=outcome.version,
        left_out=[pointer(path) for path in outcome.left_out],
    )


def article_recorded(outcome: Outcome) -> ArticleRecorded:
    """Represent what became of an article."""
    return ArticleRecorded(
        **vars(recorded_out(outcome)), outcome=article_outcome(outcome.changed, outcome.revised)
    )


def article_outcome(changed: bool, revised: bool) -> ArticleOutcome:
    """Return what became of an article in a word."""
    if revised:
        return ArticleOutcome.REVISED
    return ArticleOutcome.RECORDED if changed else ArticleOutcome.UNCHANGED


def article_understood(
    preview: ArticlePreview, may_be_one: list[SuggestionOut] | None = None
) -> ArticleUnderstood:
    """Represent what would become of an article."""
    revised = preview.header is not None and bool(preview.events)
    outcome = article_outcome(bool(preview.events), revised)
    return ArticleUnderstood(**vars(understood_out(preview)), outcome=outcome, may_be_one=may_be_one)


def redaction_out(article_id: str, done: Redacted) -> RedactionOut:
    """Represent a redaction."""
    return RedactionOut(
        id=article_id,
        dry_run=False,
        changed=done.outcome.changed,
        position=done.outcome.position,
        erased=done.erased,
        texts=_texts(done.found),
    )


def redaction_preview(article_id: str, found: Sequence[TextFound]) -> RedactionOut:
    """Represent what a redaction would take out."""
    return RedactionOut(
        id=article_id, dry_run=True, changed=False, position=None, erased=None, texts=_texts(found)
    )


def _texts(found: Sequence[TextFound]) -> list[TextOut]:
    return [
        TextOut(version=it.version, change=short_topic(it.topic), number=it.number, fields=list(it.fields))
        for it in found
    ]
