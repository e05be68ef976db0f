"""Secrets in an address are taken out of it before anything else sees it, so that nobody logs or repeats them.

A spreadsheet can send no headers: it has a read token in its address, as `token`. What looks like a key, or like a
token under another name or in the path (`/relations.csv&token=...`), should not be there, and is taken out, too,
however often it was encoded. Behind this the address is as if neither had been given: no trace, log, link to the
next page, cursor, entity tag or stored answer has them.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_plus

from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN: Final = "token"  # noqa: S105  #: the parameter in which a read token comes
SECRETS: Final = "detente.address_secrets"  #: where a request's scope has what was taken out, if anything was
_MAY_HAVE_ONE: Final = re.compile(rb"tok|detente|%", re.IGNORECASE)
_LOOKS_SECRET: Final = re.compile(r"detente_(?:read_)?[0-9a-f]{12}_[0-9a-f]{16}[0-9a-f]*", re.IGNORECASE)
_TIMES_ENCODED: Final = 5  # at most: an address within one within one
_IN_ITS_PLACE: Final = "..."


class AddressSecrets(NamedTuple):
    """What was taken out of an address: the values of `token`, and what has no business there."""

    tokens: tuple[str, ...]
    misplaced: tuple[str, ...]


class TakeSecrets:
    """Takes secrets out of the address of each request; the guard finds them in its scope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            # What is taken out of the scope is so in place: the server has the same one.
            if _MAY_HAVE_ONE.search(scope["query_string"]):
                scope["query_string"], secrets = take_secrets(scope["query_string"])
                if secrets is not None:
                    scope[SECRETS] = secrets
            if "detente" in scope["path"].lower() or "%" in scope["path"]:
                _take_from_path(scope)
        await self._app(scope, receive, send)


def _take_from_path(scope: Scope) -> None:
    """Take what looks secret out of the path of a request."""
    found = _LOOKS_SECRET.search(path := _decoded(scope["path"]))
    if found is not None:
        scope["path"] = _LOOKS_SECRET.sub(_IN_ITS_PLACE, path)
        scope["raw_path"] = quote(scope["path"], errors="surrogateescape").encode()
        scope[SECRETS] = AddressSecrets((), (found[0],))


def take_secrets(query: bytes) -> tuple[bytes, AddressSecrets | None]:
    """Return a query without what is secret in it, and that, if there is any."""
    kept, tokens, misplaced = [], [], []
    for part in query.split(b"&"):
        name, _, value = (unquote_plus(piece) for piece in part.decode("latin-1").partition("="))
        if name == TOKEN:
            tokens.append(value)
        elif found := _LOOKS_SECRET.search(_decoded(f"{name}={value}")):
            misplaced.append(found[0])
        else:
            kept.append(part)
    if not tokens and not misplaced:
        return query, None
    return b"&".join(kept), AddressSecrets(tuple(tokens), tuple(misplaced))


def _decoded(text: str) -> str:
    """Return a text as it was before somebody encoded it, once or several times."""
    for _ in range(_TIMES_ENCODED):
        if (plain := unquote_plus(text)) == text:
            break
        text = plain
    return text
