"""What was declared of publishers, which is little, folded again and compared with the rows that were loaded."""

from uuid import UUID

from sqlalchemy import Connection, true

from domain.log.application import Detente
from domain.log.reader import PUBLISHER_TOPICS
from domain.log.recorders.aggregate_versions import events_up_to
from projections.folding.read_rulings import aggregate_of
from projections.history.alias_rows import AliasRows
from projections.history.fold_articles import ALIAS_CHANGES, FoldArticles
from projections.history.loading.opened_build import OpenedBuild
from projections.history.loading.row_comparison import RowComparison
from projections.history.stored_groups import StoredGroup
from projections.publishers.alias_periods import AliasPeriod
from projections.storage import tables


def check_publishers(connection: Connection, log: Detente, build: OpenedBuild) -> None:
    """Raise `ArchiveRefused` unless publishers count as whom the log declares, and are written as there."""
    upto = build.manifest.position
    found = AliasRows.of(
        change
        for aggregate in sorted({aggregate_of(event) for event in log.read_topics(PUBLISHER_TOPICS, 0, upto)})
        for change in _changes_of(log, aggregate, upto)
    )
    comparison = RowComparison(connection, build.address)
    comparison.compare(tables.publisher_aliases, AliasPeriod._fields, found.periods)
    comparison.count(tables.publisher_aliases, true())
    comparison.compare(tables.publisher_names, ("publisher", "name"), found.names.items())
    comparison.count(tables.publisher_names, true())


def _changes_of(log: Detente, aggregate: UUID, upto: int) -> list[tuple[int, str]]:
    events = events_up_to(log.recorder, [aggregate], upto)
    return [
        (position, change)
        for name, batch in FoldArticles({}).fold_groups([StoredGroup(aggregate.bytes, events)])
        if name == ALIAS_CHANGES
        for position, change in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
