"""What a redaction does to the log: the states of an aggregate's stored events are written anew, and nothing else.

It happens in the transaction that records the redaction. Positions, versions, topics and record times stay.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from domain.log.recorders.record_time import KEY, instant_of


class Rewriting(NamedTuple):
    """Which aggregate's stored events are written anew, and how each is."""

    aggregate: UUID
    rewrite: Callable[[StoredEvent], StoredEvent]

    def changed(self, stored: Iterable[StoredEvent]) -> Iterator[StoredEvent]:
        """Yield those of some stored events that become others, as they become."""
        for event in stored:
            new = self.rewrite(event)
            if new.state != event.state:
                assert (new.originator_id, new.originator_version, new.topic) == (
                    event.originator_id,
                    event.originator_version,
                    event.topic,
                )
                assert new.state.startswith(KEY)
                assert instant_of(new.state) == instant_of(event.state)
                yield new
