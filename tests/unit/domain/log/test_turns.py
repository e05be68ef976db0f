"""Writers of one aggregate take turns, and are told when it is no use."""

from threading import Event, Thread

import pytest
from eventsourcing.persistence import RecordConflictError

from domain.errors import ChangedMeanwhile
from domain.log.turns import Turns


def test_an_attempt_is_made_again_until_it_meets_nobody() -> None:
    met = [RecordConflictError(), RecordConflictError()]

    def attempt() -> str:
        if met:
            raise met.pop()
        return "recorded"

    assert Turns().take("a-1", attempt) == "recorded"


def test_an_attempt_that_always_meets_others_is_given_up() -> None:
    made = []

    def attempt() -> None:
        made.append(1)
        raise RecordConflictError

    with pytest.raises(ChangedMeanwhile, match="a-1 is being changed by many"):
        Turns(attempts=3).take("a-1", attempt)
    assert len(made) == 3


def test_who_waits_too_long_for_others_is_told() -> None:
    turns, begun, go_on = Turns(wait=0.01), Event(), Event()

    def long() -> None:
        begun.set()
        go_on.wait()

    other = Thread(target=turns.take, args=("a-1", long))
    other.start()
    begun.wait()
    try:
        with pytest.raises(ChangedMeanwhile):
            turns.take("a-1", lambda: None)
    finally:
        go_on.set()
        other.join()
    assert turns.take("a-1", lambda: "recorded") == "recorded"


def test_an_error_of_an_attempt_lets_the_next_one_in() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError):
        turns.take("a-1", lambda: 1 / 0)
    assert turns.take("a-1", lambda: "recorded") == "recorded"
