"""Rulings read from the log: those that stand at a position, and what one names that cannot be read."""

from collections.abc import Callable
from uuid import UUID

import msgspec
from eventsourcing.persistence import Notification

from domain.events import DomainEvent
from domain.log.mapper import UNREADABLE
from domain.log.reader import LogReader
from domain.rulings import RulingEvent
from projections.evidence.rulings import Rulings


def bring_to(rulings: Rulings, log: LogReader, position: int) -> None:
    """Bring rulings to a position that is no earlier, without having seen what happened to articles meanwhile."""
    if position == rulings.position:
        return
    for notification in log.read_rulings(rulings.position, position):
        take_stored_ruling(rulings, log.decode, notification)
    rulings.skip_to(position)


def aggregate_of(notification: Notification) -> UUID:
    """Return the aggregate of a stored event."""
    aggregate = notification.originator_id
    return aggregate if isinstance(aggregate, UUID) else UUID(aggregate)


def take_stored_ruling(
    rulings: Rulings, decode: Callable[[Notification], DomainEvent], notification: Notification
) -> None:
    """Take in a stored event of a ruling; of one that cannot be read, at least which articles it names."""
    try:
        event = decode(notification)
    except UNREADABLE:  # it is parked with its error when it is folded
        named = set(map(rulings.aggregate_of_article, _named_in(notification.state)))
        rulings.gather(aggregate_of(notification), named)
    else:
        assert isinstance(event, RulingEvent)
        rulings.apply(event)


def _named_in(state: bytes) -> set[str]:
    """Return the ids of the articles that a stored event seems to name, whatever else it says."""
    try:
        named = msgspec.json.decode(state, type=_Naming)
    except msgspec.MsgspecError:
        return set()
    return {report.article for report in named.reports}


class _NamedArticle(msgspec.Struct):
    article: str


class _Naming(msgspec.Struct):
    reports: list[_NamedArticle] = []
