"""From stored events to what they say: articles, reported events, evidence, agreements, actors.

What the projector does page by page is done here group by group, each from its first event to its last. An event
that cannot be folded is parked, with all that waits for it, as the projector parks it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from arro3.core import DataType, Field, RecordBatch, Schema
from eventsourcing.persistence import JSONTranscoder, Notification

from domain.articles import Article, ArticleEvent, article_uuid
from domain.errors import ArticleNotFound
from domain.events import DomainEvent
from domain.log.mapper import EventMapper
from domain.log.reader import PUBLISHER_TOPICS, RULING_TOPICS
from projections.evidence.rulings import Rulings
from projections.folding.fold_page import Page, fold_page
from projections.folding.log_identity import digest_of
from projections.folding.parked import describe_fault, is_the_events_fault
from projections.folding.read_rulings import take_stored_ruling
from projections.folding.writing.fact_rows import json_text
from projections.history.fact_tables import FactTables
from projections.history.stored_groups import StoredGroup, finding, groups_in
from projections.history.table_batches import TableBatch, batches_of, batches_of_schema, table_fields
from projections.pairs import pair_of
from projections.storage import tables

CHUNK: Final = 5_000  #: stored events that are folded at once, or those of a group that has more

#: What is handed on from here, and is no table of a build: evidence with its pair, changes of aliases at their
#: positions, and of each chunk the digest, the newest instant and the number of events.
EVIDENCE_OF_PAIRS: Final = "evidence_of_pairs"
ALIAS_CHANGES: Final = "alias_changes"
FOLDED: Final = "folded"
_PAIR: Final = [Field(name, DataType.utf8(), nullable=False) for name in ("a", "b")]
EVIDENCE_OF_PAIRS_SCHEMA: Final = Schema([*_PAIR, *table_fields(tables.evidence)])
ALIAS_CHANGES_SCHEMA: Final = Schema(
    [Field("position", DataType.int64(), nullable=False), Field("change", DataType.utf8(), nullable=False)]
)
FOLDED_SCHEMA: Final = Schema(
    [
        Field("digest", DataType.utf8(), nullable=False),
        Field("recorded", DataType.int64(), nullable=True),
        Field("events", DataType.int64(), nullable=False),
    ]
)


Decode = Callable[[Notification], DomainEvent]


@dataclass(frozen=True)
class FoldArticles:
    """Folds stored events in sorted batches. `elsewhere` has the aggregates of articles in unusual places."""

    elsewhere: Mapping[str, UUID]

    def __call__(self, batches: Iterable[RecordBatch]) -> Iterator[TableBatch]:
        """Yield rows of all tables that say what was recorded, and what is handed on."""
        return self.fold_groups(groups_in(batches))

    def fold_groups(self, groups: Iterable[StoredGroup]) -> Iterator[TableBatch]:
        """Yield the same of groups that are at hand."""
        fold = _ChunkFold(self.elsewhere)
        for chunk in _chunks(groups):
            yield from fold.take(chunk)


def _chunks(groups: Iterable[StoredGroup]) -> Iterator[list[StoredGroup]]:
    chunk: list[StoredGroup] = []
    size = 0
    for group in groups:
        if chunk and size + len(group.events) > CHUNK:
            yield chunk
            chunk, size = [], 0
        chunk.append(group)
        size += len(group.events)
    if chunk:
        yield chunk


class _ChunkFold:
    """Folds some groups at a time."""

    def __init__(self, elsewhere: Mapping[str, UUID]) -> None:
        self._find = finding(elsewhere, article_uuid)
        self._mapper = EventMapper(JSONTranscoder())

    def take(self, groups: Sequence[StoredGroup]) -> Iterator[TableBatch]:
        """Yield what some groups come to."""
        made = FactTables()
        together = [group for group in groups if not _is_of_aliases(group)]
        apart = [group for group in groups if _is_of_aliases(group)]
        try:
            self._take_whole([event for group in together for event in group.events], made)
        except Exception as error:
            if not is_the_events_fault(error):
                raise
            made, apart = FactTables(), list(groups)
        for group in apart:
            self._take_apart(group.events, made)
        yield from _batches(made)
        stored = [event for group in groups for event in group.events]
        folded = (digest_of(stored), made.recorded, len(stored))
        yield from batches_of_schema(FOLDED, FOLDED_SCHEMA, FOLDED_SCHEMA.names, [folded])

    def _take_whole(self, stored: Sequence[Notification], made: FactTables) -> None:
        events = [(each.id, self._decode(each)) for each in stored]
        made.add(fold_page(events, _PastOf(stored, self._decode), Rulings(self._find)), is_last=True)

    def _take_apart(self, stored: Sequence[Notification], made: FactTables) -> None:
        """Fold a group of which something may have to be parked."""
        parts = _GroupInParts(stored, self._decode, lambda: Rulings(self._find))
        if _is_of_aliases(StoredGroup(b"", list(stored))):
            parts.most = 1  # so that the position of each change is known
        for page in parts.pages():
            made.add(page.page, is_last=False, position=page.upto)
        made.park(parts.parked)

    def _decode(self, stored: Notification) -> DomainEvent:
        event = self._mapper.to_domain_event(stored)
        assert isinstance(event, DomainEvent)
        return event


def _is_of_aliases(group: StoredGroup) -> bool:
    return any(event.topic in PUBLISHER_TOPICS for event in group.events)


class _UptoPage(NamedTuple):
    page: Page
    upto: int


class _GroupInParts:
    """The events of a group, folded in parts that are as long as can be. Behind each is one that is parked."""

    def __init__(self, stored: Sequence[Notification], decode: Decode, new_rulings: Callable[[], Rulings]) -> None:
        self._stored = stored
        self._decode = decode
        self._new_rulings = new_rulings
        self._past = _PastOf(stored, decode)
        self._aside: dict[str, int] = {}
        self.parked: list[tuple[Notification, str]] = []
        self.most = len(stored)

    def pages(self) -> Iterator[_UptoPage]:
        """Yield the pages of the parts."""
        first = 0
        while first < len(self._stored):
            upto = self._longest(first)
            if upto == first:  # its first event is at fault
                self._park(first)
                upto = first + 1
            else:
                yield self._taken(first, upto)
            first = upto

    def _longest(self, first: int) -> int:
        """Return up to where a part can be folded that begins at some event; its begin if that cannot."""
        upto = min(first + self.most, len(self._stored))
        if self._fault(first, upto) is None:
            return upto
        good = first
        while upto - good > 1:
            middle = (good + upto) // 2
            if self._fault(first, middle) is None:
                good = middle
            else:
                upto = middle
        return good

    def _fault(self, first: int, upto: int) -> Exception | None:
        try:
            self._page(first, upto)
        except Exception as error:
            if not is_the_events_fault(error):
                raise
            return error
        return None

    def _taken(self, first: int, upto: int) -> _UptoPage:
        page = self._page(first, upto)
        by_position = {event.id: event for event in self._stored[first:upto]}
        for position, waits_for in page.waiting:
            event = by_position[position]
            self._aside.setdefault(str(event.originator_id), waits_for)
            self.parked.append((event, f"waits for position {waits_for}, which is parked"))
        return _UptoPage(page, self._stored[upto - 1].id)

    def _park(self, index: int) -> None:
        event, error = self._stored[index], self._fault(index, index + 1)
        assert error is not None
        self._aside.setdefault(str(event.originator_id), event.id)
        self.parked.append((event, describe_fault(error)))

    def _page(self, first: int, upto: int) -> Page:
        events: list[tuple[int, DomainEvent]] = []
        waiting: list[tuple[int, int]] = []
        for stored in self._stored[first:upto]:
            waits_for = self._aside.get(str(stored.originator_id))
            if waits_for is None or stored.topic in RULING_TOPICS:
                events.append((stored.id, self._decode(stored)))
            else:
                waiting.append((stored.id, waits_for))
        page = fold_page(events, self._past, self._rulings_before(first), self._aside)
        page.waiting += waiting
        return page

    def _rulings_before(self, index: int) -> Rulings:
        rulings = self._new_rulings()
        for stored in self._stored[:index]:
            if stored.topic in RULING_TOPICS:
                take_stored_ruling(rulings, self._decode, stored)
        rulings.skip_to(0)
        return rulings


class _PastOf:
    """Articles as they were, made of stored events that are at hand."""

    def __init__(self, stored: Sequence[Notification], decode: Decode) -> None:
        self._stored = stored
        self._decode = decode
        self._by_aggregate: dict[UUID, list[Notification]] | None = None

    def article_at(self, aggregate_id: UUID, version: int) -> Article:
        """Return an article as it was at a version."""
        return self._made(aggregate_id, [e for e in self._of(aggregate_id) if e.originator_version <= version])

    def article_before(self, aggregate_id: UUID, position: int) -> Article:
        """Return an article as it was before a position of the log. Raises `ArticleNotFound`."""
        return self._made(aggregate_id, [event for event in self._of(aggregate_id) if event.id < position])

    def _of(self, aggregate_id: UUID) -> Sequence[Notification]:
        if self._by_aggregate is None:
            found: defaultdict[UUID, list[Notification]] = defaultdict(list)
            for event in self._stored:
                found[UUID(str(event.originator_id))].append(event)
            self._by_aggregate = dict(found)
        return self._by_aggregate.get(aggregate_id, ())

    def _made(self, aggregate_id: UUID, stored: Iterable[Notification]) -> Article:
        article: Article | None = None
        for each in stored:
            event = self._decode(each)
            assert isinstance(event, ArticleEvent)
            article = event.mutate(article)
        if article is None:
            raise ArticleNotFound(f"the article {aggregate_id} was not there")
        return article


def _batches(made: FactTables) -> Iterator[TableBatch]:
    for table, columns, rows in made.tables():
        if table is tables.evidence:
            source, target = columns.index("source"), columns.index("target")
            with_pairs = ((*pair_of(row[source], row[target]), *row) for row in rows)
            yield from batches_of_schema(
                EVIDENCE_OF_PAIRS, EVIDENCE_OF_PAIRS_SCHEMA, ("a", "b", *columns), with_pairs
            )
        else:
            yield from batches_of(table, columns, rows)
    changes = [(position, json_text(change)) for position, change in made.alias_changes]
    yield from batches_of_schema(ALIAS_CHANGES, ALIAS_CHANGES_SCHEMA, ALIAS_CHANGES_SCHEMA.names, changes)
