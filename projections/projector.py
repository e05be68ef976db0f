"""The projector: pulls pages of the log, folds them, and commits rows and position together, exactly once.

The library's own runner needs a subscription, which its SQLite recorder lacks, and takes a transaction per event;
this one is the same code on both databases. Several may run: a page is written only by the one that moves the
position from where the page began.
"""

import logging
from collections.abc import Callable, Sequence
from threading import Event
from uuid import UUID

from eventsourcing.persistence import Notification, PersistenceError
from sqlalchemy import Connection, insert
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.application import Detente
from domain.article import Article
from projections.page import fold_page
from projections.refresh import refresh_states
from projections.store import Store, advance
from projections.tables import parked
from projections.writer import write_page

_log = logging.getLogger(__name__)

PAGE_SIZE = 2000
_NOT_THE_EVENT = (OperationalError, InterfaceError, PersistenceError)  # the database's trouble: nothing to park
_REFRESH = 50  # pairs whose states are made anew in one transaction

Progress = Callable[[int, int], None]


class Projector:
    """Folds one log into one store."""

    def __init__(self, log: Detente, store: Store, page_size: int = PAGE_SIZE) -> None:
        self._log = log
        self._store = store
        self._page_size = page_size

    def catch_up(self, progress: Progress | None = None, stop: Event | None = None) -> int:
        """Fold all there is, then make stale states anew; return the position reached.

        `progress` is told the position and the log's end after each page. Ends early, between pages, once `stop`
        is set.
        """
        while not (stop and stop.is_set()) and self._fold_next_page():
            if progress:
                progress(self._store.position(), self._log.position())
        while not (stop and stop.is_set()) and self._refresh():
            pass
        return self._store.position()

    def run(self, wake: Event, stop: Event, heartbeat: float) -> None:
        """Catch up whenever woken, and every `heartbeat` seconds besides, until stopped."""
        while not stop.is_set():
            wake.clear()
            try:
                self.catch_up(stop=stop)
            except Exception:
                _log.exception("the projector could not go on; it tries again in %s s", heartbeat)
            if not stop.is_set():
                wake.wait(heartbeat)

    def _fold_next_page(self) -> bool:
        position = self._store.position()
        notifications = self._log.read_log(position, self._page_size)
        if not notifications:
            return False
        try:
            self._write(position, notifications)
        except _NOT_THE_EVENT:
            raise
        except Exception:
            _log.exception("the page after position %s could not be folded; one event at a time now", position)
            for notification in notifications:
                position = self._write_or_park(position, notification)
        return True

    def _write(self, position: int, notifications: Sequence[Notification]) -> None:
        events = [(notification.id, self._log.decode(notification)) for notification in notifications]
        page = fold_page(events, self._article_at)
        with self._store.writing() as connection:
            if advance(connection, position, notifications[-1].id, page.recorded):
                write_page(connection, page)

    def _write_or_park(self, position: int, notification: Notification) -> int:
        try:
            self._write(position, [notification])
        except _NOT_THE_EVENT:
            raise
        except Exception as error:
            _log.exception("position %s is parked", notification.id)
            with self._store.writing() as connection:
                if advance(connection, position, notification.id, None):
                    _park(connection, notification, error)
        return notification.id

    def _article_at(self, aggregate_id: UUID, version: int) -> Article:
        article: Article = self._log.repository.get(aggregate_id, version=version)
        return article

    def _refresh(self) -> bool:
        with self._store.writing() as connection:
            return refresh_states(connection, _REFRESH) > 0


def _park(connection: Connection, notification: Notification, error: Exception) -> None:
    connection.execute(
        insert(parked).values(
            position=notification.id,
            topic=notification.topic,
            aggregate=str(notification.originator_id),
            aggregate_version=notification.originator_version,
            error=f"{type(error).__name__}: {error}",
        )
    )
