"""Secrets in an address are taken out of it before anything else sees it, so that nobody logs or repeats them.

A spreadsheet can send no headers: it has a read token in its address, as `token`. What looks like a key, or like a
token under another name, should not be there, and is taken out, too. Behind this the query is as if neither had
been given: no trace, log, link to the next page, cursor, entity tag or stored answer has them.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN: Final = "token"  # noqa: S105  #: the parameter in which a read token comes
SECRETS: Final = "detente.address_secrets"  #: where a request's scope has what was taken out, if anything was
_MAY_HAVE_ONE: Final = re.compile(rb"tok|detente|%", re.IGNORECASE)
_LOOKS_SECRET: Final = re.compile(r"detente_(?:read_)?[0-9a-f]{12}_[0-9a-f]{16}", re.IGNORECASE)


class AddressSecrets(NamedTuple):
    """What was taken out of an address: the values of `token`, and parameters that have no business there."""

    tokens: tuple[str, ...]
    misplaced: tuple[str, ...]


class TakeSecrets:
    """Takes secrets out of the query of each request; the guard finds them in its scope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and _MAY_HAVE_ONE.search(scope["query_string"]):
            query, secrets = take_secrets(scope["query_string"])
            if secrets is not None:
                scope["query_string"] = query  # in place: the server has the same scope
                scope[SECRETS] = secrets
        await self._app(scope, receive, send)


def take_secrets(query: bytes) -> tuple[bytes, AddressSecrets | None]:
    """Return a query without what is secret in it, and that, if there is any."""
    kept, tokens, misplaced = [], [], []
    for part in query.split(b"&"):
        name, _, value = (unquote_plus(piece) for piece in part.decode("latin-1").partition("="))
        if name == TOKEN:
            tokens.append(value)
        elif found := _LOOKS_SECRET.search(f"{name}={value}"):
            misplaced.append(found.string[found.start() :])
        else:
            kept.append(part)
    if not tokens and not misplaced:
        return query, None
    return b"&".join(kept), AddressSecrets(tuple(tokens), tuple(misplaced))
