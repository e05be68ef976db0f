"""The sessions of one database: made, ended and read."""

from collections.abc import Sequence
from datetime import datetime

from api.access.keys import Key
from api.access.sessions import KEPT, MOST, REMEMBERED, NewSession, Session, make_session
from projections.storage.access.session_table import SessionRow, SessionTable
from projections.times import from_micros, to_micros


class SessionStore:
    """The sessions of one database."""

    def __init__(self, table: SessionTable) -> None:
        self._table = table

    def create(self, key: Key, now: datetime) -> NewSession:
        """Make a session with a key. Of too many of one key the oldest end; of still more they are forgotten."""
        made = make_session(key, now)
        self._table.add(_row(made.session), forget_before=to_micros(now - KEPT))
        remembered = self._table.of_key(key.id)[-REMEMBERED:]
        self._table.remove(key.id, before=remembered[0].created)
        open_ = [row.id for row in remembered if row.ended is None]
        self._table.end(open_[:-MOST], to_micros(now))
        return made

    def end(self, session_ids: Sequence[str], now: datetime) -> None:
        """End sessions; what ended before stays as it is."""
        self._table.end(session_ids, to_micros(now))

    def note_use(self, session: Session, now: datetime) -> None:
        """Note that a session is used."""
        self._table.note_use(session.id, to_micros(now))

    def all(self) -> Sequence[Session]:
        """Return the sessions of the last days, over or not, the oldest first."""
        return [_session(row) for row in self._table.all()]


def _row(session: Session) -> SessionRow:
    created, last_used = to_micros(session.created), to_micros(session.last_used)
    return SessionRow(session.id, session.key, session.hash, created, last_used)


def _session(row: SessionRow) -> Session:
    ended = None if row.ended is None else from_micros(row.ended)
    return Session(row.id, row.key, row.hash, from_micros(row.created), from_micros(row.last_used), ended)
