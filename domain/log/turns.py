"""Many writers of one aggregate take turns within a process, and try again where another process was first."""

from collections.abc import Callable
from random import uniform
from threading import Lock
from time import sleep
from typing import Final, TypeVar

from eventsourcing.persistence import RecordConflictError

from domain.errors import ChangedMeanwhile

_STRIPES: Final = 64  # locks for all aggregates of a process
_WAIT: Final = 10.0  # seconds for the others of this process to be done
_ATTEMPTS: Final = 16  # at recording what other processes change, too
_FIRST_PAUSE: Final = 0.004  # seconds at most, doubled with each attempt
_LONGEST_PAUSE: Final = 0.25
_R = TypeVar("_R")


class Turns:
    """Lets changes of one aggregate happen one after the other."""

    def __init__(self, wait: float = _WAIT, attempts: int = _ATTEMPTS) -> None:
        self._locks = [Lock() for _ in range(_STRIPES)]
        self._wait = wait
        self._attempts = attempts

    def take(self, aggregate: str, attempt: Callable[[], _R]) -> _R:
        """Return what an attempt at a change comes to, once it meets no other change of the same aggregate.

        The attempt raises the library's `RecordConflictError` where it did. Raises `ChangedMeanwhile` where it
        keeps doing so, or the others take too long.
        """
        lock = self._locks[hash(aggregate) % _STRIPES]
        if not lock.acquire(timeout=self._wait):
            raise _given_up(aggregate)
        try:
            return self._try(aggregate, attempt)
        finally:
            lock.release()

    def _try(self, aggregate: str, attempt: Callable[[], _R]) -> _R:
        for number in range(self._attempts):
            try:
                return attempt()
            except RecordConflictError:  # another process was first: look again, at another moment than it does
                sleep(uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number)))  # noqa: S311  # no secret
        raise _given_up(aggregate)


def _given_up(aggregate: str) -> ChangedMeanwhile:
    return ChangedMeanwhile(f"{aggregate} is being changed by many at once, and nothing of this was recorded")
