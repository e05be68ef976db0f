"""The guard: who asks. Every request passes it before a byte of its body is read.

Which scope a route needs is in `api.http.scopes`; only the paths that are open by name need no caller. Whoever
asks for a page, or for its data at the page's address, may be known by a session; the API goes by keys alone, so
that no page elsewhere can have a browser ask it in somebody's name.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from api.access.key_ring import LOCAL, Caller
from api.access.keys import MAKE_ONE, Key, find_key, id_of, why_invalid
from api.access.loopback import why_not_local
from api.access.session_cookie import SESSION, read_cookie
from api.access.session_ring import SessionRing
from api.access.sessions import Session, why_over
from api.access.throttle import Throttle
from api.http.database_errors import send_error_response
from api.http.entrance.address_secrets import SECRETS, AddressSecrets
from api.http.entrance.read_tokens import (
    BY_TOKEN,
    kept_private,
    key_in,
    key_in_address,
    no_token,
    sent_token,
    tokens_not_taken,
    why_token_may_not,
)
from api.http.formats.negotiation import ANSWER_FORMAT
from api.http.problems import Problem, problem_response
from api.http.scopes import AFTER_SESSION, OPEN_PATHS
from projections.storage.database_errors import DATABASE_ERRORS

_log = logging.getLogger(__name__)
_BEARER: Final = "bearer "
_HOW: Final = "send one as `Authorization: Bearer detente_...`"


class Guard:
    """Lets requests through that come with a key or a session or, while no keys were made, from this machine.

    Needs the app's `state.keys`, a `KeyRing`, and `state.sessions`, a `SessionRing`. `own_host` is what the
    service was told to serve on. Read tokens are taken from an address, or as the password of Basic, if
    `takes_tokens` says so. What a form sends once its session is over goes to `AFTER_SESSION`, and is kept.
    """

    def __init__(self, app: ASGIApp, own_host: str, throttle: Throttle, takes_tokens: bool = False) -> None:
        self._app = app
        self._takes_tokens = takes_tokens
        self._own_host = own_host
        self._throttle = throttle

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            if self._takes_tokens or SECRETS in scope:
                send = kept_private(scope, send)
            try:
                caller = await self._caller(scope)
            except DATABASE_ERRORS as error:  # the keys cannot be read
                await send_error_response(error, scope, receive, send)
                return
            if isinstance(caller, Problem):
                if scope["method"] != "POST" or "former_session" not in scope["state"]:
                    await problem_response(Request(scope), caller)(scope, receive, send)
                    return
                scope["state"]["asked_for"] = scope["path"]
                scope["state"]["refused"] = caller.details
                scope["path"] = AFTER_SESSION
            else:
                scope["state"]["caller"] = caller
        await self._app(scope, receive, send)

    async def _caller(self, scope: Connection) -> Caller | Problem:
        keys = await scope["app"].state.keys.keys()
        secrets: AddressSecrets | None = scope.get(SECRETS)
        if secrets is not None and (text := key_in(secrets)) is not None:
            return await hold_back(self._throttle, scope, text, key_in_address())
        if not keys:
            reason = why_not_local(scope, self._own_host)
            return LOCAL if reason is None else _not_local(reason)
        header = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        given = None if header is None else header.decode("latin-1")
        sent = sent_token(secrets, given if self._takes_tokens else None)
        if isinstance(sent, Problem):
            return sent
        if sent is not None:
            return await self._by_token(scope, keys, sent)
        if given is None:
            return await _by_session(scope, keys) if ANSWER_FORMAT in scope else _no_key(self._takes_tokens)
        caller = identify(keys, given, scope["app"].state.service.clock())
        if isinstance(caller, Problem):
            return await hold_back(self._throttle, scope, given[len(_BEARER) :], caller)
        return caller

    async def _by_token(self, scope: Connection, keys: Mapping[str, Key], text: str) -> Caller | Problem:
        """Return whose read token came in an address or as a password, or why it is of no use."""
        if not self._takes_tokens:
            return tokens_not_taken()
        key = valid_key(keys, text, scope["app"].state.service.clock(), takes_tokens=True)
        if isinstance(key, Problem):
            return await hold_back(self._throttle, scope, text, key)
        if not key.is_token:
            return await hold_back(self._throttle, scope, text, no_token())
        scope[BY_TOKEN] = True
        return why_token_may_not(scope) or Caller(key.name, key.scope)


async def hold_back(throttle: Throttle, scope: Connection, text: str, refused: Problem) -> Problem:
    """Return what is answered, once it is, to who sent a text that is no valid key."""
    address = scope["client"][0] if scope.get("client") else ""
    if seconds := throttle.retry_after(address):
        return _too_many(seconds)
    # The id is public. What does not have the form of a key may be a password: nothing of it is shown.
    key_id = id_of(text) or "(not of a key's form)"
    _log.warning("refused from %s: key %s: %s", address or "somewhere", key_id, refused.details.detail)
    await throttle.hold(address)
    return refused


def identify(keys: Mapping[str, Key], authorization: str, now: datetime) -> Caller | Problem:
    """Return who an `Authorization` header is of, or why it is of nobody. `keys` are by their ids."""
    scheme, text = authorization[: len(_BEARER)], authorization[len(_BEARER) :]
    if scheme.lower() != _BEARER:
        return _bad_key(f"this is not of the form of a key: {_HOW}")
    key = valid_key(keys, text, now, takes_tokens=True)
    return key if isinstance(key, Problem) else Caller(key.name, key.scope)


def valid_key(keys: Mapping[str, Key], text: str, now: datetime, *, takes_tokens: bool = False) -> Key | Problem:
    """Return the key that a text is, a read token only if it may be one, or why it is none.

    `keys` are by their ids.
    """
    if id_of(text) is None:
        return _bad_key(f"this is not of the form of a key: {_HOW}")
    key = find_key(keys, text)
    if key is None:
        return _bad_key(f"this is not a key of this service; {MAKE_ONE}")
    if (reason := why_invalid(key, now)) is not None:
        return _bad_key(f"the key {key.name} {reason}; {MAKE_ONE}")
    if key.is_token and not takes_tokens:
        return _bad_key(f"{key.name} is a read token, which signs nobody in: use a key")
    return key


# Sessions


async def _by_session(scope: Connection, keys: Mapping[str, Key]) -> Caller | Problem:
    """Return whose session a request is of, or why it is of nobody's."""
    sessions: SessionRing = scope["app"].state.sessions
    token = read_cookie(scope, SESSION)
    session = None if token is None else await sessions.find(token)
    if session is None:
        return _no_key()
    now = scope["app"].state.service.clock()
    if (reason := why_over(session, keys, now)) is not None:
        scope["state"]["former_session"] = token
        return _over(reason)
    scope["state"]["session"] = token
    try:
        await sessions.note_use(session, now)
    except DATABASE_ERRORS as error:  # pages are read on though the disk is full
        _log.warning("it could not be noted that session %s is used: %s", session.id, error)
    return _caller_of(session, keys)


def _caller_of(session: Session, keys: Mapping[str, Key]) -> Caller:
    key = keys[session.key]
    return Caller(key.name, key.scope)


# What is answered


def _no_key(takes_tokens: bool = False) -> Problem:
    challenge = 'Bearer realm="detente"' + (', Basic realm="detente"' if takes_tokens else "")
    headers = {"WWW-Authenticate": challenge}
    return Problem(401, "key-missing", "A key is needed", f"this needs a key: {_HOW}; {MAKE_ONE}", headers=headers)


def _over(reason: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="detente"'}
    detail = f"the session is over: {reason}; sign in again, with a key"
    return Problem(401, "session-over", "The session is over", detail, headers=headers)


def _bad_key(detail: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="detente", error="invalid_token"'}
    return Problem(401, "key-refused", "The key is not accepted", detail, headers=headers)


def _too_many(seconds: int) -> Problem:
    detail = f"too many attempts with wrong keys from this address; try again in {seconds} s"
    headers = {"Retry-After": str(seconds)}
    return Problem(429, "too-many-attempts", "Too many wrong keys", detail, headers=headers)


def _not_local(reason: str) -> Problem:
    detail = f"no keys have been made, so only requests of this machine are answered, and {reason}; {MAKE_ONE}"
    return Problem(403, "not-local", "Without keys, only this machine is answered", detail)
