"""Stored events made of rows: as the library's own, in a quarter of the time. A rebuild reads millions of them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import Notification

END: Final = 2**62  #: behind every position


def notifications_of(rows: Iterable[Iterable[Any]], aggregate_of: Callable[[Any], UUID]) -> Iterator[Notification]:
    """Yield the stored events that rows of position, aggregate, version, topic and state hold.

    Where several of one aggregate follow each other, its id is made once.
    """
    stored, aggregate = None, UUID(int=0)
    for position, named, version, topic, state in rows:
        if named != stored:
            stored, aggregate = named, aggregate_of(named)
        made = object.__new__(Notification)
        # Past its `__init__`, which sets each field of a frozen class by a call of its own.
        made.__dict__.update(
            originator_id=aggregate, originator_version=version, topic=topic, state=state, id=position
        )
        yield made
