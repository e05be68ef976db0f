"""The sessions as they were a moment ago, so that a page costs no query."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from api.access.keys import Key
from api.access.session_store import SessionStore
from api.access.sessions import NOTED, NewSession, Session, find_session, session_id_of
from api.ttl_value import TtlValue

MAX_AGE: Final = 1.0  #: seconds for which sessions are believed once read: so late it is seen that one ended
AT_HAND: Final = 0.05  #: the same for one that is not among them: another process may have made it just now


def _nobody_else() -> int:
    return 0


class SharedPlace(Protocol):
    """A process among others that keep the same in memory."""

    def announce_change(self) -> None:
        """Let the others read anew what this one has changed."""

    def changes(self) -> int:
        """Return a number that is another after each change that any of them announced."""
        ...


class SessionRing:
    """The sessions by their ids, as they were at most `MAX_AGE` seconds ago. `clock` only grows.

    `place` is that of this process among others that serve with it: what one of them changes, all know at once.
    Where the database is only read, it `notes_use` of none.
    """

    def __init__(
        self,
        store: SessionStore,
        clock: Callable[[], float] = time.monotonic,
        place: SharedPlace | None = None,
        *,
        notes_use: bool = True,
    ) -> None:
        self._store = store
        self._notes_use = notes_use
        self._place = place
        changes = _nobody_else if place is None else place.changes
        self._known = TtlValue(self._read, MAX_AGE, clock, changes)
        self._newest = TtlValue(self._read, AT_HAND, clock, changes)

    async def find(self, token: str) -> Session | None:
        """Return the session that a token is of, over or not, None if there is none."""
        if session_id_of(token) is None:
            return None
        return find_session(await self._known.get(), token) or find_session(await self._newest.get(), token)

    async def create(self, key: Key, now: datetime) -> NewSession:
        """Make a session with a key, and know it from now on."""
        made = await asyncio.to_thread(self._store.create, key, now)
        self._forget()
        return made

    async def end(self, session: Session, now: datetime) -> None:
        """End a session, and know it from now on."""
        await asyncio.to_thread(self._store.end, [session.id], now)
        self._forget()

    async def note_use(self, session: Session, now: datetime) -> None:
        """Note that a session is used, if that was not noted a moment ago."""
        if self._notes_use and now - session.last_used >= NOTED:
            await asyncio.to_thread(self._store.note_use, session, now)

    def _read(self) -> Mapping[str, Session]:
        return {session.id: session for session in self._store.all()}

    def _forget(self) -> None:
        self._known.expire()
        self._newest.expire()
        if self._place is not None:
            self._place.announce_change()
