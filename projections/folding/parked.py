"""Parked events: those that could not be folded, and those that wait for one of them.

An event that cannot be folded is parked with its error, and with it all that follows in the same aggregate, and in
the articles and rulings that rulings tie to it: so that when the cause is mended, the parked events are folded as
if they came now, and come to exactly what a rebuild gives.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from eventsourcing.persistence import Notification, PersistenceError
from sqlalchemy import Connection, case, delete, func, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.log.application import Detente
from projections.evidence.rulings import Rulings
from projections.folding.fold_page import Page
from projections.folding.read_rulings import aggregate_of, bring_to
from projections.folding.write_page import write_page
from projections.folding.writing.new_articles import without_new
from projections.storage.connection import Tables
from projections.storage.reading.tables_state import read_position
from projections.storage.tables import parked, progress

_log = logging.getLogger(__name__)

PageOf = Callable[[Sequence[Notification], Rulings, Mapping[str, int]], Page]


class NotParked(Exception):
    """There is no parked event at a position."""


class NotInTurn(Exception):
    """What was folded after a parked event depends on it: only a rebuild folds all in the order of the log."""


class ParkedMeanwhile(Exception):
    """The parked events were others when the page was folded than they are when it is written."""


class Retried(NamedTuple):
    """What came of another try: the positions that were folded, and those that stay parked, with the error."""

    folded: tuple[int, ...]
    parked: Mapping[int, str]


def is_the_events_fault(error: Exception) -> bool:
    """Return False for an error of the database: a full disk, no connection to be had, a missing table."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError | DataError)
    return not isinstance(error, PersistenceError | PoolTimeout | OSError | MemoryError | ParkedMeanwhile)


def parked_aggregates(connection: Connection) -> dict[str, int]:
    """Return the aggregates of which events are parked, each with the position of the first."""
    first = select(parked.c.aggregate, func.min(parked.c.position)).group_by(parked.c.aggregate)
    return dict(connection.execute(first).all())


def park(connection: Connection, notification: Notification, error: Exception | str) -> None:
    """Park a stored event with its error."""
    connection.execute(
        insert(parked).values(
            position=notification.id,
            topic=notification.topic,
            aggregate=str(notification.originator_id),
            aggregate_version=notification.originator_version,
            error=describe_fault(error),
        )
    )


def describe_fault(error: Exception | str) -> str:
    """Return what is kept of an error."""
    return error if isinstance(error, str) else f"{type(error).__name__}: {error}"


class ParkedEvents:
    """The parked events of one set of tables, tried again. `page_of` folds events of the log."""

    def __init__(self, log: Detente, tables: Tables, page_of: PageOf) -> None:
        self._log = log
        self._tables = tables
        self._page_of = page_of

    def retry(self, positions: Sequence[int]) -> Retried:
        """Try those of some positions, or all, with all that wait for them. Raises `NotParked`."""
        folded: list[int] = []
        for together in self._aggregates_of(positions):
            while (first := self._first(together)) is not None and self._retry(first, together):
                folded.append(first)
        with self._tables.reading() as connection:
            left = connection.execute(select(parked.c.position, parked.c.error).order_by(parked.c.position))
            return Retried(tuple(folded), dict(left.all()))

    def _aggregates_of(self, positions: Sequence[int]) -> list[frozenset[str]]:
        """Return the aggregates of parked events, the first parked first, those that rulings tie in one set."""
        with self._tables.reading() as connection:
            rows = connection.execute(select(parked.c.position, parked.c.aggregate).order_by(parked.c.position))
            by_position = dict(rows.all())
        for position in positions:
            if position not in by_position:
                raise NotParked(f"no event is parked at position {position}")
        rulings = Rulings(self._log.article_aggregate)
        if by_position:
            bring_to(rulings, self._log, self._tables.position())
        wanted = (by_position[position] for position in sorted(positions) or by_position)
        return list(dict.fromkeys(frozenset(map(str, rulings.tied_to(UUID(one)))) for one in wanted))

    def _first(self, aggregates: Collection[str]) -> int | None:
        with self._tables.reading() as connection:
            rows = connection.execute(select(parked.c.aggregate, parked.c.position))
            return min((position for aggregate, position in rows if aggregate in aggregates), default=None)

    def _retry(self, position: int, aggregates: Collection[str]) -> bool:
        """Fold the first parked event of some aggregates; return whether it is parked no more."""
        (notification,) = self._log.read_log(position - 1, 1)
        this = parked.c.position == position
        try:
            rulings = Rulings(self._log.article_aggregate)
            if len(aggregates) > 1:
                bring_to(rulings, self._log, position - 1)
            page = self._page_of([notification], rulings, {})
            with self._tables.writing() as connection:
                _note_recorded(connection, page.recorded)
                if connection.execute(delete(parked).where(this)).rowcount:  # else another process has done it
                    self._check_turn(connection, position, rulings.tied_to(aggregate_of(notification)))
                    write_page(connection, *without_new(page))
        except Exception as error:
            if not is_the_events_fault(error):
                raise
            _log.warning("position %s stays parked", position, exc_info=error)
            with self._tables.writing() as connection:
                connection.execute(update(parked).where(this).values(error=describe_fault(error)))
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


def _note_recorded(connection: Connection, recorded: int | None) -> None:
    """Take in when an event was recorded that is folded late, and keep others from folding until the commit."""
    latest = func.coalesce(progress.c.recorded, recorded)
    newest = case((latest < recorded, recorded), else_=latest)
    connection.execute(update(progress).values(recorded=newest, revision=progress.c.revision + 1))
