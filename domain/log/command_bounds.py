"""Where commands begin among stored events.

The events of a command are of one aggregate, follow each other, and were recorded at one instant.
"""

from collections.abc import Sequence

from eventsourcing.persistence import StoredEvent

from domain.log.recorders.record_time import instant_of


def last_command_begins(events: Sequence[StoredEvent]) -> int:
    """Return where, among one or more events in order, the command of the last one begins."""
    index = len(events) - 1
    while index > 0 and _are_of_one_command(events[index - 1], events[index]):
        index -= 1
    return index


def halfway(events: Sequence[StoredEvent]) -> int:
    """Return where to part two or more events in order: between two commands, if there are two."""
    middle = len(events) // 2
    begins = (i for i in range(1, len(events)) if not _are_of_one_command(events[i - 1], events[i]))
    return min(begins, key=lambda index: abs(index - middle), default=middle)


def _are_of_one_command(one: StoredEvent, other: StoredEvent) -> bool:
    return one.originator_id == other.originator_id and instant_of(one.state) == instant_of(other.state)
