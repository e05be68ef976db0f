"""Record time: each command is recorded at an instant of its own, later than all that was recorded before.

The instant is given where the write is serialised: by whoever holds the log against all other writers. It is what
the clock said when the command was made. Where the log holds something as late already, since others were quicker
or the clock has gone back, it is a microsecond after the newest.

So a moment of record time is a place in the log: whatever is recorded once it was named is later than it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Annotated, Final, NamedTuple

import msgspec
from eventsourcing.persistence import StoredEvent

_log = logging.getLogger(__name__)

#: How the state of each stored event begins; its instant follows, in UTC: `2026-01-01T12:00:00.123456Z`.
KEY: Final = b'{"timestamp":"'
PAGE: Final = 1000  #: stored events that are decoded at once
STRETCH: Final = 100_000  #: positions that are looked at in one statement
_TICK: Final = timedelta(microseconds=1)
_AHEAD: Final = timedelta(minutes=1)  # of the clock: more than writers that wait for each other come to


class Newest(NamedTuple):
    """The latest instant among the domain events up to a position."""

    position: int
    instant: datetime


NOTHING: Final = Newest(0, datetime.min.replace(tzinfo=UTC))


class LatestTexts(NamedTuple):
    """What a database finds of stored events without decoding them; its functions count from 1.

    The last position, None where there are no events; the greatest texts of instants with and without
    microseconds, None where there are none; and how many states do not begin with an instant in UTC.
    """

    position: int | None
    fine: bytes | None
    whole: bytes | None
    others: int

    def instants(self) -> list[datetime]:
        """Return the latest instant of each form. Raises `ValueError` where a state may have a later one."""
        if self.others:
            raise ValueError("some states do not begin with an instant in UTC")
        return [datetime.fromisoformat(text.decode()) for text in (self.fine, self.whole) if text is not None]


START: Final = len(KEY) + 1  #: where an instant begins in a state
FINE: Final = len("2026-01-01T12:00:00.123456Z")  #: how long one with microseconds is
WHOLE: Final = len("2026-01-01T12:00:00Z")  #: how long one without is
FORM: Final = START + WHOLE - 1  #: where a dot or a Z tells which it is

#: Returns some positions, in order, and states behind a position; none behind the last that is looked at.
ReadStates = Callable[[int], Sequence[tuple[int, bytes]]]
#: Returns the newest of all that is behind a position, None if nothing is.
FindNewest = Callable[[int], Newest | None]
#: Returns the newest of what is behind a position, up to another; None if nothing is.
FindNewestUpTo = Callable[[int, int], Newest | None]


class RecordTime:
    """The newest instant of one log, as far as this process has seen it. Many threads may use it.

    In a log in which the clock went back under version 0.2, the newest instant is not that of the last domain
    event. So the whole log is looked at once, and from then on what was added, by whichever process.
    """

    def __init__(self) -> None:
        self._seen = NOTHING  # replaced as a whole: whichever thread was last, what is here is true
        self._looking_back = Lock()
        self._has_looked_back = False
        self._is_said = False

    def look_back(
        self, last: Callable[[], int], find_newest: FindNewestUpTo, goes_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Look once at all that is in the log, up to what is its `last` position then, stretch by stretch.

        Whoever comes meanwhile waits for the end of it. Ends early if it no more `goes_on`.
        """
        if self._has_looked_back:
            return
        with self._looking_back:
            upto = 0 if self._has_looked_back else last()
            while self._seen.position < upto:
                if not goes_on():
                    return
                end = min(self._seen.position + STRETCH, upto)
                found = find_newest(self._seen.position, end)
                self._seen = Newest(end, max(self._seen.instant, found.instant if found else NOTHING.instant))
            self._has_looked_back = True

    def look(self, find_newest: FindNewest) -> datetime:
        """Return the newest instant, that of what was added meanwhile included."""
        seen = self._seen
        if (found := find_newest(seen.position)) is not None:
            seen = self._seen = Newest(found.position, max(seen.instant, found.instant))
        return seen.instant

    def stamp(self, pending: Sequence[StoredEvent], find_newest: FindNewest) -> tuple[list[StoredEvent], datetime]:
        """Return events as they are recorded by who holds the log against other writers, and the last instant.

        Says so, once, where the log is far ahead of the clock.
        """
        newest = self.look(find_newest)
        events, last = stamped(pending, newest)
        if events[-1] is not pending[-1] and not self._is_said:
            ahead = last - (instant_of(pending[-1].state) or last)
            if ahead > _AHEAD:
                self._is_said = True
                _log.warning("the log is ahead of the clock by %s: what is recorded comes right behind it", ahead)
        return events, last

    def note(self, written: Newest) -> None:
        """Take in what this process has recorded last, once it is committed."""
        self._seen = written


def stamped(pending: Sequence[StoredEvent], newest: datetime) -> tuple[list[StoredEvent], datetime]:
    """Return events as they are recorded after `newest`, each command's at one instant, and the last of these.

    Events of one aggregate that follow each other are one command's. A state that does not begin with its instant
    is not of our mapper, and stays as it is.
    """
    made: list[StoredEvent] = []
    aggregate, begins = None, b""
    for event in pending:
        if event.state.startswith(KEY):
            if event.originator_id is not aggregate and event.originator_id != aggregate:
                aggregate = event.originator_id
                newest = max(_given(event.state), newest + _TICK)
                begins = KEY + msgspec.json.encode(newest)[1:]
            if not event.state.startswith(begins):
                event = _beginning(begins, event)
        else:
            newest = max(newest, instant_of(event.state) or newest)
        made.append(event)
    return made, newest


def newest_of(found: LatestTexts, after: int, read_states: ReadStates) -> Newest | None:
    """Return the newest of the domain events behind a position, given what was found of them; None if nothing."""
    if found.position is None:
        return None
    try:
        instants = found.instants()
    except ValueError:  # an event that cannot be read, or was not stored by us: each is looked at by itself
        instants = list(_instants_of(after, read_states))
    return Newest(found.position, max(instants, default=NOTHING.instant))


def instant_of(state: bytes) -> datetime | None:
    """Return when a stored event was recorded, None if its state does not say."""
    try:
        return msgspec.json.decode(state, type=_Stamped).timestamp
    except (msgspec.MsgspecError, RecursionError):
        return None


class _Stamped(msgspec.Struct):
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]


def _instants_of(after: int, read_states: ReadStates) -> Iterator[datetime]:
    while page := read_states(after):
        yield from (instant for _, state in page if (instant := instant_of(state)) is not None)
        after = page[-1][0]


def _given(state: bytes) -> datetime:
    """Return the instant with which a state begins, in UTC."""
    return datetime.fromisoformat(state[len(KEY) : state.index(b'"', len(KEY))].decode()).astimezone(UTC)


def _beginning(begins: bytes, event: StoredEvent) -> StoredEvent:
    """Return an event whose state begins with another instant."""
    state = begins + event.state[event.state.index(b'"', len(KEY)) + 1 :]
    return StoredEvent(event.originator_id, event.originator_version, event.topic, state)
