"""Events that were deleted before they were here, and who knows of them."""

from domain.administration.deletions import DeletionIndex, EventDeletion, EventsDeleted, NamedEvent
from tests.language import BY_ANN

ONE, TWO = NamedEvent("acled-SYR1", "SYR1"), NamedEvent("acled-SYR2", "SYR2")


def deleted(*events: NamedEvent) -> EventsDeleted:
    (event,) = EventDeletion.of(events, BY_ANN).collect_events()
    assert isinstance(event, EventsDeleted)
    return event


def test_the_deletion_of_the_same_events_is_the_same_aggregate() -> None:
    assert deleted(TWO, ONE, TWO).events == (ONE, TWO)
    assert deleted(ONE, TWO) == deleted(TWO, ONE)
    assert deleted(ONE).originator_id != deleted(TWO).originator_id


def test_an_index_that_was_handed_out_does_not_know_what_came_later() -> None:
    first = DeletionIndex()
    first.apply(1, deleted(ONE))
    second = first.copy()
    second.apply(2, deleted(ONE, TWO))
    assert [[event in index for event in (ONE, TWO)] for index in (first, second)] == [[True, False], [True, True]]
