"""The table of sessions: who signed in with which key, and until when. No token is in it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Engine, MetaData, Select, String, Table, delete, insert, select, update
from sqlalchemy.schema import CreateTable

metadata: Final = MetaData()

#: One row per session, for a while after it ended. Instants are microseconds since 1970-01-01, UTC.
sessions: Final = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("last_used", BigInteger, nullable=False),
    Column("ended", BigInteger),
)

_OLDEST_FIRST: Final = select(sessions).order_by(sessions.c.created, sessions.c.id)


class SessionRow(NamedTuple):
    """A row of the table, its columns in their order. `key` is the id of one."""

    id: str
    key: str
    hash: str
    created: int
    last_used: int
    ended: int | None = None


class SessionTable:
    """The table in one database, made where there is none, if it `makes_tables`."""

    def __init__(self, engine: Engine, *, makes_tables: bool = True) -> None:
        self._engine = engine
        if makes_tables:
            with engine.begin() as connection:
                connection.execute(CreateTable(sessions, if_not_exists=True))

    def add(self, row: SessionRow, forget_before: int) -> None:
        """Add a row, and remove those that were made before an instant in microseconds."""
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.created < forget_before))
            connection.execute(insert(sessions).values(row._asdict()))

    def end(self, ids: Sequence[str], instant: int) -> None:
        """Note that sessions ended at an instant in microseconds, unless they ended before."""
        with self._engine.begin() as connection:
            mine = (sessions.c.id.in_(ids), sessions.c.ended.is_(None))
            connection.execute(update(sessions).where(*mine).values(ended=instant))

    def remove(self, key: str, before: int) -> None:
        """Remove the sessions of one key that were made before an instant in microseconds."""
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.key == key, sessions.c.created < before))

    def note_use(self, session_id: str, instant: int) -> None:
        """Note that a session was used at an instant in microseconds, unless it was used later."""
        with self._engine.begin() as connection:
            mine = (sessions.c.id == session_id, sessions.c.last_used < instant)
            connection.execute(update(sessions).where(*mine).values(last_used=instant))

    def all(self) -> Sequence[SessionRow]:
        """Return all rows, the oldest first."""
        return self._rows(_OLDEST_FIRST)

    def of_key(self, key: str) -> Sequence[SessionRow]:
        """Return the rows of one key, the oldest first."""
        return self._rows(_OLDEST_FIRST.where(sessions.c.key == key))

    def _rows(self, statement: Select[SessionRow]) -> Sequence[SessionRow]:
        with self._engine.connect() as connection:
            return [SessionRow._make(row) for row in connection.execute(statement)]
