"""States folded from the log's domain events of some topics, taken further whenever the log has grown.

A state that was handed out never changes: many threads read it while the log grows. What happened since is applied
to a copy, which takes its place.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

from eventsourcing.persistence import Notification, RecordConflictError, StoredEvent
from msgspec import Struct

from domain.errors import DetenteError
from domain.events import DomainEvent
from domain.log.mapper import UNREADABLE

_log = logging.getLogger(__name__)


class Folded(Protocol):
    """What a state that is folded has to be able to do."""

    def copy(self) -> Self:
        """Return a copy that can be changed without changing this."""
        ...


_S = TypeVar("_S", bound=Folded)


class SkippedEvent(Struct, frozen=True):
    """A stored event that a fold left out, and why."""

    position: int
    topic: str
    error: str


class SeenUpTo(NamedTuple):
    """What a command went by: all domain events of some topics up to a position of the log."""

    position: int
    topics: tuple[str, ...]


class LogHasGrown(RecordConflictError):
    """There is more than a command went by; nothing was recorded."""


class TopicReader(Protocol):
    """What a fold needs of the log."""

    def position(self) -> int:
        """Return the position of the newest domain event, 0 if there is none."""
        ...

    def read_topics(self, topics: Sequence[str], after: int, upto: int) -> Iterator[Notification]:
        """Yield the stored events of some topics behind a position, up to another, in order."""
        ...

    def decode(self, stored: StoredEvent) -> DomainEvent:
        """Return the domain event of a stored one."""
        ...


class LogFold(Generic[_S]):
    """A state folded from the domain events of some topics. An event that cannot be read is left out."""

    def __init__(self, state: _S, topics: tuple[str, ...], apply: Callable[[_S, int, DomainEvent], None]) -> None:
        self.skipped: tuple[SkippedEvent, ...] = ()
        self._state = state
        self._topics = topics
        self._apply = apply
        self._position = 0
        self._lock = Lock()

    @property
    def at_hand(self) -> _S:
        """The state as it was last looked at, which the log may have outgrown since."""
        return self._state

    def follow(self, log: TopicReader) -> _S:
        """Return the state, up to date with the log. It stays as it is when the log grows."""
        return self.look(log)[0]

    def reaching(self, log: TopicReader, position: int) -> _S:
        """Return the state as it was last looked at; as `follow` if the log was not seen up to a position."""
        state = self.if_seen(position)
        return self.follow(log) if state is None else state

    def if_seen(self, position: int) -> _S | None:
        """Return the state as it was last looked at, None if that was before a position. Never waits."""
        seen = self._position  # before the state, which is set first
        return self._state if seen >= position else None

    def look(self, log: TopicReader) -> tuple[_S, SeenUpTo]:
        """Return the state as `follow` does, and how far the log was seen for it."""
        with self._lock:
            end = log.position()
            if end > self._position:
                self._go_on(log, end)
            return self._state, SeenUpTo(self._position, self._topics)

    def _go_on(self, log: TopicReader, end: int) -> None:
        state, skipped = None, list(self.skipped)
        for notification in log.read_topics(self._topics, self._position, end):
            state = state or self._state.copy()
            try:
                self._apply(state, notification.id, log.decode(notification))
            except (*UNREADABLE, DetenteError) as error:
                skipped.append(SkippedEvent(notification.id, notification.topic, str(error)))
                _log.exception("position %s cannot be read and is left out", notification.id)
        self._state, self.skipped, self._position = state or self._state, tuple(skipped), end
