"""The log on SQLite: the library's recorder, which holds the log against other writers before it looks at it."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from eventsourcing.persistence import DataError, Notification, OperationalError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
    SQLiteTransaction,
)
from eventsourcing.utils import Environment, EnvType

from domain.log.log_fold import LogHasGrown, SeenUpTo
from domain.log.recorders.notifications import END, notifications_of
from domain.log.recorders.record_time import (
    FINE,
    FORM,
    KEY,
    PAGE,
    START,
    WHOLE,
    LatestTexts,
    Newest,
    RecordTime,
    newest_of,
)
from domain.log.recorders.rewriting import Rewriting
from domain.log.sqlite_files import SECURE_DELETE

_log = logging.getLogger(__name__)

_CHECKPOINT_PATIENCE: Final = 5  # seconds for readers of an older state to be done

_Stored = TypeVar("_Stored", bound=StoredEvent)


class ImmediateTransaction(SQLiteTransaction):
    """A transaction that holds the log against all other writers from its beginning, to look before it writes.

    One of the library's begins without a lock, and where it has read first, it may be refused when it writes.
    """

    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self.__exit__(type(error), error, error.__traceback__)  # raises the library's error for it
        return cursor


class StampingSQLiteRecorder(SQLiteApplicationRecorder):
    """The library's recorder. It gives events the instants at which they are recorded."""

    def __init__(self, datastore: SQLiteDatastore, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name)
        self._record_time = RecordTime()
        table = self.events_table_name
        form = f"substr(state, {FORM}, 1)"
        self._latest_texts = (
            f"SELECT max(rowid), max(substr(state, {START}, {FINE})) FILTER (WHERE {form} = X'2E'),"  # noqa: S608
            f" max(substr(state, {START}, {WHOLE})) FILTER (WHERE {form} = X'5A'),"
            f" count(*) FILTER (WHERE substr(state, 1, {len(KEY)}) <> ? OR {form} NOT IN (X'2E', X'5A'))"
            f" FROM {table} WHERE rowid > ? AND rowid <= ?"
        )
        self._stretch = (
            f"SELECT rowid, originator_id, originator_version, topic, state FROM {table}"  # noqa: S608
            " WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?"
        )
        self._states = (
            f"SELECT rowid, state FROM {table}"  # noqa: S608
            f" WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT {PAGE}"
        )

    def look_back(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Find out how late the newest event was recorded, which the first write has to know: once, in a while.

        It takes a second for a million events, in stretches, as long as it `goes_on`; nothing is locked meanwhile.
        """

        def newest(after: int, upto: int) -> Newest | None:
            with self.datastore.transaction(commit=False) as cursor:
                return self._find_newest(cursor, after, upto)

        self._record_time.look_back(lambda: self.max_notification_id() or 0, newest, goes_on)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Insert events in one transaction, at instants later than all in the log; return their positions."""
        if not stored_events:
            return None
        self.look_back()
        with (
            self.datastore.get_connection(commit=True) as connection,
            ImmediateTransaction(connection, commit=True) as cursor,
            cursor,
        ):
            events, newest = self._record_time.stamp(stored_events, partial(self._find_newest, cursor))
            positions = self._insert_events(cursor, events, **kwargs)
        if positions:
            self._record_time.note(Newest(positions[-1], newest))
        return positions

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        seen: SeenUpTo | None = None,
        rewriting: Rewriting | None = None,
        **kwargs: Any,
    ) -> Sequence[int] | None:
        """Insert events. Raises `LogHasGrown` if there is more than was `seen` by who decided on them.

        With a `rewriting`, what was stored before of its aggregate is written anew.
        """
        if rewriting is not None:
            self._rewrite(c, rewriting)
        positions = super()._insert_events(c, stored_events, **kwargs)
        if seen is not None and positions:
            topics = ", ".join("?" * len(seen.topics))
            between = f"rowid > ? AND rowid < ? AND topic IN ({topics})"
            more = f"SELECT 1 FROM {self.events_table_name} WHERE {between} LIMIT 1"  # noqa: S608  # names of ours
            c.execute(more, [seen.position, positions[0], *seen.topics])
            if c.fetchone() is not None:
                raise LogHasGrown
        return positions

    def select_events(self, *args: Any, **kwargs: Any) -> Sequence[StoredEvent]:
        """Return an aggregate's events. Raises `DataError` for a row that is no event."""
        with _told_damage():
            return _checked(super().select_events(*args, **kwargs))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return a stretch of the log. Raises `DataError` for a row that is no event."""
        with _told_damage():
            if topics or start is None or inclusive_of_start:
                found = super().select_notifications(
                    start, limit, stop, topics, inclusive_of_start=inclusive_of_start
                )
                return _checked(found)
            with self.datastore.transaction(commit=False) as cursor:
                cursor.execute(self._stretch, (start, END if stop is None else stop, limit))
                return _checked(list(notifications_of(cursor.fetchall(), UUID)))

    def _rewrite(self, cursor: SQLiteCursor, rewriting: Rewriting) -> None:
        cursor.execute(f"{self.select_events_statement} ORDER BY originator_version", [rewriting.aggregate.hex])
        stored = [
            StoredEvent(UUID(row["originator_id"]), row["originator_version"], row["topic"], row["state"])
            for row in cursor.fetchall()
        ]
        this = "originator_id = ? AND originator_version = ?"
        update = f"UPDATE {self.events_table_name} SET state = ? WHERE {this}"  # noqa: S608  # names of ours
        for event in rewriting.changed(stored):
            cursor.execute(update, [event.state, rewriting.aggregate.hex, event.originator_version])

    def erase_leftovers(self) -> bool:
        """Have nothing left of what was rewritten: empty the write-ahead log; return False if readers hold it.

        What is written over in the file is written over with zeros, by all connections.
        """
        try:
            with closing(sqlite3.connect(self.datastore.pool.db_name, timeout=_CHECKPOINT_PATIENCE)) as connection:
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            _log.warning("what was redacted may be left in the write-ahead log, for now: %s", error)
            return False
        return not busy

    def _find_newest(self, cursor: SQLiteCursor, after: int, upto: int = END) -> Newest | None:
        if (self._max_notification_id(cursor) or 0) <= after:  # no more than this is compiled with every write
            return None
        cursor.execute(self._latest_texts, (KEY, after, upto))
        return newest_of(LatestTexts(*cursor.fetchone()), after, partial(self._read_states, cursor, upto))

    def _read_states(self, cursor: SQLiteCursor, upto: int, after: int) -> list[tuple[int, bytes]]:
        cursor.execute(self._states, (after, upto))
        return [tuple(row) for row in cursor.fetchall()]


@contextmanager
def _told_damage() -> Iterator[None]:
    """Raise what the library says of a row that no writer has written as what it is: damage of the file."""
    try:
        yield
    except (TypeError, ValueError) as error:  # the id of an aggregate, which is read as a UUID
        raise DataError(str(error)) from _damage(error)
    except OperationalError as error:
        if not str(error).startswith("Could not decode to UTF-8"):
            raise
        raise DataError(str(error)) from _damage(error)


def _checked(events: Sequence[_Stored]) -> Sequence[_Stored]:
    for event in events:
        types = type(event.originator_version), type(event.topic), type(event.state)
        if types != (int, str, bytes):
            where = f"{event.originator_id} at version {event.originator_version}"
            found = f"the event of aggregate {where} is none"
            raise DataError(found) from _damage(found)
    return events


def _damage(found: object) -> sqlite3.DatabaseError:
    cause = sqlite3.DatabaseError(str(found))
    cause.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return cause


class SecurePool(SQLiteConnectionPool):
    """The library's pool, of connections that write zeros over what they delete or replace."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        connection.cursor().execute(SECURE_DELETE)
        return connection


class SQLiteLogFactory(SQLiteFactory):
    """The library's factory, which makes our recorder."""

    application_recorder_class = StampingSQLiteRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        pool = self.datastore.pool
        self.datastore.pool = SecurePool(db_name=pool.db_name, lock_timeout=pool.lock_timeout)
