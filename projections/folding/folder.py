"""Folding: pages of the log into one set of tables, each with the position in one transaction, exactly once.

A page is written only by the one that moves the position from where the page began. It ends where a command does,
so that between pages the tables stand as the log did at an instant. An event that cannot be folded is parked, with
all that depends on it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from time import perf_counter
from typing import Final

from eventsourcing.persistence import Notification

from domain.events import DomainEvent
from domain.log.application import Detente
from domain.log.command_bounds import halfway
from domain.log.reader import REDACTION_TOPICS, RULING_TOPICS
from projections.evidence.rulings import Rulings
from projections.folding.fold_page import Page, fold_page
from projections.folding.log_identity import digest_of, digest_up_to
from projections.folding.parked import (
    ParkedEvents,
    ParkedMeanwhile,
    Retried,
    is_the_events_fault,
    park,
    parked_aggregates,
)
from projections.folding.read_rulings import bring_to
from projections.folding.states.state_runs import refresh_states
from projections.folding.stretches.fold_stored import fold_stored
from projections.folding.stretches.next_page import read_page
from projections.folding.stretches.pages_ahead import PageAhead, PagesAhead
from projections.folding.write_page import write_page
from projections.folding.writing.new_articles import without_new
from projections.pairs import Pair
from projections.publishers.stale_weights import weigh_anew
from projections.storage.connection import Connection, Tables
from projections.storage.position import Digest, advance

_log = logging.getLogger(__name__)

PAGE_SIZE: Final = 10_000  #: events in a page, at most
PAGES_A_SLICE: Final = 8  #: pages after which some stale pairs are made anew, while more pages wait

Progress = Callable[[int, int], None]
Rest = Callable[[int, float], None]  #: is told how many events a page had, and how many seconds it took


class Folder:
    """Folds one log into one set of tables."""

    def __init__(self, log: Detente, tables: Tables, page_size: int = PAGE_SIZE) -> None:
        self._log = log
        self._tables = tables
        self._page_size = page_size
        self._rulings = Rulings(log.article_aggregate)
        self._refreshed: Pair | None = None
        self._ahead: PagesAhead | None = None

    def take_pages_from(self, ahead: PagesAhead) -> None:
        """Take pages that another process has folded, where there are any."""
        self._ahead = ahead

    def fold(self, progress: Progress | None = None, stop: Event | None = None, rest: Rest | None = None) -> None:
        """Fold all there is, and make stale states anew. Ends early, between pages, once `stop` is set.

        Where no page waits, and after every `PAGES_A_SLICE` in any case, come a few of the stale pairs, however
        many there are: so neither waits for the other. Each page is followed by a `rest`, if there is one to take.
        """
        pages = 0
        folded, refreshed = 1, True
        while self._may_go_on(stop) and (folded or refreshed):
            began = perf_counter()
            folded = self._fold_next_page()
            pages += bool(folded)
            if folded and progress:
                progress(self._tables.position(), self._log.position())
            if not folded or pages == PAGES_A_SLICE or not self._is_behind():
                refreshed, pages = self._refresh(), 0
            if folded and rest:
                rest(folded, perf_counter() - began)

    def fold_pages(self, progress: Progress | None = None, stop: Event | None = None) -> None:
        """Fold all there is, and leave stale states to later."""
        while self._may_go_on(stop) and self._fold_next_page():
            if progress:
                progress(self._tables.position(), self._log.position())

    def refresh(self, stop: Event | None = None) -> None:
        """Make all stale states anew, whatever comes meanwhile."""
        while self._may_go_on(stop) and self._refresh():
            pass

    def fold_up_to(self, position: int) -> None:
        """Fold the pages up to one that includes a position, and leave stale states to later."""
        while self._tables.position() < position and self._fold_next_page():
            continue

    def retry(self, positions: Sequence[int] = ()) -> Retried:
        """Try parked events again: those of some positions, or all, with all that wait for them.

        Raises `NotParked`.
        """
        self._tables.position()  # refuses outdated tables
        retried = ParkedEvents(self._log, self._tables, self._page_of).retry(positions)
        self._rulings = Rulings(self._log.article_aggregate)  # what could not be read before may be read now
        return retried

    def _is_behind(self) -> bool:
        return self._tables.position() < self._log.position()

    def _may_go_on(self, stop: Event | None) -> bool:
        return not (stop and stop.is_set())

    # Pages

    def _fold_next_page(self) -> int:
        """Fold the page behind the position; return of how many events, 0 if there is none."""
        position = self._tables.position()
        try:
            page = self._ahead.take(position) if self._ahead else None
            if page and self._is_written(page):
                return page.events
            notifications = read_page(self._log, position, self._page_size)
            if not notifications:
                return 0
            self._ask_ahead(notifications[-1].id)
            self._write_or_park(position, notifications)
        except ParkedMeanwhile:
            _log.info("events were parked or retried meanwhile: the page after %s is folded again", position)
            return 1
        return len(notifications)

    def _ask_ahead(self, after: int) -> None:
        """Have the page behind a position folded meanwhile, if a full one waits there."""
        if self._ahead and self._log.position() - after >= self._page_size:
            self._ahead.ask(after, self._page_size)

    def _is_written(self, page: PageAhead) -> bool:
        """Write a page that was folded ahead; return False if it has to be folded here."""
        with self._tables.reading() as connection:
            aside = parked_aggregates(connection)
        folded, rulings = page.folded, self._rulings_at(page.after)
        if aside or not folded.is_apart_from(rulings):
            return False
        self._ask_ahead(page.upto)
        try:
            digest = Digest(folded.digest)
            with self._tables.writing() as connection:
                if _advance(connection, page.after, page.upto, folded.page.recorded, digest, aside):
                    write_page(connection, folded.page, folded.new)
        except Exception as error:
            if not is_the_events_fault(error):
                raise
            _log.warning("the page after position %s could not be written: %s; folding it here", page.after, error)
            return False
        rulings.position = page.upto
        return True

    def _write_or_park(self, position: int, notifications: Sequence[Notification]) -> None:
        """Write a page; where it cannot be folded, its halves, down to the event at fault, which is parked."""
        self._rulings_at(position)  # read outside the try: where that fails, no event of the page is at fault
        try:
            self._write(position, notifications)
        except Exception as error:
            if not is_the_events_fault(error):
                raise
            if len(notifications) == 1:
                self._park(position, notifications[0], error)
                return
            _log.warning("the page after position %s could not be folded: %s; halving it", position, error)
        else:
            return
        middle = halfway(notifications)
        self._write_or_park(position, notifications[:middle])
        self._write_or_park(notifications[middle - 1].id, notifications[middle:])

    def _write(self, position: int, notifications: Sequence[Notification]) -> None:
        with self._tables.reading() as connection:
            aside = parked_aggregates(connection)
        rulings = self._rulings_at(position)
        changes = rulings.changes
        try:
            page = self._page_of(notifications, rulings, aside)
            rulings.position = notifications[-1].id
            self._write_page(position, notifications, page, aside)
        except BaseException:
            if rulings.changes != changes:  # they are ahead of the tables
                self._rulings = Rulings(self._log.article_aggregate)
            else:
                rulings.position = position
            raise

    def _write_page(
        self, position: int, notifications: Sequence[Notification], page: Page, aside: Mapping[str, int]
    ) -> None:
        waiting = dict(page.waiting)
        others, new = without_new(page)
        digest, upto = self._digest(notifications), notifications[-1].id
        with self._tables.writing() as connection:
            if not _advance(connection, position, upto, page.recorded, digest, aside):
                return
            write_page(connection, others, new)
            for notification in notifications:
                if first := waiting.get(notification.id):
                    park(connection, notification, f"waits for position {first}, which is parked")

    def _digest(self, notifications: Sequence[Notification]) -> Digest:
        """Return the digest of a page; that of all the log up to its end where what was before is another now."""
        if any(notification.topic in REDACTION_TOPICS for notification in notifications):
            return Digest(digest_up_to(self._log, notifications[-1].id), is_of_all=True)
        return Digest(digest_of(notifications))

    def _page_of(self, notifications: Sequence[Notification], rulings: Rulings, aside: Mapping[str, int]) -> Page:
        if not aside:
            return fold_stored(self._log, notifications, rulings)
        events: list[tuple[int, DomainEvent]] = []
        waiting: list[tuple[int, int]] = []
        for notification in notifications:
            first = aside.get(str(notification.originator_id))
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
            self._rulings = Rulings(self._log.article_aggregate)
        bring_to(self._rulings, self._log, position)
        return self._rulings

    def _park(self, position: int, notification: Notification, error: Exception) -> None:
        _log.error("position %s is parked", notification.id, exc_info=error)
        digest = self._digest([notification])
        with self._tables.writing() as connection:
            if advance(connection, position, notification.id, None, digest):
                park(connection, notification, error)

    def _refresh(self) -> bool:
        """Weigh incidents anew, or make states anew, of a few pairs; return whether there were any."""
        with self._tables.writing() as connection:
            if weigh_anew(connection):
                return True
            self._refreshed = refresh_states(connection, self._refreshed)
        return self._refreshed is not None


def _advance(
    connection: Connection, after: int, upto: int, recorded: int | None, digest: Digest, aside: Mapping[str, int]
) -> bool:
    """Move the position, as `advance`. Raises `ParkedMeanwhile` if what is parked is not as the page has it."""
    if not advance(connection, after, upto, recorded, digest):
        return False
    if parked_aggregates(connection) != aside:
        raise ParkedMeanwhile
    return True
