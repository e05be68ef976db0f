"""Redactions: free text that an administrator has taken out of an article for good. Domain events, commands.

A redaction is a domain event like any other. It alone has the log rewrite what was stored before it: the texts
go, and each domain event that held one says so. What an article means stays as it is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from domain.articles import Article, ArticleEvent
from domain.errors import Fault, InvalidFacts, ReportNotFound
from domain.events import Provenance
from domain.free_text import (
    HEADER_TEXTS,
    REASON,
    TEXTS,
    USUAL_TEXTS,
    fields_with_text,
    without_texts,
)


class RedactTexts(Struct, frozen=True):
    """Command: take text out of an article, or of what it reported under `number`, and let none in again.

    `fields` are those named, or `USUAL_TEXTS` where none is.
    """

    article_id: str
    number: int | None
    fields: tuple[str, ...]
    reason: str
    provenance: Provenance


class LiftRedactions(Struct, frozen=True):
    """Command: let an article take text again in some fields, or in all. It brings nothing back."""

    article_id: str
    fields: tuple[str, ...]
    reason: str
    provenance: Provenance


class TextFound(Struct, frozen=True):
    """Free text in a domain event of an article: its version, topic, the report's number, and the fields."""

    version: int
    topic: str
    number: int | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ReportRedacted(ArticleEvent):
    """Texts of a reported event were redacted, in all its versions, and in reports that held the same (`also`)."""

    TOPIC = "detente.report-redacted"
    number: int
    also: tuple[int, ...]
    fields: tuple[str, ...]
    reason: str

    @property
    def numbers(self) -> tuple[int, ...] | None:
        """The numbers of the reports that lost their texts."""
        return (self.number, *self.also)

    def apply(self, aggregate: Article) -> None:
        """Take the texts out, and let none in again."""
        aggregate.lose_texts(self.fields, self.numbers)


@dataclass(frozen=True)
class ArticleRedacted(ArticleEvent):
    """Texts of an article and of all that it reports were redacted, in all versions."""

    TOPIC = "detente.article-redacted"
    fields: tuple[str, ...]
    reason: str

    @property
    def numbers(self) -> tuple[int, ...] | None:
        """None: all reports lost their texts."""
        return None

    def apply(self, aggregate: Article) -> None:
        """Take the texts out, and let none in again."""
        aggregate.lose_texts(self.fields, None)


@dataclass(frozen=True)
class RedactionsLifted(ArticleEvent):
    """An article takes text again. What was redacted is gone."""

    TOPIC = "detente.redactions-lifted"
    fields: tuple[str, ...]
    reason: str

    def apply(self, aggregate: Article) -> None:
        """Let text in again."""
        aggregate.closed.open(self.fields)


Redaction = ReportRedacted | ArticleRedacted
_KEEPING_THEIR_REASON: Final = (ReportRedacted, ArticleRedacted, RedactionsLifted)


def redactions_in(history: Iterable[ArticleEvent]) -> list[Redaction]:
    """Return the redactions among what happened to an article."""
    return [event for event in history if isinstance(event, ReportRedacted | ArticleRedacted)]


def redact(article: Article, history: Sequence[ArticleEvent], command: RedactTexts) -> list[TextFound]:
    """Redact texts of an article, given all that happened to it; return where they are.

    What is redacted already is no change. Raises `InvalidFacts`, `ReportNotFound`.
    """
    number = command.number
    fields = _fields_of(command)
    if number is not None and not 1 <= number <= article.last_number:
        raise ReportNotFound(f"article {article.article_id} never reported an event {number}")
    also = () if number is None else _reports_with_the_same(history, number, fields)
    numbers = None if number is None else (number, *also)
    found = texts_found(history, fields, numbers)
    facts: dict[str, Any] = {"fields": fields, "reason": command.reason}
    if found or not _is_closed(article, fields, numbers):
        facts |= command.provenance.after(article.modified_on).fields()
        if number is None:
            article.trigger_event(ArticleRedacted, **facts)
        else:
            article.trigger_event(ReportRedacted, number=number, also=also, **facts)
    return found


def lift(article: Article, command: LiftRedactions) -> None:
    """Let an article take text again; where nothing is closed that is no change. Raises `InvalidFacts`."""
    _check_fields(command.fields, TEXTS)
    closed = article.closed.of_new_report()
    fields = tuple(field for field in TEXTS if field in closed and (not command.fields or field in command.fields))
    if fields:
        facts = command.provenance.after(article.modified_on).fields()
        article.trigger_event(RedactionsLifted, fields=fields, reason=command.reason, **facts)


def texts_found(
    history: Iterable[ArticleEvent], fields: Collection[str], numbers: Collection[int] | None
) -> list[TextFound]:
    """Return where texts are in some fields of what happened to an article: to all of it, or to some reports.

    What was done to some reports for a reason is often part of a change that has the same: that goes with it.
    """
    said = [event for event in history if not isinstance(event, _KEEPING_THEIR_REASON)]
    mine = {event.originator_version for event in said if numbers is None or _number_of(event) in numbers}
    reasons = {_reason_of(event) for event in said if event.originator_version in mine and REASON in fields}
    found = []
    for event in said:
        here = fields if event.originator_version in mine else (REASON,) if _reason_of(event) in reasons else ()
        if there := _fields_in(event, here):
            found.append(TextFound(event.originator_version, event.TOPIC, _number_of(event), there))
    return found


def redacted_event(event: ArticleEvent, fields: Collection[str]) -> ArticleEvent:
    """Return a domain event of an article as a redaction leaves it that found texts in some of its fields."""
    changed: dict[str, Any] = {
        name: without_texts(value, fields)
        for name in ("header", "report")
        if (value := getattr(event, name, None)) is not None
    }
    if REASON in fields:
        changed |= {REASON: None, "reason_redacted": True}
    made = object.__new__(type(event))
    made.__dict__.update({**vars(event), **changed})
    return made


class Closing(Protocol):
    """What took texts out: in which fields, and of the reports of which numbers, None for all of an article."""

    @property
    def fields(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def numbers(self) -> tuple[int, ...] | None: ...  # noqa: D102


_R = TypeVar("_R", bound=Closing)


def redaction_of(redactions: Sequence[_R], number: int | None, field: str) -> _R | None:
    """Return which of an article's redactions took out a text: of the report of a number, or of the header.

    A report that came later, without text that it was given, lost it to one that closed the field.
    """
    closing = [each for each in redactions if field in each.fields]
    mine = (each for each in closing if each.numbers is None or number in each.numbers)
    return next(mine, closing[0] if closing else None)


def _fields_of(command: RedactTexts) -> tuple[str, ...]:
    allowed = TEXTS if command.number is None else tuple(field for field in TEXTS if field not in HEADER_TEXTS)
    _check_fields(command.fields, allowed)
    if not command.reason.strip():
        raise InvalidFacts([Fault(("reason",), "no-reason", "say why the text is redacted")])
    return tuple(field for field in allowed if field in (command.fields or USUAL_TEXTS))


def _check_fields(fields: Collection[str], allowed: Sequence[str]) -> None:
    faults = [
        Fault(("fields", index), "no-such-text", f"{field!r} is none of {', '.join(allowed)}", tuple(allowed))
        for index, field in enumerate(fields)
        if field not in allowed
    ]
    if faults:
        raise InvalidFacts(faults)


def _number_of(event: ArticleEvent) -> int | None:
    return getattr(event, "number", None)


def _reason_of(event: ArticleEvent) -> str | None:
    """Return the reason that somebody gave: one of a delivery is no free text."""
    return None if getattr(event, "delivered", None) else getattr(event, REASON, None)


def _fields_in(event: ArticleEvent, fields: Collection[str]) -> tuple[str, ...]:
    """Return in which of some fields a domain event holds a text."""
    own = None if _reason_of(event) is None else event
    parts = (getattr(event, "header", None), getattr(event, "report", None), own)
    found = {field for part in parts for field in fields_with_text(part, fields)}
    return tuple(field for field in TEXTS if field in found)


def _is_closed(article: Article, fields: Collection[str], numbers: Collection[int] | None) -> bool:
    wanted = set(fields) - {REASON}
    if numbers is None:
        return wanted <= article.closed.everywhere
    return all(wanted <= article.closed.of_report(number) for number in numbers)


def _reports_with_the_same(
    history: Sequence[ArticleEvent], number: int, fields: Collection[str]
) -> tuple[int, ...]:
    """Return the numbers of other reports of an article that ever held a text which one of a number held.

    A revision may have told it anew, under another number, or in another field: a quote as the summary.
    """
    held: dict[int, set[str]] = {}
    for event in history:
        report = getattr(event, "report", None)
        if report is not None:
            texts = {getattr(report, field) for field in fields_with_text(report, fields)}
            held.setdefault(event.number, set()).update(texts)  # type: ignore[attr-defined]
    mine = held.pop(number, set())
    return tuple(other for other, texts in sorted(held.items()) if mine & texts)
