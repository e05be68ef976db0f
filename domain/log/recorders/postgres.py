"""The log on PostgreSQL: how the library connects, where its tables are, and how it writes.

The library would connect with five parts of a database URL. Our factory has it connect with all that the URL says.

The library sends a transaction through psycopg's pipeline mode. With some hundred kilobytes of events in one
statement, client and server were seen waiting for each other for ever there (eventsourcing 9.5.6, psycopg 3.3.9):
each statement is sent and answered by itself here.

And it does not try as long: the library asks ten times, each time waiting for a connection, so that a
database that is away for a moment was felt as requests of two minutes. What fails is tried once more, which
mends a connection that broke; then the caller is told.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from inspect import unwrap
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    InterfaceError,
    Notification,
    OperationalError,
    ProgrammingError,
    RecordConflictError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from eventsourcing.utils import Environment, EnvType, retry
from psycopg import Cursor
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from domain.log.advisory_locks import AdvisoryLock, making_tables
from domain.log.database_url import DATABASE_URL, connect, connection_options
from domain.log.log_fold import LogHasGrown, SeenUpTo
from domain.log.recorders.dead_rows import store_anew
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

_twice = retry((InterfaceError, OperationalError), max_attempts=2, wait=0.2)


class PlainPostgresRecorder(PostgresApplicationRecorder):
    """The library's recorder, its events inserted by one statement after the other; all it does is tried twice.

    It gives events the instants at which they are recorded.
    """

    select_events = _twice(unwrap(PostgresApplicationRecorder.select_events))
    _select_notifications = unwrap(PostgresApplicationRecorder.select_notifications)
    max_notification_id = _twice(unwrap(PostgresApplicationRecorder.max_notification_id))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._record_time = RecordTime()

    @_twice
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return a stretch of the log."""
        if topics or start is None or inclusive_of_start:
            found: Sequence[Notification] = self._select_notifications(
                start, limit, stop, topics, inclusive_of_start=inclusive_of_start
            )
            return found
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            asked = (start, END if stop is None else stop, limit)
            cursor.execute(self._of_events(_STRETCH), asked, prepare=True)
            return list(notifications_of(cursor.fetchall(), _as_it_is))

    def look_back(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Find out how late the newest event was recorded, which the first write has to know: once, in a while.

        It takes seconds for a million events, in stretches, as long as it `goes_on`; nothing is locked meanwhile.
        """

        def newest(after: int, upto: int) -> Newest | None:
            with self.datastore.transaction() as cursor:
                return self._find_newest(cursor, after, upto)

        self._record_time.look_back(lambda: self.max_notification_id() or 0, newest, goes_on)

    @_twice
    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        seen: SeenUpTo | None = None,
        rewriting: Rewriting | None = None,
        **_: Any,
    ) -> Sequence[int] | None:
        """Insert events in one transaction, at instants later than all in the log; return their positions.

        The table is locked against other writers, so that positions become visible in their order. Raises
        `RecordConflictError` if one of the events' versions is taken, and `LogHasGrown` if there is more than was
        `seen` by who decided on the events: before anything is inserted, since that would use up positions. With
        a `rewriting`, what was stored before of its aggregate is written anew.
        """
        if not stored_events:
            return None
        self.look_back()
        with self.datastore.transaction(commit=True) as cursor:
            self._lock_table(cursor)
            self._check_free(cursor, stored_events)
            if seen is not None:
                self._check_seen(cursor, seen)
            self._notify_channel(cursor)
            events, newest = self._record_time.stamp(stored_events, partial(self._find_newest, cursor))
            if rewriting is not None:
                self._rewrite(cursor, rewriting)
            positions = self._insert(cursor, events)
        if positions:
            self._record_time.note(Newest(positions[-1], newest))
        return positions

    def _insert(self, cursor: Cursor[DictRow], events: Sequence[StoredEvent]) -> list[int]:
        """Insert events as columns, in order: for rows of a composite the driver takes four times as long."""
        ids, versions, topics, states = zip(
            *[(each.originator_id, each.originator_version, each.topic, each.state) for each in events],
            strict=True,
        )
        cursor.execute(self._of_events(_INSERT), ([*ids], [*versions], [*topics], [*states]))
        return [row["notification_id"] for row in cursor]

    def _check_free(self, cursor: Cursor[DictRow], stored_events: Sequence[StoredEvent]) -> None:
        first: dict[Any, int] = {}  # the versions of an aggregate follow each other
        for event in stored_events:
            first.setdefault(event.originator_id, event.originator_version)
        taken = cursor.execute(self._of_events(_TAKEN), (list(first), list(first.values()))).fetchone()
        if taken is not None:
            raise RecordConflictError

    def _check_seen(self, cursor: Cursor[DictRow], seen: SeenUpTo) -> None:
        if cursor.execute(self._of_events(_BEHIND), (seen.position, list(seen.topics))).fetchone():
            raise LogHasGrown

    def _rewrite(self, cursor: Cursor[DictRow], rewriting: Rewriting) -> None:
        rows = cursor.execute(self._of_events(_OF_AGGREGATE), (rewriting.aggregate,)).fetchall()
        stored = [
            StoredEvent(rewriting.aggregate, row["originator_version"], row["topic"], bytes(row["state"]))
            for row in rows
        ]
        for event in rewriting.changed(stored):
            this = (event.state, rewriting.aggregate, event.originator_version)
            cursor.execute(self._of_events(_REWRITE), this)

    def erase_leftovers(self) -> bool:
        """Have nothing left of what was rewritten: store the table anew; return False if that cannot be done now.

        It cannot as long as a transaction goes on that may still read what was there before.
        """
        assert isinstance(self.datastore.pool.kwargs, dict)
        options = {**self.datastore.pool.kwargs, "autocommit": True, "row_factory": tuple_row}
        with psycopg.connect(**options) as connection:
            return store_anew(connection, self._of_events(SQL("{table}")))

    def _find_newest(self, cursor: Cursor[DictRow], after: int, upto: int = END) -> Newest | None:
        asked = {"key": KEY, "after": after, "upto": upto}
        row = cursor.execute(self._of_events(_LATEST_TEXTS), asked).fetchone()
        assert row is not None
        fine, whole = (text and text.encode() for text in (row["fine"], row["whole"]))
        found = LatestTexts(row["position"], fine, whole, row["others"])
        return newest_of(found, after, partial(self._read_states, cursor, upto))

    def _read_states(self, cursor: Cursor[DictRow], upto: int, after: int) -> list[tuple[int, bytes]]:
        asked = {"after": after, "upto": upto, "page": PAGE}
        rows = cursor.execute(self._of_events(_STATES), asked).fetchall()
        return [(row["notification_id"], bytes(row["state"])) for row in rows]

    def _of_events(self, statement: SQL) -> Composed:
        return statement.format(table=Identifier(self.datastore.schema, self.events_table_name))


_STRETCH = SQL(
    "SELECT notification_id, originator_id, originator_version, topic, state FROM {table}"
    " WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s"
)
_FORM = f"substr(state, {FORM}, 1)"
_LATEST_TEXTS = SQL(
    "SELECT max(notification_id) AS position,"  # noqa: S608  # numbers of our own
    f" max(encode(substr(state, {START}, {FINE}), 'escape') COLLATE \"C\") FILTER (WHERE {_FORM} = '.') AS fine,"
    f" max(encode(substr(state, {START}, {WHOLE}), 'escape') COLLATE \"C\") FILTER (WHERE {_FORM} = 'Z') AS whole,"
    f" count(*) FILTER (WHERE substr(state, 1, {len(KEY)}) <> %(key)s OR {_FORM} NOT IN ('.', 'Z')) AS others"
    " FROM {table} WHERE notification_id > %(after)s AND notification_id <= %(upto)s"
)
_INSERT = SQL(
    "INSERT INTO {table} (originator_id, originator_version, topic, state)"
    " SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[]) RETURNING notification_id"
)
_TAKEN = SQL(
    "SELECT 1 FROM {table} JOIN unnest(%s::uuid[], %s::bigint[]) AS wanted (id, version)"
    " ON originator_id = wanted.id AND originator_version = wanted.version LIMIT 1"
)
_BEHIND = SQL("SELECT 1 FROM {table} WHERE notification_id > %s AND topic = ANY(%s) LIMIT 1")
_STATES = SQL(
    "SELECT notification_id, state FROM {table}"
    " WHERE notification_id > %(after)s AND notification_id <= %(upto)s ORDER BY notification_id LIMIT %(page)s"
)


_OF_AGGREGATE = SQL("SELECT * FROM {table} WHERE originator_id = %s ORDER BY originator_version")
_REWRITE = SQL("UPDATE {table} SET state = %s WHERE originator_id = %s AND originator_version = %s")


class LogFactory(PostgresFactory):
    """The library's factory, which connects as the database URL says."""

    application_recorder_class = PlainPostgresRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._url = self.env[DATABASE_URL]
        self.datastore.pool.kwargs = {**connection_options(self._url), "row_factory": dict_row}

    def application_recorder(self) -> ApplicationRecorder:
        """Return the recorder, its tables made if they are not there yet, by one process at a time."""
        with making_tables(self._url, AdvisoryLock.LOG_TABLES) if self.env_create_table() else nullcontext():
            self.datastore.schema = find_schema(self._url, f"{self.env.name.lower()}_events")
            return super().application_recorder()


def _as_it_is(aggregate: UUID) -> UUID:
    return aggregate


def find_schema(database_url: str, table: str) -> str:
    """Return the schema of the log's table: where the search path finds it, or else the first in that path.

    Raises `ProgrammingError` if the search path leaves out a log that there is, or names no schema that there is.
    A log may be in `public`, where it was always kept before search paths were heeded. Two logs in one database
    would take each other's projections and locks for their own.
    """
    with connect(database_url) as connection:
        found = connection.execute(_SCHEMA_OF, [table]).fetchone()
        if found:
            return str(found[0])
        (first,) = connection.execute("SELECT current_schema()").fetchone() or (None,)
        if first is None:
            raise ProgrammingError("the database has none of the schemas that the search path names")
        if connection.execute(_SCHEMA_OF, [f"public.{table}"]).fetchone():
            raise ProgrammingError(
                f"the log is in the schema public, but the search path begins with {first} and leaves public out:"
                " add public to it"
            )
        if other := connection.execute(_OTHER_LOG, [table]).fetchone():
            raise ProgrammingError(
                f"the database holds a log already, in the schema {other[0]}, which the search path leaves out,"
                " and one database holds one log: name another database, or that schema"
            )
        return str(first)


_SCHEMA_OF = (
    "SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
    " WHERE pg_class.oid = to_regclass(%s)"
)
_OTHER_LOG = (
    "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = %s AND relkind IN ('r', 'p')"
    " ORDER BY 1 LIMIT 1"
)
