"""Rows of one document are grouped into one article: they stand near each other in a file, within a window."""

from collections.abc import Iterator
from typing import Final

from api.importing.rows import CodedArticle, CodedEvent, Reject, RowPlace
from domain.articles import Header
from domain.report_rules import MAX_REPORTS
from domain.reports import Report

WINDOW: Final = 5000  #: rows held; a document that comes up again later becomes a second article


class _Document:
    def __init__(self, header: Header) -> None:
        self.header = header
        self.reports: list[Report] = []
        self.rows: list[RowPlace] = []
        self.by_ref: dict[str, Report] = {}


class DocumentGrouping:
    """Holds up to `window` rows, by document, and lets go of the oldest documents first."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._documents: dict[str, _Document] = {}
        self._held = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to take some."""
        return self._held >= self._window

    def add(self, row: RowPlace, event: CodedEvent) -> bool:
        """Take in a row; return whether it is new, and not one that the document has. Raises `Reject`."""
        document = self._documents.get(event.article_id)
        if document is None:
            document = self._documents[event.article_id] = _Document(event.header)
        if (ref := event.report.ref) is not None:
            before = document.by_ref.setdefault(ref, event.report)
            if before is not event.report:
                if before == event.report:
                    return False
                raise Reject("repeated-id", f"event {ref} is given twice, with other content")
        document.reports.append(event.report)
        document.rows.append(row)
        self._held += 1
        return True

    def take(self) -> Iterator[CodedArticle]:
        """Yield the oldest documents, as many as make up half of the window."""
        while self._documents and self._held > self._window // 2:
            yield from self._take_oldest()

    def take_all(self) -> Iterator[CodedArticle]:
        """Yield all documents."""
        while self._documents:
            yield from self._take_oldest()

    def _take_oldest(self) -> Iterator[CodedArticle]:
        article_id = next(iter(self._documents))
        document = self._documents.pop(article_id)
        self._held -= len(document.rows)
        for start in range(0, len(document.rows), MAX_REPORTS):
            part = slice(start, start + MAX_REPORTS)
            suffix = f":{start // MAX_REPORTS + 1}" if start else ""
            yield CodedArticle(
                article_id=article_id + suffix,
                header=document.header,
                reports=tuple(document.reports[part]),
                rows=tuple(document.rows[part]),
            )
