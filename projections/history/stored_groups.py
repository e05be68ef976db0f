"""Stored events in columns, and which of them have to be folded together: those of one aggregate, or more.

Articles that a ruling named together are a group with these rulings, whose events are folded as one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

from arro3.core import DataType, Field, RecordBatch, Schema
from eventsourcing.persistence import Notification

from domain.log.recorders.notifications import notifications_of
from projections.evidence.rulings import Rulings

#: How stored events come: of one group after the other, each in the order of the log.
COLUMNS: Final = ("position", "originator_id", "originator_version", "topic", "state")
GROUP: Final = "grouped_by"  #: the column that names the group: the id of an aggregate in it
GROUPED_SCHEMA: Final = Schema(
    [
        Field("aggregate", DataType.binary(), nullable=False),
        Field(GROUP, DataType.binary(), nullable=False),
    ]
)


class StoredGroup(NamedTuple):
    """The stored events of a group, in the order of the log."""

    key: bytes
    events: list[Notification]


def groups_in(batches: Iterable[RecordBatch]) -> Iterator[StoredGroup]:
    """Yield the groups that sorted batches hold; one may begin in a batch and end in a later one."""
    for key, found in groupby(_grouped_events(batches), key=lambda each: each[0]):
        yield StoredGroup(key, [event for _, event in found])


def groups_by_aggregate(rulings: Rulings) -> dict[bytes, bytes]:
    """Return by what those aggregates are grouped that are in a group with others."""
    return {member.bytes: min(group.members()).bytes for member, group in rulings.groups.items()}


def _grouped_events(batches: Iterable[RecordBatch]) -> Iterator[tuple[bytes, Notification]]:
    for batch in batches:
        keys = batch.column(GROUP).to_pylist()
        columns = [batch.column(name).to_pylist() for name in COLUMNS]
        yield from zip(keys, notifications_of(zip(*columns, strict=True), _uuid_of), strict=True)


def _uuid_of(value: Any) -> UUID:
    return UUID(bytes=bytes(value))


#: Finds where articles are that rulings name, as most are where their ids say.
FindAggregate = Callable[[str], UUID]


def finding(elsewhere: Mapping[str, UUID], usual: FindAggregate) -> FindAggregate:
    """Return what finds articles: those recorded elsewhere by their ids, and others where they usually are."""
    return lambda article_id: elsewhere.get(article_id) or usual(article_id)
