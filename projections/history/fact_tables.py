"""What pages say, as the rows of tables in which nothing was before."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from eventsourcing.persistence import Notification
from sqlalchemy import Table

from projections.evidence.agreements import Development
from projections.evidence.evidence import Evidence
from projections.folding.article_changes import ArticleChange
from projections.folding.fold_page import Page
from projections.folding.writing.fact_rows import (
    ACTOR,
    ARTICLE,
    DEVELOPMENT_KEY,
    EVIDENCE_KEY,
    HEADER,
    REDACTION,
    STATED,
    actor_row,
    article_row,
    former_header_rows,
    redaction_row,
    stated_rows,
    take_developments,
    take_evidence,
)
from projections.folding.writing.versions import PERIOD, NoEarlierVersions, Versions
from projections.publishers.alias_periods import AliasChange
from projections.storage import tables
from projections.storage.bulk_rows import Row

PARKED: Final = ("position", "topic", "aggregate", "aggregate_version", "error")
_EVIDENCE: Final = (*PERIOD, *Evidence._fields)
_DEVELOPMENT: Final = (*PERIOD, *Development._fields)
_PARTIES, _AGREEMENT = (_DEVELOPMENT.index(name) for name in ("parties", "agreement"))
_KNOWN_TO: Final = 2  # of a former header


class FactTables:
    """The rows that pages come to. All pages of an article have to be added here, in order."""

    def __init__(self) -> None:
        self.recorded: int | None = None
        self.alias_changes: list[tuple[int, AliasChange]] = []
        self._keys: dict[str, int] = {}
        self._articles: dict[int, Row] = {}
        self._actors: dict[str, Row] = {}
        self._headers: dict[int, list[Row]] = {}
        self._redactions: list[Row] = []
        self._stated: list[Row] = []
        self._parked: list[Row] = []
        self._evidence = Versions(Evidence._fields, EVIDENCE_KEY, NoEarlierVersions())
        self._developments = Versions(Development._fields, DEVELOPMENT_KEY, NoEarlierVersions())

    def add(self, page: Page, *, is_last: bool, position: int = 0) -> None:
        """Add a page; `is_last` says that none is to come about its articles, `position` where its events end."""
        if page.recorded is not None:
            self.recorded = max(page.recorded, self.recorded or page.recorded)
        self.alias_changes += ((position, change) for change in page.aliases)
        for actor in page.actors:
            self._actors[actor.code] = actor_row(actor, self._actors.get(actor.code))
        for change in page.articles:
            self._add_article(change, is_last=is_last)

    def _add_article(self, change: ArticleChange, *, is_last: bool) -> None:
        if change.posted_at is not None:
            self._keys[change.aggregate] = change.posted_at
        key = self._keys[change.aggregate]
        self._articles[key] = article_row(key, change)
        if any(step.header_ended for step in change.steps):
            headers = self._headers.setdefault(key, [])
            since = headers[-1][_KNOWN_TO] if headers else change.recorded
            headers += former_header_rows(key, change, since)
        self._stated += stated_rows(key, change)
        self._redactions += (redaction_row(key, redacting) for redacting in change.redactions)
        take_evidence(self._evidence, key, change, is_last=is_last)
        take_developments(self._developments, key, change, is_last=is_last)

    def park(self, parked: Iterable[tuple[Notification, str]]) -> None:
        """Add events that are parked, each with its error."""
        for event, error in parked:
            about = (event.id, event.topic, str(event.originator_id), event.originator_version)
            self._parked.append((*about, error))

    def tables(self) -> Iterator[tuple[Table, Sequence[str], Sequence[Row]]]:
        """Yield each table with its columns and rows. Others may have the same parties of an agreement."""
        developments = self._developments.rows()
        parties = {
            (party, row[_AGREEMENT]) for row in developments for party in msgspec.json.decode(row[_PARTIES])
        }
        yield tables.actors, ACTOR, [*self._actors.values()]
        yield tables.articles, ARTICLE, [*self._articles.values()]
        yield tables.former_headers, (*PERIOD, *HEADER), [row for of in self._headers.values() for row in of]
        yield tables.redactions, REDACTION, self._redactions
        yield tables.reported_events, STATED, self._stated
        yield tables.agreement_developments, _DEVELOPMENT, developments
        yield tables.agreement_parties, tables.PARTY, sorted(parties)
        yield tables.parked, PARKED, self._parked
        yield tables.evidence, _EVIDENCE, self._evidence.rows()
