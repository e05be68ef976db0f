"""Which log tables are of: after a restore by hand they may be of one that is gone."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final
from uuid import UUID

from eventsourcing.persistence import Notification
from sqlalchemy import func, select

from domain.log.mapper import UNREADABLE
from domain.log.reader import LogReader
from projections.log_digests import DIGEST_BITS, add_digests, format_digest
from projections.storage.reading.snapshot import read_snapshot
from projections.storage.store import Store
from projections.storage.tables import articles, parked
from projections.times import to_micros

_PAGE: Final = 10_000  # positions


def digest_of(notifications: Iterable[Notification]) -> str:
    """Return the digest of some stored events: the sum of those of each, so that it adds up in whatever pieces."""
    total, aggregate, named, size = 0, None, "", DIGEST_BITS // 8
    for each in notifications:
        if each.originator_id != aggregate:  # several of one follow each other, nearly always
            aggregate = each.originator_id
            named = str(aggregate)
        place = f"{each.id} {named} {each.originator_version} {each.topic}\n"
        total += int.from_bytes(blake2b(place.encode() + each.state, digest_size=size).digest())
    return format_digest(total)


def digest_up_to(log: LogReader, position: int) -> str:
    """Return the digest of all stored events up to a position, as they stand now."""
    digest, after = "", 0
    while after < position and (page := log.read_stretch(after, min(after + _PAGE, position))):
        digest, after = add_digests(digest, digest_of(page)), page[-1].id
    return digest


class TablesOfAnotherLog(Exception):
    """The tables were folded from another log, or the log has lost its end; `detente rebuild` makes them anew."""


def check_log(log: LogReader, store: Store) -> None:
    """Raise `TablesOfAnotherLog` unless the tables were folded from this log, as far as can be seen cheaply."""
    if (difference := find_difference(log, store)) is not None:
        raise TablesOfAnotherLog(f"the projections are not of this log: {difference}; run `detente rebuild`")


def find_difference(log: LogReader, store: Store) -> str | None:
    """Return what shows that the tables are of another log, None if nothing does. Raises `OutdatedTables`.

    Looked at are the event that was folded last and the newest article. A log that was put back and went on has
    others at their positions, recorded later than all that was folded.
    """
    with store.reading() as connection:
        position, _, recorded, _ = read_snapshot(connection)
        is_parked = connection.execute(select(parked.c.position).where(parked.c.position == position)).first()
        newest = connection.execute(
            select(articles.c.article, articles.c.aggregate).where(
                articles.c.article == select(func.max(articles.c.article)).scalar_subquery()
            )
        ).first()
    if position > (end := log.position()):
        return f"they are folded up to position {position}, and the log ends at {end}"
    if position and not is_parked and not _has_event(log, position, recorded):
        return f"what the log holds at position {position} was not folded"
    if newest and _aggregate_at(log, newest.article) != UUID(newest.aggregate):
        return f"the article of position {newest.article} is not in the log"
    return None


def _has_event(log: LogReader, position: int, recorded: int | None) -> bool:
    """Return whether there is an event at a position, recorded no later than the last one that was folded."""
    found = log.read_stretch(position - 1, position)
    if not found:
        return False
    try:
        event = log.decode(found[0])
    except UNREADABLE:
        return True  # it was readable to whoever folded it
    return recorded is None or to_micros(event.timestamp) <= recorded


def _aggregate_at(log: LogReader, position: int) -> UUID | str | None:
    found = log.read_stretch(position - 1, position)
    return found[0].originator_id if found else None
