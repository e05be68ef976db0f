"""Folding: pages of the log into one set of tables, each with the position in one transaction, exactly once.

A page is written only by the one that moves the position from where the page began. An event that cannot be folded
is parked with its error, and with it all that follows in the same aggregate, and in the articles and rulings that
rulings tie to it: so that when the cause is mended, the parked events are folded as if they came now, and come to
exactly what a rebuild gives.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Event
from typing import NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import Notification, PersistenceError
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.events import DomainEvent
from domain.log.application import Detente
from domain.log.reader import RULING_TOPICS
from projections.evidence.rulings import Rulings, aggregate_of
from projections.folding.fold_page import Page, fold_page
from projections.folding.state_runs import refresh_states
from projections.folding.write_page import write_page
from projections.storage.store import advance, note_recorded, read_position
from projections.storage.tables import parked

_log = logging.getLogger(__name__)

PAGE_SIZE = 10_000
_REFRESH = 50  # pairs whose states are made anew in one transaction

Progress = Callable[[int, int], None]


class Tables(Protocol):
    """What a log is folded into: a store, which is the live generation, or a generation that is being built."""

    def position(self) -> int:
        """Return the position up to which the log is folded."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a transaction that sees one state of the tables."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Return a transaction that is committed as a whole."""


class NotParked(Exception):
    """There is no parked event at a position."""


class Retried(NamedTuple):
    """What came of another try: the positions that were folded, and those that stay parked, with the error."""

    folded: tuple[int, ...]
    parked: Mapping[int, str]


class _ParkedMeanwhile(Exception):
    """The parked events were others when the page was folded than they are when it is written."""


class NotInTurn(Exception):
    """A parked event bears on what was folded after it: only a rebuild folds all in the order of the log."""


class Folder:
    """Folds one log into one set of tables."""

    def __init__(self, log: Detente, tables: Tables, page_size: int = PAGE_SIZE) -> None:
        self._log = log
        self._tables = tables
        self._page_size = page_size
        self._rulings = Rulings()

    def fold(self, progress: Progress | None = None, stop: Event | None = None) -> None:
        """Fold all there is, then make stale states anew. Ends early, between pages, once `stop` is set."""
        self.fold_pages(progress, stop)
        while self._may_go_on(stop) and self._refresh():
            pass

    def fold_pages(self, progress: Progress | None = None, stop: Event | None = None) -> None:
        """Fold all there is, and leave stale states to later."""
        while self._may_go_on(stop) and self._fold_next_page():
            if progress:
                progress(self._tables.position(), self._log.position())

    def fold_up_to(self, position: int) -> None:
        """Fold the pages up to one that includes a position, and leave stale states to later."""
        while self._tables.position() < position and self._fold_next_page():
            continue

    def retry(self, positions: Sequence[int] = ()) -> Retried:
        """Try parked events again: those of some positions, or all, with all that wait for them.

        Raises `NotParked`.
        """
        self._tables.position()  # refuses outdated tables
        folded: list[int] = []
        for together in self._aggregates_of(positions):
            while (first := self._first_parked(together)) is not None and self._retry(first, together):
                folded.append(first)
        self._rulings = Rulings()  # what could not be read before may be read now
        with self._tables.reading() as connection:
            left = connection.execute(select(parked.c.position, parked.c.error).order_by(parked.c.position))
            return Retried(tuple(folded), dict(left.all()))

    def _may_go_on(self, stop: Event | None) -> bool:
        return not (stop and stop.is_set())

    # Pages

    def _fold_next_page(self) -> bool:
        position = self._tables.position()
        notifications = self._log.read_log(position, self._page_size)
        if not notifications:
            return False
        try:
            self._write_or_park(position, notifications)
        except _ParkedMeanwhile:
            _log.info("events were parked or retried meanwhile: the page after %s is folded again", position)
        return True

    def _write_or_park(self, position: int, notifications: Sequence[Notification]) -> None:
        """Write a page; where it cannot be folded, its halves, down to the event at fault, which is parked."""
        try:
            self._write(position, notifications)
        except Exception as error:
            if not _is_the_events_fault(error):
                raise
            if len(notifications) == 1:
                self._park(position, notifications[0], error)
                return
            _log.warning("the page after position %s could not be folded: %s; halving it", position, error)
        else:
            return
        middle = len(notifications) // 2
        self._write_or_park(position, notifications[:middle])
        self._write_or_park(notifications[middle - 1].id, notifications[middle:])

    def _write(self, position: int, notifications: Sequence[Notification]) -> None:
        with self._tables.reading() as connection:
            aside = _set_aside(connection)
        rulings = self._rulings_at(position)
        changes = rulings.changes
        try:
            page = self._page_of(notifications, rulings, aside)
            rulings.position = notifications[-1].id
            self._write_page(position, notifications, page, aside)
        except BaseException:
            if rulings.changes != changes:  # they are ahead of the tables
                self._rulings = Rulings()
            else:
                rulings.position = position
            raise

    def _write_page(
        self, position: int, notifications: Sequence[Notification], page: Page, aside: Mapping[str, int]
    ) -> None:
        waiting = dict(page.waiting)
        with self._tables.writing() as connection:
            if not advance(connection, position, notifications[-1].id, page.recorded):
                return
            if _set_aside(connection) != aside:
                raise _ParkedMeanwhile
            write_page(connection, page)
            for notification in notifications:
                if first := waiting.get(notification.id):
                    _insert_parked(connection, notification, f"waits for position {first}, which is parked")

    def _page_of(self, notifications: Sequence[Notification], rulings: Rulings, aside: Mapping[str, int]) -> Page:
        events: list[tuple[int, DomainEvent]] = []
        waiting: list[tuple[int, int]] = []
        for notification in notifications:
            first = aside.get(str(notification.originator_id)) if aside else None
            if first is None or notification.topic in RULING_TOPICS:
                events.append((notification.id, self._log.decode(notification)))
            else:
                waiting.append((notification.id, first))
        page = fold_page(events, self._log, rulings, aside)
        page.waiting += waiting
        return page

    def _rulings_at(self, position: int) -> Rulings:
        """Return the rulings up to a position."""
        if self._rulings.position > position:
            self._rulings = Rulings()
        self._rulings.follow(self._log, position)
        return self._rulings

    def _park(self, position: int, notification: Notification, error: Exception) -> None:
        _log.error("position %s is parked", notification.id, exc_info=error)
        with self._tables.writing() as connection:
            if advance(connection, position, notification.id, None):
                _insert_parked(connection, notification, _describe(error))

    def _refresh(self) -> bool:
        with self._tables.writing() as connection:
            return refresh_states(connection, _REFRESH) > 0

    # Parked events

    def _aggregates_of(self, positions: Sequence[int]) -> list[frozenset[str]]:
        """Return the aggregates of parked events, the first parked first, those that rulings tie in one set."""
        with self._tables.reading() as connection:
            rows = connection.execute(select(parked.c.position, parked.c.aggregate).order_by(parked.c.position))
            by_position = dict(rows.all())
        for position in positions:
            if position not in by_position:
                raise NotParked(f"no event is parked at position {position}")
        rulings = Rulings()
        if by_position:
            rulings.follow(self._log, self._tables.position())
        wanted = (by_position[position] for position in sorted(positions) or by_position)
        return list(dict.fromkeys(frozenset(map(str, rulings.tied_to(UUID(one)))) for one in wanted))

    def _first_parked(self, aggregates: Collection[str]) -> int | None:
        with self._tables.reading() as connection:
            rows = connection.execute(select(parked.c.aggregate, parked.c.position))
            return min((position for aggregate, position in rows if aggregate in aggregates), default=None)

    def _retry(self, position: int, aggregates: Collection[str]) -> bool:
        """Fold the first parked event of some aggregates; return whether it is parked no more."""
        (notification,) = self._log.read_log(position - 1, 1)
        this = parked.c.position == position
        try:
            rulings = Rulings()
            if len(aggregates) > 1:
                rulings.follow(self._log, position - 1)
            page = self._page_of([notification], rulings, {})
            with self._tables.writing() as connection:
                note_recorded(connection, page.recorded)
                if connection.execute(delete(parked).where(this)).rowcount:  # else another process has done it
                    self._check_turn(connection, position, rulings.tied_to(aggregate_of(notification)))
                    write_page(connection, page)
        except Exception as error:
            if not _is_the_events_fault(error):
                raise
            _log.warning("position %s stays parked", position, exc_info=error)
            with self._tables.writing() as connection:
                connection.execute(update(parked).where(this).values(error=_describe(error)))
            return False
        return True

    def _check_turn(self, connection: Connection, position: int, tied: Collection[UUID]) -> None:
        """Raise `NotInTurn` if an event was folded that has to come after a position, as rulings tie them."""
        if len(tied) == 1:
            return
        end = read_position(connection)
        rows = connection.execute(select(parked.c.aggregate).where(parked.c.position > position))
        waiting = Counter(rows.scalars())
        for aggregate in tied:
            later = self._log.version_at(aggregate, end) - self._log.version_at(aggregate, position)
            if later != waiting[str(aggregate)]:
                raise NotInTurn("what was folded after this depends on it: run `detente rebuild`")


def _is_the_events_fault(error: Exception) -> bool:
    """Return False for the database's trouble: a full disk, no connection to be had, a missing table."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError | DataError)
    return not isinstance(error, PersistenceError | PoolTimeout | OSError | MemoryError | _ParkedMeanwhile)


def _set_aside(connection: Connection) -> dict[str, int]:
    """Return the aggregates of which events are parked, each with the position of the first."""
    first = select(parked.c.aggregate, func.min(parked.c.position)).group_by(parked.c.aggregate)
    return dict(connection.execute(first).all())


def _insert_parked(connection: Connection, notification: Notification, error: str) -> None:
    connection.execute(
        insert(parked).values(
            position=notification.id,
            topic=notification.topic,
            aggregate=str(notification.originator_id),
            aggregate_version=notification.originator_version,
            error=error,
        )
    )


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
