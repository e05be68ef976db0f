"""Sessions of the pages: whoever signed in with a key once is known by a cookie, for a while.

The token in the cookie is a public id (12 hexadecimal digits, for logs and look-ups), `_`, and a secret (64). Only
a hash of it is stored.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from api.access.keys import Key

LONGEST: Final = timedelta(hours=12)  #: a working day: who comes back the next morning signs in again
IDLE: Final = timedelta(hours=2)  #: a long meeting: what is open for longer may be in front of somebody else
KEPT: Final = timedelta(days=2)  #: for which one is known, so that what was written in it can be gone on with
NOTED: Final = timedelta(minutes=5)  #: between two notes that a session is used: a write each time would be dear
MOST: Final = 20  #: sessions of one key at once; a further one ends the oldest
_FORM: Final = re.compile(r"([0-9a-f]{12})_[0-9a-f]{64}")
_NO_HASH: Final = "0" * 64


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
    session_id = secrets.token_hex(6)
    token = f"{session_id}_{secrets.token_hex(32)}"
    return NewSession(Session(session_id, key.id, _hash(token), now, now), token)


def find_session(sessions: Mapping[str, Session], token: str) -> Session | None:
    """Return the session, over or not, that a token is of, None if there is none. `sessions` are by their ids.

    Takes as long whether the id or the secret is wrong.
    """
    session = sessions.get(session_id_of(token) or "")
    is_equal = hmac.compare_digest(_hash(token), session.hash if session else _NO_HASH)
    return session if is_equal else None


def session_id_of(token: str) -> str | None:
    """Return the id in a token, None if it does not have the form of one."""
    found = _FORM.fullmatch(token)
    return found[1] if found else None


def why_over(session: Session, keys: Mapping[str, Key], now: datetime) -> str | None:
    """Return why a session is over, in words, None while it is not. `keys` are by their ids."""
    key = keys.get(session.key)
    if session.ended is not None:
        return "it was ended"
    if key is None or key.revoked is not None:
        return "its key was revoked"
    if now - session.created >= LONGEST:
        return f"it lasted for {_hours(LONGEST)} hours, which is the longest"
    if now - session.last_used >= IDLE:
        return f"nothing was done in it for {_hours(IDLE)} hours"
    return None


def _hours(length: timedelta) -> int:
    return length // timedelta(hours=1)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
