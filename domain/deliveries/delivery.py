"""What a data set delivers, against what is recorded: an event is new, known, corrected, or an analyst's by now.

A data set is delivered in pieces, again, and corrected. An event is found by its `ref`, in all articles of its
document and in those that are named beside it, so that the result depends neither on pieces nor on their order.
What an analyst corrected, took back or ruled on stays.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from domain.articles import Article, Header
from domain.deliveries.coverage import WHOLE, Coverage
from domain.deliveries.delivered_article import DeliveredArticle, DeliveredReport, content_of
from domain.errors import Fault, InvalidFacts, Path
from domain.events import Provenance
from domain.free_text import DELETED, MOVED, texts_lost
from domain.reports import Report
from domain.rulings import ReportRef

Load = Callable[[str], DeliveredArticle | None]
IsDeleted = Callable[[str, str], bool]
_Found = tuple[DeliveredArticle, DeliveredReport]


class Delivery(Struct, frozen=True):
    """Command: record what a data set says in a document. `data_set` is its name.

    `also_in` are other documents that may have its events, `coverage` says what its file has columns for.
    """

    article_id: str
    header: Header
    reports: tuple[Report, ...]
    provenance: Provenance
    data_set: str
    also_in: tuple[str, ...] = ()
    coverage: Coverage = WHOLE

    def documents(self) -> tuple[str, ...]:
        """Return the ids of all documents that may have its events."""
        return (self.article_id, *self.also_in)


class Deletion(Struct, frozen=True):
    """Command: take back an event of a document, by its `ref`, since its data set has deleted it."""

    article_id: str
    ref: str
    provenance: Provenance

    def documents(self) -> tuple[str, ...]:
        """Return the id of the document that may have the event."""
        return (self.article_id,)


class Fate(StrEnum):
    """What became of a reported event that was delivered, or of one that its data set has deleted.

    `DELETED` is one that is delivered although the data set has deleted it, `NOT_HERE` one that is deleted and was
    never delivered. Whichever comes first, a deletion or the event, the event does not stand.
    """

    ADDED = "added"
    KNOWN = "known"
    CORRECTED = "corrected"
    KEPT = "kept_as_decided"
    RETRACTED = "retracted"
    DELETED = "deleted"
    NOT_HERE = "not_here"


class Delivered(Struct, frozen=True):
    """What became of each report: its fate, or the rule it breaks. A read that waits for `position` sees it.

    `left_out` are the paths of texts that were not taken, since they were redacted.
    """

    fates: tuple[Fate | Fault, ...]
    new_articles: int = 0
    position: int = 0
    left_out: tuple[Path, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was recorded."""
        return any(fate in (Fate.ADDED, Fate.CORRECTED, Fate.RETRACTED) for fate in self.fates)


class DeliveryWork:
    """Deliveries that are recorded at once: what one changes, the next sees.

    `load` returns an article that there is, `is_ruled` whether a ruling stands on a reported event, and
    `is_deleted` whether the event of an article and a `ref` was deleted before it was here.
    """

    def __init__(self, load: Load, is_ruled: Callable[[ReportRef], bool], is_deleted: IsDeleted) -> None:
        self._load = load
        self._is_ruled = is_ruled
        self._is_deleted = is_deleted
        self._not_here: dict[tuple[str, str], Deletion] = {}
        self._articles: dict[str, DeliveredArticle | None] = {}
        self._made: dict[str, Article] = {}  # that nothing was looked for in so far

    def deliver(self, delivery: Delivery) -> Delivered:
        """Return what becomes of a delivery. Raises what `load` raises, and has changed nothing then."""
        document = list(self._parts(delivery.article_id))
        others = [part for id_ in delivery.also_in for part in self._parts(id_) if part not in document]
        deleted = [self._was_deleted(delivery.article_id, report.ref) for report in delivery.reports]
        if not (document or others or any(deleted)) and (made := _made_at_once(delivery)):
            self._made[delivery.article_id] = made
            return Delivered((Fate.ADDED,) * len(delivery.reports), 1)
        known = len(document)
        one = _OneDelivery(delivery, document, others, self._is_ruled)
        fates = tuple(one.take(index, report, deleted[index]) for index, report in enumerate(delivery.reports))
        for part in document[known:]:
            self._articles[part.article_id] = part
        left_out = [path for path, index in one.left_out if not isinstance(fates[index], Fault)]
        return Delivered(fates, len(document) - known, left_out=tuple(left_out))

    def delete(self, deletion: Deletion) -> Delivered:
        """Return what becomes of an event that its data set has deleted. Raises as `deliver` does."""
        parts = self._parts(deletion.article_id)
        found = [(part, event) for part in parts for event in part.named(deletion.ref)]
        standing = [(part, event) for part, event in found if event.current is not None]
        if not found:
            if not self._was_deleted(deletion.article_id, deletion.ref):
                self._not_here[deletion.article_id, deletion.ref] = deletion
            return Delivered((Fate.NOT_HERE,))
        if not standing:
            return Delivered((Fate.KNOWN,))
        if any(_is_decided(part, event, self._is_ruled) for part, event in found):
            return Delivered((Fate.KEPT,))
        for part, event in standing:
            part.take_back(event, DELETED, deletion.provenance)
        return Delivered((Fate.RETRACTED,))

    def _was_deleted(self, article_id: str, ref: str | None) -> bool:
        if ref is None:
            return False
        return (article_id, ref) in self._not_here or self._is_deleted(article_id, ref)

    @property
    def not_here(self) -> list[Deletion]:
        """The deletions of events that were never here, which are to be kept in mind."""
        return list(self._not_here.values())

    def changed(self) -> Iterator[Article]:
        """Yield the articles that are to be saved."""
        yield from self._made.values()
        for found in self._articles.values():
            if found is not None and found.is_changed:
                yield found.article

    def _parts(self, article_id: str) -> Iterator[DeliveredArticle]:
        number = 1
        while (part := self._article(part_id(article_id, number))) is not None:
            yield part
            number += 1

    def _article(self, article_id: str) -> DeliveredArticle | None:
        if (made := self._made.pop(article_id, None)) is not None:
            self._articles[article_id] = DeliveredArticle.new(made)
        if article_id not in self._articles:
            self._articles[article_id] = self._load(article_id)
        return self._articles[article_id]


def _made_at_once(delivery: Delivery) -> Article | None:
    """Return the article that a new document comes to, None if not all in it is one article's: the usual case."""
    refs = {report.ref for report in delivery.reports}
    if None in refs or len(refs) < len(delivery.reports):
        return None
    try:
        return _post(delivery, delivery.article_id, delivery.reports)
    except InvalidFacts:
        return None


def _post(delivery: Delivery, article_id: str, reports: Sequence[Report]) -> Article:
    provenance = delivery.provenance
    return Article.post(article_id, delivery.header, reports, provenance, data_set=delivery.data_set)


class _OneDelivery:
    """A delivery, with the articles of its document and others that may have its events."""

    def __init__(
        self,
        delivery: Delivery,
        document: list[DeliveredArticle],
        others: Sequence[DeliveredArticle],
        is_ruled: Callable[[ReportRef], bool],
    ) -> None:
        self._delivery = delivery
        self._header = delivery.header
        self._coverage = delivery.coverage
        self._document = document
        self._others = others
        self._is_ruled = is_ruled
        self.left_out: list[tuple[Path, int]] = []  #: texts that were not taken, each with the index of its report

    def take(self, index: int, report: Report, was_deleted: bool) -> Fate | Fault:
        """Return what becomes of a report; it may have been deleted before it was here."""
        if (known := self._as_it_stands(report)) is not None:
            return known
        content = content_of(report)
        found = list(self._find(report, content))
        if not found:
            return Fate.DELETED if was_deleted else self._add(index, report) or Fate.ADDED
        standing = next(((article, event) for article, event in found if event.current is not None), None)
        if standing is None and any(event.is_deleted for _, event in found):
            return Fate.DELETED
        for article, event in found:
            if article.is_of(self._header, self._coverage) and article.says(event, content, self._coverage):
                self._admitted(index, report, article, event)
                return Fate.KNOWN
        if standing is None or any(_is_decided(*each, self._is_ruled) for each in found):
            return Fate.KEPT
        article, event = standing
        if self._coverage and event.current is not None:
            report = self._coverage.completed(report, event.current)
        admitted = self._admitted(index, report, article, event)
        if article.is_of(self._header, self._coverage):
            return article.correct(event, self._header, report, self._delivery.provenance) or Fate.CORRECTED
        if refused := self._add(index, admitted):
            return refused
        article.take_back(event, MOVED, self._delivery.provenance)
        return Fate.CORRECTED

    def _as_it_stands(self, report: Report) -> Fate | None:
        """Return that a report is known, if it stands word for word: as nearly all do that are delivered again."""
        for article in self._document:
            event = article.named_first(report.ref)
            if event is not None and event.current == report:
                return Fate.KNOWN if article.is_of(self._header, self._coverage) else None
        return None

    def _admitted(
        self, index: int, report: Report, article: DeliveredArticle, event: DeliveredReport | None
    ) -> Report:
        """Return a report without the texts that an article does not take, which are noted."""
        admitted = article.without_redacted(event, report)
        if admitted is not report:
            lost = texts_lost(report, admitted)
            self.left_out += [(("events", index, field), index) for field in lost]
        return admitted

    def _find(self, report: Report, content: Report) -> Iterator[_Found]:
        for article in self._document:
            for event in article.find(report.ref, content, self._coverage):
                yield article, event
        for article in self._others:
            for event in article.find(report.ref, content, self._coverage):
                if article.is_of_data_set(self._delivery.data_set) or event.is_coded_like(
                    report
                ):  # else it is a person's, of an equal name
                    yield article, event

    def _add(self, index: int, report: Report) -> Fate | Fault | None:
        """Add a report to the document; return why not, if it is not to be."""
        delivery = self._delivery
        for article in self._document:
            is_own = article.is_of_data_set(delivery.data_set) and article.is_of(self._header, self._coverage)
            if is_own and article.has_room(report):
                if article.article.retracted:
                    return Fate.KEPT
                self._admitted(index, report, article, None)
                return article.add(self._header, report, delivery.provenance)
        id_ = part_id(delivery.article_id, len(self._document) + 1)
        try:
            made = _post(delivery, id_, [report])
        except InvalidFacts as refused:
            return refused.faults[0]
        self._document.append(DeliveredArticle.new(made))
        return None


def _is_decided(article: DeliveredArticle, event: DeliveredReport, is_ruled: Callable[[ReportRef], bool]) -> bool:
    return event.decided or is_ruled(ReportRef(article.article_id, event.number))


def part_id(article_id: str, number: int) -> str:
    """Return the id of a part of a document, from 1: the first has the document's own."""
    return article_id if number == 1 else f"{article_id}:{number}"
