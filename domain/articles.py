"""The article: a source document and the events it reports. Aggregate, domain events and commands.

A command is checked and triggers past-tense domain events; nothing recorded is ever edited. All events of one
command carry the same instant, so that no moment of record time shows half of it.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct

from domain.errors import ArticleIsRetracted, Fault, InvalidFacts, Path, ReportNotFound
from domain.events import CreatedEvent, DomainEvent, Provenance, RecordedAggregate
from domain.free_text import DELIVERY_REASONS, Admitted, ClosedFields, texts_lost, without_texts
from domain.report_rules import check_report, check_reports
from domain.reports import Header as Header
from domain.reports import Report, changed_reports, facts_of, facts_of_header, kind_of
from domain.standards.plover import Kind

ARTICLE_NAMESPACE = UUID("6f7f5ad4-3c8e-5d0b-9a53-0c2b1f6c1e77")


class PostArticle(Struct, frozen=True):
    """Command: record an article with the events it reports."""

    article_id: str
    header: Header
    reports: tuple[Report, ...]
    provenance: Provenance


class ReviseArticle(Struct, frozen=True):
    """Command: make a posted article say what its publisher says now. Brings a retracted one back."""

    article_id: str
    header: Header
    reports: tuple[Report, ...]
    reason: str | None
    provenance: Provenance


class RetractArticle(Struct, frozen=True):
    """Command: take an article back with all it reported."""

    article_id: str
    reason: str | None
    provenance: Provenance


class CorrectReport(Struct, frozen=True):
    """Command: put `report` in the place of what an article reported under `number`."""

    article_id: str
    number: int
    report: Report
    reason: str | None
    provenance: Provenance


class RetractReport(Struct, frozen=True):
    """Command: take one reported event of an article back."""

    article_id: str
    number: int
    reason: str | None
    provenance: Provenance


class ArticleEvent(DomainEvent):
    """Something that happened to an article."""


@dataclass(frozen=True)
class ReasonedEvent(ArticleEvent):
    """What is recorded for a reason. `reason_redacted` says that it was given, and is redacted."""

    reason_redacted: bool | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class ChangeEvent(ReasonedEvent):
    """What was changed, by somebody, or by the word of a data set: then it is `delivered`.

    In version 1 nothing but the reason told.
    """

    class_version = 2
    delivered: bool | None = field(default=None, kw_only=True)

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say whose word it was, as the reason told it."""
        state["delivered"] = True if state.get("reason") in DELIVERY_REASONS else None


@dataclass(frozen=True)
class ArticlePosted(CreatedEvent, ReasonedEvent):
    """An article was posted; the events it reports follow it. `data_set` is that which delivered it, if any."""

    TOPIC = "detente.article-posted"
    article_id: str
    header: Header
    reason: str | None = field(default=None, kw_only=True)
    data_set: str | None = field(default=None, kw_only=True)

    @staticmethod
    def aggregate_class() -> "type[Article]":
        """Return `Article`."""
        return Article


@dataclass(frozen=True)
class ReportedEvent(ArticleEvent):
    """An article's claim that something happened between actors. `number` counts from 1 within the article."""

    number: int
    report: Report

    def apply(self, aggregate: "Article") -> None:
        """Add the report to the article."""
        aggregate.take_report(self.number, self.report, self.originator_version)


class StatementReported(ReportedEvent):
    """The article reports words."""

    TOPIC = "detente.statement-reported"


class ClashReported(ReportedEvent):
    """The article reports hostile deeds."""

    TOPIC = "detente.clash-reported"


class AgreementReported(ReportedEvent):
    """The article reports an agreement or a development of one."""

    TOPIC = "detente.agreement-reported"


class CooperationReported(ReportedEvent):
    """The article reports friendly deeds."""

    TOPIC = "detente.cooperation-reported"


class AlignmentReported(ReportedEvent):
    """The article reports a standing tie."""

    TOPIC = "detente.alignment-reported"


REPORTED: dict[Kind, type[ReportedEvent]] = {
    Kind.STATEMENT: StatementReported,
    Kind.CLASH: ClashReported,
    Kind.AGREEMENT: AgreementReported,
    Kind.COOPERATION: CooperationReported,
    Kind.ALIGNMENT: AlignmentReported,
}


@dataclass(frozen=True)
class ReportCorrected(ChangeEvent):
    """A reported event was corrected: `report` stands in the place of what was reported under `number`."""

    TOPIC = "detente.report-corrected"
    number: int
    report: Report
    reason: str | None

    def apply(self, aggregate: "Article") -> None:
        """Put the corrected report in the place of the old one."""
        aggregate.take_report(self.number, self.report, self.originator_version)


@dataclass(frozen=True)
class ReportRetracted(ChangeEvent):
    """A reported event was taken back."""

    TOPIC = "detente.report-retracted"
    number: int
    reason: str | None

    def apply(self, aggregate: "Article") -> None:
        """Take the report out of the article."""
        aggregate._forget(self.number)


@dataclass(frozen=True)
class ArticleRevised(ChangeEvent):
    """An article was revised; what changed among its reported events follows. Brings back a retracted one."""

    TOPIC = "detente.article-revised"
    header: Header
    reason: str | None

    def apply(self, aggregate: "Article") -> None:
        """Give the article its new header."""
        aggregate.header = self.header
        aggregate.retracted = False


@dataclass(frozen=True)
class ArticleRetracted(ReasonedEvent):
    """An article was taken back, with all that it reported."""

    TOPIC = "detente.article-retracted"
    reason: str | None

    def apply(self, aggregate: "Article") -> None:
        """Take everything back."""
        aggregate.retracted = True
        for number in tuple(aggregate.reports):
            aggregate._forget(number)


class Article(RecordedAggregate):
    """A source document, the reported events that stand today, and the version each was last stated in.

    `closed` are the fields that take no text any more. `left_out` are the paths of texts that a command gave, and
    the article did not take, since they are closed.
    """

    def begin(self, posted: ArticlePosted) -> None:
        """Take on what the article says of itself; its reports follow."""
        self.article_id = posted.article_id
        self.header = posted.header
        self.retracted = False
        self.reports: dict[int, Report] = {}
        self.stated: dict[int, int] = {}
        self.last_number = 0
        self.closed = ClosedFields()
        self.left_out: tuple[Path, ...] = ()

    def take_report(self, number: int, report: Report, version: int) -> None:
        """Let a report stand under a number, as the domain event of a version states it."""
        if number > self.last_number and self.closed:
            self.closed.begin(number)
        self.reports[number] = report
        self.stated[number] = version
        self.last_number = max(self.last_number, number)

    @classmethod
    def post(
        cls,
        article_id: str,
        header: Header,
        reports: Sequence[Report],
        provenance: Provenance,
        reason: str | None = None,
        data_set: str | None = None,
    ) -> "Article":
        """Return a new article with everything it reports; `data_set` is that which delivers it.

        Raises `InvalidFacts` if the reports break a rule.
        """
        _refuse(check_reports(reports, header.published_day))
        posted = ArticlePosted(
            originator_id=article_uuid(article_id),
            originator_version=cls.INITIAL_VERSION,
            article_id=article_id,
            header=header,
            reason=reason,
            data_set=data_set,
            **provenance.fields(),
        )
        article = cls.make_from(posted)
        for report in reports:
            article._report(report, provenance)
        return article

    def revise(
        self, header: Header, reports: Sequence[Report], reason: str | None, provenance: Provenance
    ) -> None:
        """Make the article say what the publisher now says, recording only what differs.

        A report that stays the same keeps its number; one with the same `ref` is corrected; the others that are
        gone are retracted, and new ones reported. Raises `InvalidFacts`.
        """
        header, reports = self._admit(header, reports)
        if self._says(header, reports):
            return
        _refuse(check_reports(reports, header.published_day))
        gone, corrected, new = changed_reports(self.reports, reports)
        provenance = provenance.after(self.modified_on)
        self.trigger_event(ArticleRevised, header=header, reason=reason, **provenance.fields())
        for number in gone:
            self.trigger_event(ReportRetracted, number=number, reason=reason, **provenance.fields())
        for number, report in corrected.items():
            self._correct(number, report, reason, provenance)
        for report in new:
            self._report(report, provenance)

    def correct(self, number: int, report: Report, reason: str | None, provenance: Provenance) -> None:
        """Correct one reported event. Raises `ReportNotFound`, `InvalidFacts`."""
        current = self._standing(number)
        by_ref = {r.ref: r for n, r in self.reports.items() if n != number and r.ref is not None}
        if report.ref is not None and report.ref in by_ref:
            detail = f"the ref {report.ref!r} is that of another event in this article"
            _refuse([Fault(("ref",), "repeated-ref", detail)])
        if report.ref is not None:
            by_ref[report.ref] = report
        _refuse(check_report(report, self.header.published_day, by_ref, at=()))
        given, report = report, without_texts(report, self.closed.of_report(number))
        self.left_out = tuple((field,) for field in texts_lost(given, report))
        if facts_of(report) != facts_of(current):
            self._correct(number, report, reason, provenance.after(self.modified_on))

    def retract_report(self, number: int, reason: str | None, provenance: Provenance) -> None:
        """Take one reported event back. Raises `ReportNotFound` if it does not stand."""
        self._standing(number)
        facts = provenance.after(self.modified_on).fields()
        self.trigger_event(ReportRetracted, number=number, reason=reason, **facts)

    def retract(self, reason: str | None, provenance: Provenance) -> None:
        """Take the article back with all it reported; again is no change."""
        if not self.retracted:
            self.trigger_event(ArticleRetracted, reason=reason, **provenance.after(self.modified_on).fields())

    def says(self, header: Header, reports: Sequence[Report]) -> bool:
        """Return whether this is what the article says already, but for texts that it does not take any more."""
        return self._says(*self._admit(header, reports))

    def lose_texts(self, fields: Collection[str], numbers: Collection[int] | None) -> None:
        """Take no text in some fields any more: in reports of some numbers, or in all of the article."""
        self.closed.close(fields, numbers)
        if numbers is None:
            self.header = without_texts(self.header, fields)
        for number in self.reports.keys() if numbers is None else self.reports.keys() & numbers:
            self.reports[number] = without_texts(self.reports[number], fields)

    def _admit(self, header: Header, reports: Sequence[Report]) -> tuple[Header, Sequence[Report]]:
        """Return what the article takes of what it is given, and note the rest."""
        if not self.closed:
            return header, reports
        admitted = Admitted.of(reports, self.reports, self.closed)
        own = without_texts(header, self.closed.everywhere)
        self.left_out = (*((field,) for field in texts_lost(header, own)), *admitted.left_out)
        return own, admitted.reports

    def _says(self, header: Header, reports: Sequence[Report]) -> bool:
        if self.retracted or len(self.reports) != len(reports):
            return False
        if facts_of_header(self.header) != facts_of_header(header):
            return False
        standing, stated = [*map(facts_of, self.reports.values())], [*map(facts_of, reports)]
        return standing == stated or Counter(standing) == Counter(stated)

    def _report(self, report: Report, provenance: Provenance) -> None:
        number = self.last_number + 1
        self.trigger_event(REPORTED[kind_of(report)], number=number, report=report, **provenance.fields())

    def _correct(self, number: int, report: Report, reason: str | None, provenance: Provenance) -> None:
        self.trigger_event(ReportCorrected, number=number, report=report, reason=reason, **provenance.fields())

    def _standing(self, number: int) -> Report:
        if self.retracted:
            raise ArticleIsRetracted(f"article {self.article_id} was retracted")
        if number not in self.reports:
            raise ReportNotFound(f"article {self.article_id} has no reported event {number} that stands")
        return self.reports[number]

    def _forget(self, number: int) -> None:
        del self.reports[number], self.stated[number]

    @classmethod
    def id_for_url(cls, url: str) -> str:
        """Return the id of the article at `url`."""
        return str(uuid5(NAMESPACE_URL, url))


def article_uuid(article_id: str) -> UUID:
    """Return the aggregate id of an article, in a namespace of articles: no id makes that of anything else."""
    return uuid5(ARTICLE_NAMESPACE, article_id)


def former_article_uuid(article_id: str) -> UUID | None:
    """Return the aggregate id that version 0.2 gave an article whose id is a UUID in its usual form: that UUID."""
    try:
        as_uuid = UUID(article_id)
    except ValueError:
        return None
    return as_uuid if str(as_uuid) == article_id else None


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise InvalidFacts(faults)
