"""Rows of one document are delivered together: they stand near each other in a file, within a window.

How they are grouped decides over the number of deliveries and nothing else: a document that comes up again is
delivered again.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from api.importing.rows import CodedArticle, CodedEvent, RowPlace
from domain.articles import Header
from domain.deliveries.coverage import Coverage
from domain.report_rules import MAX_REPORTS
from domain.reports import Report

WINDOW: Final = 5000  #: rows held
_DocumentKey = tuple[str, str, str | None, Coverage]


class _Document:
    def __init__(self, article_id: str, header: Header, coverage: Coverage) -> None:
        self.article_id = article_id
        self.coverage = coverage
        self.header = header
        self.reports: list[Report] = []
        self.rows: list[RowPlace] = []


class DocumentGrouping:
    """Holds up to `window` rows, by document, and lets go of the oldest documents first."""

    def __init__(self, data_set: str, window: int = WINDOW) -> None:
        self._data_set = data_set
        self._window = window
        self._documents: dict[_DocumentKey, _Document] = {}
        self._held = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to take some."""
        return self._held >= self._window

    def add(self, row: RowPlace, event: CodedEvent) -> None:
        """Take in a row. A document is published on the latest day that its rows give."""
        header = event.header
        key = (event.article_id, header.publisher, header.url, event.coverage)
        document = self._documents.get(key)
        if document is None:
            document = self._documents[key] = _Document(event.article_id, header, event.coverage)
        elif header.published != document.header.published and (
            header.published_day > document.header.published_day
        ):
            document.header = replace(document.header, published=header.published)
        document.reports.append(event.report)
        document.rows.append(row)
        self._held += 1

    def take(self) -> Iterator[CodedArticle]:
        """Yield the oldest documents, as many as make up half of the window."""
        while self._documents and self._held > self._window // 2:
            yield from self._take_oldest()

    def take_all(self) -> Iterator[CodedArticle]:
        """Yield all documents."""
        while self._documents:
            yield from self._take_oldest()

    def _take_oldest(self) -> Iterator[CodedArticle]:
        document = self._documents.pop(next(iter(self._documents)))
        self._held -= len(document.rows)
        for start in range(0, len(document.rows), MAX_REPORTS):
            piece = slice(start, start + MAX_REPORTS)
            yield CodedArticle(
                document.article_id,
                document.header,
                tuple(document.reports[piece]),
                tuple(document.rows[piece]),
                self._data_set,
                document.coverage,
            )
