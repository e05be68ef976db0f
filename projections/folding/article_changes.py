"""An article while a page of the log is folded: what each command changes in what it says. Pure.

An article is compared with itself before and after each command, never in between, so that part of a command is
never taken for the whole of it.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.articles import Article, ArticleEvent, ArticlePosted, Header, ReportCorrected, ReportedEvent
from domain.redactions import ArticleRedacted, ReportRedacted
from domain.reports import Report, id_in_data_set
from projections.evidence.agreements import Development, developments_of
from projections.evidence.evidence import Evidence, EvidenceKey, evidence_of
from projections.times import to_micros

_STATING: Final = (ReportedEvent, ReportCorrected)
_REDACTING: Final = (ReportRedacted, ArticleRedacted)
_KeyT = TypeVar("_KeyT")
_RowT = TypeVar("_RowT")


class Past(Protocol):
    """The articles as they were."""

    def article_at(self, aggregate_id: UUID, version: int) -> Article:
        """Return an article as it was at a version."""

    def article_before(self, aggregate_id: UUID, position: int) -> Article:
        """Return an article as it was before a position of the log."""


class Stated(NamedTuple):
    """The words of a reported event, as one domain event stated them; `content` is the report as JSON.

    `ref` is what its data set calls it in all its documents.
    """

    number: int
    version: int
    position: int
    recorded: int
    content: str
    ref: str | None


class Redacting(NamedTuple):
    """Texts that were redacted at a position: in some fields of the events of some numbers, or of all."""

    position: int
    numbers: tuple[int, ...] | None
    fields: tuple[str, ...]
    recorded: int
    recorded_by: str
    reason: str


class Step(Struct):
    """What one command changed about an article: rows that stopped standing at `recorded`, and rows that began.

    `header_ended` is the header that another one took the place of, None if it stayed.
    """

    recorded: int
    header_ended: Header | None
    ended: list[Evidence]
    begun: list[Evidence]
    developments_ended: list[Development]
    developments_begun: list[Development]


class ArticleChange(Struct):
    """All that a page changes about one article, and how it stands then. A new one was `posted_at` a position.

    Instants are in microseconds. Of one that is `ruled` on, evidence may end and begin again in one instant.
    """

    aggregate: str
    posted_at: int | None
    article_id: str
    header: Header
    retracted: bool
    version: int
    recorded: int
    changed: int
    ruled: bool
    steps: list[Step]
    stated: list[Stated]
    redactions: list[Redacting]


@dataclass(slots=True)
class ArticleFold:
    """An article while a page is folded: as it is now, and what the last command before left of it.

    Its evidence is None as long as only what it says was asked for, its header as long as it has had no step. One
    that is `ruled` on ends its steps with its group.
    """

    article: Article
    evidence: dict[EvidenceKey, Evidence] | None
    developments: dict[int, Development]
    header: Header | None
    posted_at: int | None = None
    ruled: bool = False
    taken: bool = False
    steps: list[Step] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    redactions: list[Redacting] = field(default_factory=list)

    @classmethod
    def before(cls, past: Past, aggregate: UUID, position: int) -> "ArticleFold":
        """Return an article as it was before a position, of which only what it says is known yet."""
        article = past.article_before(aggregate, position)
        return cls(article, None, developments_of(article), article.header)

    @classmethod
    def begin(cls, position: int, event: ArticleEvent, past: Past) -> "ArticleFold":
        """Return an article to which something happens for the first time in a page."""
        if isinstance(event, ArticlePosted):
            return cls(event.mutate(None), {}, {}, None, position)
        article = past.article_at(event.originator_id, event.originator_version - 1)
        return cls(article, evidence_of(article), developments_of(article), article.header)

    def take(self, position: int, event: ArticleEvent) -> None:
        """Take in an event, in the middle of its command."""
        self.taken = True
        if not isinstance(event, ArticlePosted):
            event.mutate(self.article)
        if isinstance(event, _STATING):
            recorded = to_micros(event.timestamp)
            self.state(event.number, event.report, event.originator_version, position, recorded)
        elif isinstance(event, _REDACTING):
            about = (event.numbers, event.fields, to_micros(event.timestamp), event.recorded_by, event.reason)
            self.redactions.append(Redacting(position, *about))

    def state(self, number: int, report: Report, version: int, position: int, recorded: int) -> None:
        """Note the words of a report that a domain event states."""
        content = msgspec.json.encode(report).decode()
        self.stated.append(Stated(number, version, position, recorded, content, id_in_data_set(report)))

    def is_changed(self) -> bool:
        """Return whether the page changes anything about the article."""
        return self.taken or bool(self.steps)

    def change(self) -> ArticleChange:
        """Return all that the page changes about the article."""
        if not self.ruled:
            self.end_step_alone()
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
            ruled=self.ruled,
            steps=self.steps,
            stated=self.stated,
            redactions=self.redactions,
        )

    def end_step_alone(self) -> None:
        """End the step of the last command about the article, which no ruling affects."""
        self.end_step(evidence_of(self.article), to_micros(self.article.modified_on))

    def end_step(self, evidence: dict[EvidenceKey, Evidence], recorded: int) -> None:
        """End a step with the evidence that the article gives then."""
        developments = developments_of(self.article)
        ended, begun = _difference(self.evidence or {}, evidence)
        developments_ended, developments_begun = _difference(self.developments, developments)
        header_ended = None if self.header == self.article.header else self.header
        self.evidence, self.developments, self.header = evidence, developments, self.article.header
        if header_ended or ended or begun or developments_ended or developments_begun:
            step = Step(recorded, header_ended, ended, begun, developments_ended, developments_begun)
            self.steps.append(step)


def _difference(before: dict[_KeyT, _RowT], after: dict[_KeyT, _RowT]) -> tuple[list[_RowT], list[_RowT]]:
    if not before:
        return [], list(after.values())
    if before == after:
        return [], []
    ended = [row for key, row in before.items() if after.get(key) != row]
    begun = [row for key, row in after.items() if before.get(key) != row]
    return ended, begun
