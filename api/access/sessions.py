"""Sessions of the pages: whoever signed in with a key once is known by a cookie, for a while.

The token in the cookie is a credential.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from api.access.credentials import credential_id_of, find_stored, new_credential
from api.access.keys import Key, why_invalid

LONGEST: Final = timedelta(hours=12)  #: a working day: who comes back the next morning signs in again
IDLE: Final = timedelta(hours=2)  #: a long meeting: what is open for longer may be in front of somebody else
KEPT: Final = timedelta(days=2)  #: for which one is known, so that what was written in it can be gone on with
NOTED: Final = timedelta(minutes=5)  #: between two notes that a session is used: a write each time would be dear
MOST: Final = 20  #: sessions of one key at once; a further one ends the oldest
REMEMBERED: Final = 100  #: of one key, over or not: signing in again and again makes nothing grow


class Session(NamedTuple):
    """A session as it is kept: everything but its secret. `key` is the id of the key it was made with."""

    id: str
    key: str
    hash: str
    created: datetime
    last_used: datetime
    ended: datetime | None = None


class NewSession(NamedTuple):
    """A session that was just made, and the token for its cookie: the only time that it is known."""

    session: Session
    token: str


def make_session(key: Key, now: datetime) -> NewSession:
    """Return a new session with a key, kept nowhere yet."""
    made = new_credential()
    return NewSession(Session(made.id, key.id, made.hash, now, now), made.text)


def find_session(sessions: Mapping[str, Session], token: str) -> Session | None:
    """Return the session, over or not, that a token is of, None if there is none. `sessions` are by their ids."""
    return find_stored(sessions, token)


def session_id_of(token: str) -> str | None:
    """Return the id in a token, None if it does not have the form of one."""
    return credential_id_of(token)


def why_over(session: Session, keys: Mapping[str, Key], now: datetime) -> str | None:
    """Return why a session is over, in words, None while it is not. `keys` are by their ids."""
    key = keys.get(session.key)
    if session.ended is not None:
        return "it was ended"
    if key is None:
        return "its key was revoked"
    if (reason := why_invalid(key, now)) is not None:
        return f"its key {reason}"
    if now - session.created >= LONGEST:
        return f"it lasted for {_hours(LONGEST)} hours, which is the longest"
    if now - session.last_used >= IDLE:
        return f"nothing was done in it for {_hours(IDLE)} hours"
    return None


def _hours(length: timedelta) -> int:
    return length // timedelta(hours=1)
