"""The guard: who asks. Every request passes it before a byte of its body is read.

Which scope a route needs is in `api.http.scopes`; only the paths that are open by name need no caller.
"""

import logging
from collections.abc import Mapping
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from api.access.key_ring import LOCAL, Caller
from api.access.keys import MAKE_ONE, Key, find_key, id_of
from api.access.loopback import why_not_local
from api.access.throttle import Throttle
from api.http.database_errors import send_error_response
from api.http.problems import Problem, problem_response
from api.http.scopes import OPEN_PATHS
from projections.storage.database_errors import DATABASE_ERRORS

_log = logging.getLogger(__name__)
_BEARER: Final = "bearer "
_HOW: Final = "send one as `Authorization: Bearer detente_...`"


class Guard:
    """Lets requests through that come with a key or, while no keys have been made, from this machine.

    Needs the app's `state.keys`, a `KeyRing`. `own_host` is what the service was told to serve on.
    """

    def __init__(self, app: ASGIApp, own_host: str, throttle: Throttle) -> None:
        self._app = app
        self._own_host = own_host
        self._throttle = throttle

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            try:
                caller = await self._caller(scope)
            except DATABASE_ERRORS as error:  # the keys cannot be read
                await send_error_response(error, scope, receive, send)
                return
            if isinstance(caller, Problem):
                await problem_response(Request(scope), caller)(scope, receive, send)
                return
            scope["state"]["caller"] = caller
        await self._app(scope, receive, send)

    async def _caller(self, scope: Connection) -> Caller | Problem:
        keys = await scope["app"].state.keys.keys()
        if not keys:
            reason = why_not_local(scope, self._own_host)
            return LOCAL if reason is None else _not_local(reason)
        given = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        if given is None:
            return _no_key()
        address = scope["client"][0] if scope.get("client") else ""
        caller = identify(keys, given.decode("latin-1"))
        return await self._refusal(address, given, caller) if isinstance(caller, Problem) else caller

    async def _refusal(self, address: str, given: bytes, refused: Problem) -> Problem:
        if seconds := self._throttle.retry_after(address):
            return _too_many(seconds)
        # The id is public. What does not have the form of a key may be a password: nothing of it is shown.
        key_id = id_of(given.decode("latin-1")[len(_BEARER) :]) or "(not of a key's form)"
        _log.warning("refused from %s: key %s: %s", address or "somewhere", key_id, refused.details.detail)
        await self._throttle.hold(address)
        return refused


def identify(keys: Mapping[str, Key], authorization: str) -> Caller | Problem:
    """Return who an `Authorization` header is of, or why it is of nobody. `keys` are by their ids."""
    scheme, text = authorization[: len(_BEARER)], authorization[len(_BEARER) :]
    if scheme.lower() != _BEARER or id_of(text) is None:
        return _bad_key(f"this is not of the form of a key: {_HOW}")
    key = find_key(keys, text)
    if key is None:
        return _bad_key(f"this is not a key of this service; {MAKE_ONE}")
    if key.revoked is not None:
        return _bad_key(f"the key {key.name} was revoked; {MAKE_ONE}")
    return Caller(key.name, key.scope)


# What is answered


def _no_key() -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="detente"'}
    return Problem(401, "key-missing", "A key is needed", f"this needs a key: {_HOW}; {MAKE_ONE}", headers=headers)


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
