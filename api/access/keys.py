"""API keys: what they are made of, and how the text of one is recognised.

A key is a credential that begins with `detente_`. A read token is one that begins with `detente_read_`: it reads
and nothing else, and may come where other keys may not, in an address.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from api.access.credentials import credential_id_of, find_stored, new_credential
from domain.standards.text import check_text, comparable

MAX_NAME: Final = 100
MAKE_ONE: Final = "`detente key create --name NAME --scope read|post|admin` makes one"
_ID: Final = re.compile(r"[0-9a-f]{12}")
KEY_PREFIX: Final = "detente_"  #: what a key begins with
TOKEN_PREFIX: Final = "detente_read_"  # noqa: S105  #: what a read token begins with: no secret
_RESERVED: Final = frozenset({"anonymous", "import", "seeds"})  # what stands in the log where there is no key


class Scope(StrEnum):
    """What a key may do; each may do what those before it may."""

    READ = "read"
    POST = "post"
    ADMIN = "admin"

    def covers(self, needed: "Scope") -> bool:
        """Return whether a key of this scope may do what needs another."""
        return _RANK[self] >= _RANK[needed]


_RANK: Final = {scope: rank for rank, scope in enumerate(Scope)}


class Key(NamedTuple):
    """A key as it is kept: everything but its secret."""

    id: str
    name: str
    scope: Scope
    hash: str
    created: datetime
    revoked: datetime | None = None
    is_token: bool = False
    expires: datetime | None = None


class NewKey(NamedTuple):
    """A key that was just made, and its text: the only time that it is known."""

    key: Key
    text: str


class KeyRefused(Exception):
    """A key cannot be made or revoked as asked; the message is a sentence for a person."""


def make_key(
    name: str, scope: Scope, now: datetime, *, is_token: bool = False, expires: datetime | None = None
) -> NewKey:
    """Return a new key, kept nowhere yet, of use until it `expires`.

    Raises `KeyRefused` if the name, that instant, or a token's scope will not do.
    """
    if expires is not None and expires <= now:
        raise KeyRefused("a key expires later than it is made: name an instant to come")
    if is_token and scope is not Scope.READ:
        raise KeyRefused(f"a read token is of scope {Scope.READ}: it may come in addresses, which others see")
    made = new_credential(TOKEN_PREFIX if is_token else KEY_PREFIX)
    key = Key(made.id, check_name(name), scope, made.hash, now, is_token=is_token, expires=expires)
    return NewKey(key, made.text)


def why_invalid(key: Key, now: datetime) -> str | None:
    """Return why a key is of no use any more, in words behind its name, None while it is."""
    if key.revoked is not None:
        return "was revoked"
    if key.expires is not None and key.expires <= now:
        return f"expired at {key.expires.isoformat().replace('+00:00', 'Z')}"
    return None


def check_name(name: str) -> str:
    """Return a key's name in its one form. Raises `KeyRefused`."""
    try:
        checked = check_text(name)
    except ValueError as error:
        raise KeyRefused(f"the name {error}") from None
    if len(checked) > MAX_NAME or re.search(r"[^\S ]", checked) or not comparable(checked):
        raise KeyRefused(f"a name is one line of 1 to {MAX_NAME} characters, with a letter or a digit among them")
    if comparable(checked) in _RESERVED or _ID.fullmatch(comparable(checked)) or id_of(checked):
        raise KeyRefused("this name could be taken for something else: give the key another one")
    return checked


def id_of(text: str) -> str | None:
    """Return the id in the text of a key, None if it does not have the form of one."""
    return credential_id_of(text, _prefix_of(text))


def find_key(keys: Mapping[str, Key], text: str) -> Key | None:
    """Return the key, revoked or not, that a text is, None if there is none. `keys` are by their ids."""
    return find_stored(keys, text, _prefix_of(text))


def _prefix_of(text: str) -> str:
    return TOKEN_PREFIX if text.startswith(TOKEN_PREFIX) else KEY_PREFIX
