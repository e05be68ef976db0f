"""States folded from the log's domain events of some topics, taken further whenever the log has grown."""

import logging
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Generic, Protocol, TypeVar

from eventsourcing.persistence import Notification
from msgspec import Struct

from domain.errors import DetenteError
from domain.events import DomainEvent
from domain.log.mapper import UNREADABLE

_log = logging.getLogger(__name__)
_S = TypeVar("_S")


class SkippedEvent(Struct, frozen=True):
    """A stored event that a fold left out, and why."""

    position: int
    topic: str
    error: str


class TopicReader(Protocol):
    """What a fold needs of the log."""

    def position(self) -> int:
        """Return the position of the newest domain event, 0 if there is none."""
        ...

    def read_topics(self, topics: Sequence[str], after: int, upto: int) -> Iterator[Notification]:
        """Yield the stored events of some topics behind a position, up to another, in order."""
        ...

    def decode(self, notification: Notification) -> DomainEvent:
        """Return the domain event of a stored one."""
        ...


class LogFold(Generic[_S]):
    """A state folded from the domain events of some topics. An event that cannot be read is left out."""

    def __init__(self, state: _S, topics: Sequence[str], apply: Callable[[_S, int, DomainEvent], None]) -> None:
        self.skipped: list[SkippedEvent] = []
        self._state = state
        self._topics = topics
        self._apply = apply
        self._position = 0
        self._lock = Lock()

    def follow(self, log: TopicReader) -> _S:
        """Return the state, up to date with the log."""
        with self._lock:
            end = log.position()
            for notification in log.read_topics(self._topics, self._position, end):
                self._take(log, notification)
                self._position = notification.id
            self._position = max(self._position, end)
            return self._state

    def _take(self, log: TopicReader, notification: Notification) -> None:
        try:
            self._apply(self._state, notification.id, log.decode(notification))
        except (*UNREADABLE, DetenteError) as error:
            self.skipped.append(SkippedEvent(notification.id, notification.topic, str(error)))
            _log.exception("position %s cannot be read and is left out", notification.id)
