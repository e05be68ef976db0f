"""In which documents the events of a data set are recorded already, whatever documents they are delivered in.

An event has the same id in all documents of its data set. What the log holds is found in the projections' tables,
what was recorded since these were folded in memory.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from api.running.service import Service
from domain.reports import Report, id_in_data_set
from projections.queries.articles import articles_with_refs, split_articles

MOST_REMEMBERED: Final = 200_000  #: events recorded since the tables were folded
_PIECE: Final = re.compile(r"(.+):[0-9a-f]{12}")  # version 0.2 made such articles of what came later in a document


class DeliveredDocument(NamedTuple):
    """A document that a data set delivers, with what it calls the events in it."""

    data_set: str
    article_id: str
    refs: frozenset[str]

    @classmethod
    def of(cls, data_set: str, article_id: str, reports: Iterable[Report]) -> "DeliveredDocument":
        """Return a document by its reports."""
        return cls(data_set, article_id, frozenset(ref for r in reports if (ref := id_in_data_set(r)) is not None))


class EventPlaces:
    """Where events are recorded. What it was asked for it remembers.

    With `folds` the tables are brought up to date before the first look into them, and when much is remembered.
    Else only the last events are remembered.
    """

    def __init__(self, service: Service, *, folds: bool) -> None:
        self._service = service
        self._folds = folds
        self._is_folded = not folds or service.log.position() == 0
        self._remembered: dict[int, tuple[str, ...]] = {}
        self._pieces: dict[str, list[str]] | None = None

    def other_documents(self, documents: Sequence[DeliveredDocument]) -> list[tuple[str, ...]]:
        """Return for each document the ids of other articles that may have its events."""
        if not self._is_folded or len(self._remembered) > MOST_REMEMBERED:
            if self._folds:
                self._service.projector.catch_up()
            self._is_folded = True
            self._remembered.clear()
        stored = self._stored({ref for document in documents for ref in document.refs})
        return [self._others(document, stored) for document in documents]

    def _others(self, document: DeliveredDocument, stored: dict[str, list[str]]) -> tuple[str, ...]:
        found = dict.fromkeys(self._pieces_of(document.article_id))
        for ref in document.refs:
            key = hash((document.data_set, ref))
            remembered = self._remembered.get(key, ())
            found |= dict.fromkeys(remembered)
            found |= dict.fromkeys(id_ for id_ in stored.get(ref, ()) if is_of(document.data_set, id_))
            if document.article_id not in remembered:
                self._remembered[key] = (*remembered, document.article_id)
        found.pop(document.article_id, None)
        return tuple(found)

    def _stored(self, refs: set[str]) -> dict[str, list[str]]:
        if not refs:
            return {}
        with self._service.store.reading() as connection:
            return articles_with_refs(connection, refs)

    def _pieces_of(self, article_id: str) -> Iterable[str]:
        if self._pieces is None:
            pieces: defaultdict[str, list[str]] = defaultdict(list)
            with self._service.store.reading() as connection:
                for id_ in split_articles(connection):
                    if found := _PIECE.fullmatch(id_):
                        pieces[found[1]].append(id_)
            self._pieces = dict(pieces)
        return self._pieces.get(article_id, ())


def is_of(data_set: str, article_id: str) -> bool:
    """Return whether an article's id is one that the documents of a data set have."""
    return article_id.startswith(f"{data_set}-") or (data_set == "gdelt" and _is_made_from_url(article_id))


def _is_made_from_url(article_id: str) -> bool:
    try:
        return UUID(article_id.partition(":")[0]).version == 5
    except ValueError:
        return False
