"""Where one command ends among stored events and the next begins."""

from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from domain.log.command_bounds import halfway, last_command_begins

ARTICLES = {letter: UUID(int=ord(letter)) for letter in "abc"}


def events(said: str) -> list[StoredEvent]:
    """Return the events of `a1 a1 b2`: of which aggregate, at which second. `a?` says nothing of an instant."""
    state = b'{"timestamp":"2026-01-01T12:00:0%cZ"}'
    return [
        StoredEvent(ARTICLES[each[0]], version, "topic", state % each[1].encode())
        for version, each in enumerate(said.split(), start=1)
    ]


@pytest.mark.parametrize(
    ("said", "begins"),
    [("a1", 0), ("a1 a1 a1", 0), ("a1 b1", 1), ("a1 a2 a2", 1), ("a1 b2 b2 a2", 3), ("a1 a? a?", 1)],
)
def test_a_command_begins_with_another_aggregate_or_another_instant(said: str, begins: int) -> None:
    assert last_command_begins(events(said)) == begins


@pytest.mark.parametrize(
    ("said", "at"),
    [("a1 a1 b1 b1", 2), ("a1 b1 b1 b1 b1 b1", 1), ("a1 a1 a1 a1 c2", 4), ("a1 a1 a1 a1", 2), ("a1 a1", 1)],
)
def test_events_are_parted_between_two_commands_if_there_are_two(said: str, at: int) -> None:
    assert halfway(events(said)) == at
