"""An article as a data set delivers it: what the data set said of each event in it, and who had the last word.

An event of a data set is known by its `ref`. The last word on it is the data set's until somebody corrects it or
takes it back, or revises or takes back the article: what deliveries change is marked as `delivered`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import msgspec

from domain.articles import (
    REPORTED,
    Article,
    ArticleEvent,
    ArticlePosted,
    ArticleRetracted,
    ArticleRevised,
    Header,
    ReportCorrected,
    ReportedEvent,
    ReportRetracted,
)
from domain.deliveries.coverage import WHOLE, Coverage
from domain.errors import Fault
from domain.events import Provenance
from domain.free_text import DELETED, DELIVERED, without_texts
from domain.report_rules import MAX_PAIRS, MAX_REPORTS, check_report
from domain.reports import Report, directions, facts_of, kind_of

IMPORTER: Final = "import"  #: who records what an import on the database's own machine delivers
_BY_DATA_SET: Final[dict[str, Any]] = {"reason": DELIVERED, "delivered": True}


class DeliveredReport:
    """A reported event: all that its data set said of it, how it stands, and whether others have decided on it."""

    __slots__ = ("_stated", "current", "decided", "is_deleted", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self._stated: list[Report] = []  # by the data set
        self.current: Report | None = None
        self.decided = False
        self.is_deleted = False  #: whether the data set has deleted it

    def says(self, content: Report, coverage: Coverage = WHOLE) -> bool:
        """Return whether the data set said so once, or it stands so, as far as it is said at all."""
        stated = [*self.said(), *(() if self.current is None else (content_of(self.current),))]
        return content in stated or (
            bool(coverage) and any(coverage.completed(content, told) == told for told in stated)
        )

    def said(self) -> list[Report]:
        """Return what the data set said of it, each time."""
        return list(map(content_of, self._stated))

    def state(self, report: Report, *, is_own: bool) -> None:
        """Take in how it stands by now, in the data set's own word or in somebody else's."""
        self.current = report
        self.decided = not is_own
        if is_own:
            self._stated.append(report)

    def is_coded_like(self, report: Report) -> bool:
        """Return whether it is coded in CAMEO as another report is, or as that one is not."""
        stated = self._stated or ([] if self.current is None else [self.current])
        return any((one.cameo is None) == (report.cameo is None) for one in stated)


class DeliveredArticle:
    """An article, with its reports by the names that its data set gives them."""

    def __init__(self, posted: ArticleEvent, history: Sequence[ArticleEvent], article: Article | None) -> None:
        assert isinstance(posted, ArticlePosted)
        self.article_id = posted.article_id
        self._posted = posted
        self._history = history
        self._article = article
        self._header = posted.header
        self._may_be_closed = False  # to some text
        self.header_is_decided = False
        self._reports: dict[int, DeliveredReport] = {}
        self._by_ref: dict[str, DeliveredReport] = {}
        self._without_ref: list[DeliveredReport] = []
        self._revised_at: datetime | None = None
        self._pairs = 0

    @classmethod
    def of(cls, history: Sequence[ArticleEvent]) -> "DeliveredArticle":
        """Return an article by all that happened to it."""
        made = cls(history[0], history, None)
        for event in history[1:]:
            made._take(event)
        return made

    @classmethod
    def new(cls, article: Article) -> "DeliveredArticle":
        """Return an article that a delivery has just made."""
        posted = article.pending_events[0]
        assert isinstance(posted, ArticleEvent)
        made = cls(posted, (), article)
        made._take_pending(1)
        return made

    @property
    def article(self) -> Article:
        """The article as it stands; made when it is first asked for: of what is known already it never is."""
        if self._article is None:
            article: Any = None
            for event in self._history:
                article = event.mutate(article)
            self._article = article
        return self._article

    @property
    def is_changed(self) -> bool:
        """Whether anything is to be recorded of it."""
        return self._article is not None and bool(self._article.pending_events)

    def is_of_data_set(self, data_set: str) -> bool:
        """Return whether a data set posted it, by whomever it was recorded.

        Until this was kept, what the import recorded counts as any data set's.
        """
        its = self._posted.data_set
        return self._posted.recorded_by == IMPORTER if its is None else its == data_set

    def _take_pending(self, known: int) -> None:
        for event in self.article.pending_events[known:]:
            assert isinstance(event, ArticleEvent)
            self._take(event)

    def _take(self, event: ArticleEvent) -> None:
        if isinstance(event, ReportedEvent):
            report = self._reports[event.number] = DeliveredReport(event.number)
            self._state(report, event.report, is_own=event.timestamp != self._revised_at)
        elif isinstance(event, ReportCorrected):
            self._state(self._reports[event.number], event.report, is_own=bool(event.delivered))
        elif isinstance(event, ReportRetracted):
            report = self._reports[event.number]
            is_own = bool(event.delivered)
            report.is_deleted = is_own and event.reason == DELETED
            self._take_back(report, is_own=is_own)
        elif isinstance(event, ArticleRetracted):
            for report in self._reports.values():
                if report.current is not None:
                    self._take_back(report, is_own=False)
        elif isinstance(event, ArticleRevised):
            self._header = event.header
            if not event.delivered:
                self.header_is_decided = True
                self._revised_at = event.timestamp
        else:
            self._may_be_closed = True

    def _state(self, report: DeliveredReport, stated: Report, *, is_own: bool) -> None:
        if stated.ref is not None:
            self._by_ref.setdefault(stated.ref, report)
        elif report.current is None:
            self._without_ref.append(report)
        self._pairs += _pairs_of(stated)
        report.state(stated, is_own=is_own)

    def _take_back(self, report: DeliveredReport, *, is_own: bool) -> None:
        report.current = None
        report.decided = report.decided or not is_own

    def find(self, ref: str | None, content: Report, coverage: Coverage = WHOLE) -> Iterator[DeliveredReport]:
        """Yield what is the same event: what has its `ref`, or else has none and was said so once, or stands so.

        Earlier versions recorded events of some data sets without a `ref`. Of one whose `ref` is not said,
        the words alone tell.
        """
        named = self._by_ref.get(ref) if ref is not None else None
        if named is not None:
            yield named
            return
        for report in self._reports.values() if "ref" in coverage.silent else self._without_ref:
            if report.says(content, coverage):
                yield report
                return

    def named_first(self, ref: str | None) -> DeliveredReport | None:
        """Return the report that the data set called so."""
        return None if ref is None else self._by_ref.get(ref)

    def named(self, ref: str) -> list[DeliveredReport]:
        """Return the reports of a `ref`: the one that the data set called so, and who is called so by now."""
        first = self._by_ref.get(ref)
        return [
            report
            for report in self._reports.values()
            if report is first or (report.current is not None and report.current.ref == ref)
        ]

    def is_of(self, header: Header, coverage: Coverage = WHOLE) -> bool:
        """Return whether it is the document that a header is of: somebody else's header is not looked at."""
        return self.header_is_decided or coverage.is_of(self.header, header)

    @property
    def header(self) -> Header:
        """What is said of the article itself by now."""
        return self.article.header if self._may_be_closed else self._header

    def says(self, found: DeliveredReport, content: Report, coverage: Coverage = WHOLE) -> bool:
        """Return whether a report says so, or the data set said so once; what was redacted is not looked at."""
        admitted = self.without_redacted(found, content)
        return found.says(content if admitted is content else content_of(admitted), coverage)

    def without_redacted(self, found: DeliveredReport | None, report: Report) -> Report:
        """Return a report without the texts that were redacted: in what was found, or, as a new one, anywhere."""
        closed = self.article.closed if self._may_be_closed else None
        if not closed:
            return report
        return without_texts(report, closed.of_report(found.number) if found else closed.of_new_report())

    def has_room(self, report: Report) -> bool:
        """Return whether one more report may be added."""
        return self.article.last_number < MAX_REPORTS and self._pairs + _pairs_of(report) <= MAX_PAIRS

    def add(self, header: Header, report: Report, provenance: Provenance) -> Fault | None:
        """Add a report; return why not, if it breaks a rule."""
        if fault := self._fault_of(header, report, None):
            return fault
        with self._at_once(provenance) as at:
            self._merge(header, at)
            admitted = self.without_redacted(None, report)
            number = self.article.last_number + 1
            self.article.trigger_event(REPORTED[kind_of(report)], number=number, report=admitted, **at.fields())
        return None

    def correct(
        self, found: DeliveredReport, header: Header, report: Report, provenance: Provenance
    ) -> Fault | None:
        """Put a report in the place of another; return why not, if it breaks a rule."""
        if fault := self._fault_of(header, report, found.number):
            return fault
        with self._at_once(provenance) as at:
            self._merge(header, at)
            facts = {"number": found.number, "report": self.without_redacted(found, report), **_BY_DATA_SET}
            self.article.trigger_event(ReportCorrected, **facts, **at.fields())
        return None

    def take_back(self, found: DeliveredReport, reason: str, provenance: Provenance) -> None:
        """Take a report back for a reason of a data set's: it is in another document now, or deleted."""
        with self._at_once(provenance) as at:
            facts = {"number": found.number, "reason": reason, "delivered": True}
            self.article.trigger_event(ReportRetracted, **facts, **at.fields())

    @contextmanager
    def _at_once(self, provenance: Provenance) -> Iterator[Provenance]:
        """Yield the provenance at the one instant of all that is recorded now, and take in what is recorded."""
        pending = self.article.pending_events
        known = len(pending)
        if pending:
            yield msgspec.structs.replace(provenance, recorded=pending[0].timestamp)
        else:
            yield provenance.after(self.article.modified_on)
        self._take_pending(known)

    def _fault_of(self, header: Header, report: Report, number: int | None) -> Fault | None:
        others: dict[str, Report] = {}
        if report.joins is not None:
            standing = self.article.reports.items()
            others = {r.ref: r for n, r in standing if r.ref is not None and n != number}
        published = self._merged(header).published_day
        return next(iter(check_report(report, published, others, at=())), None)

    def _merge(self, header: Header, at: Provenance) -> None:
        merged = self._merged(header)
        if merged is not self.article.header:
            self.article.trigger_event(ArticleRevised, header=merged, **_BY_DATA_SET, **at.fields())

    def _merged(self, header: Header) -> Header:
        """Return the header with a later day of publication, if a data set gives one: whichever comes first."""
        own = self.article.header
        if self.header_is_decided or header.published_day <= own.published_day:
            return own
        return msgspec.structs.replace(own, published=header.published)


def content_of(report: Report) -> Report:
    """Return what a report states, whatever it is called and however its actors were named."""
    if report.ref is None:
        return facts_of(report)
    return msgspec.structs.replace(report, ref=None, named=(), redacted=())


def _pairs_of(report: Report) -> int:
    one_each = len(report.source) == len(report.target) == 1
    return 1 if one_each else sum(1 for _ in directions(report))
