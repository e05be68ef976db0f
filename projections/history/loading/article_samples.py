"""Some aggregates of the log, folded again, and compared with the rows that were loaded."""

from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from domain.log.application import Detente
from domain.log.recorders.aggregate_versions import events_up_to
from projections.evidence.rulings import Rulings
from projections.folding.read_rulings import aggregate_of, bring_to
from projections.history.fold_articles import EVIDENCE_OF_PAIRS, FoldArticles
from projections.history.loading.opened_build import OpenedBuild
from projections.history.loading.row_comparison import RowComparison
from projections.history.stored_groups import StoredGroup
from projections.storage import tables
from projections.storage.bulk_rows import is_one_of

SAMPLED: Final = 200  #: positions, as far apart as can be, whose aggregates are folded again
_BY_ARTICLE: Final = (
    tables.former_headers,
    tables.redactions,
    tables.reported_events,
    tables.agreement_developments,
    tables.evidence,
)
_ALONE: Final = (tables.actors, tables.agreement_parties)  # of which others have rows, too


def check_articles(connection: Connection, log: Detente, build: OpenedBuild) -> None:
    """Raise `ArchiveRefused` unless some articles, and all that are parked, are as the log has them."""
    upto = build.manifest.position
    rulings = Rulings(log.article_aggregate)
    bring_to(rulings, log, upto)
    elsewhere = {id_: rulings.aggregate_of_article(id_) for id_ in rulings.named_articles()}
    parked = connection.execute(select(tables.parked.c.aggregate).distinct()).scalars()
    sampled = dict.fromkeys([*_at_positions(log, upto), *map(UUID, parked)])
    groups = dict.fromkeys(frozenset(rulings.tied_to(aggregate)) for aggregate in sampled)
    fold = FoldArticles(elsewhere)
    for group in groups:
        _check_group(connection, log, build, fold, group)


def _at_positions(log: Detente, upto: int) -> Iterator[UUID]:
    """Yield the aggregates of the events at some positions, the last one among them."""
    for position in sorted({max(upto * number // SAMPLED, 1) for number in range(1, SAMPLED + 1)} if upto else ()):
        for event in log.read_stretch(position - 1, position):
            yield aggregate_of(event)


def _check_group(
    connection: Connection, log: Detente, build: OpenedBuild, fold: FoldArticles, group: Iterable[UUID]
) -> None:
    members = sorted(group)
    events = events_up_to(log.recorder, members, build.manifest.position)
    comparison = RowComparison(connection, build.address)
    named = {table.name: table for table in (tables.articles, tables.parked, *_BY_ARTICLE, *_ALONE)}
    named[EVIDENCE_OF_PAIRS] = tables.evidence
    for name, batch in fold.fold_groups([StoredGroup(members[0].bytes, events)]):
        if (table := named.get(name)) is not None:
            columns = table.columns.keys()
            rows = zip(*(batch.column(column).to_pylist() for column in columns), strict=True)
            comparison.compare(table, columns, rows)
    aggregates = is_one_of(connection, [tables.articles.c.aggregate], [(member.hex,) for member in members])
    comparison.count(tables.articles, aggregates)
    parked = is_one_of(connection, [tables.parked.c.aggregate], [(str(member),) for member in members])
    comparison.count(tables.parked, parked)
    keys = [(key,) for key in connection.execute(select(tables.articles.c.article).where(aggregates)).scalars()]
    for table in _BY_ARTICLE:
        comparison.count(table, is_one_of(connection, [table.c.article], keys))
