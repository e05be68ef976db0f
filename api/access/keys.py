"""API keys: what they are made of, and how the text of one is recognised.

A key is `detente_`, a public id (12 hexadecimal digits, for logs and look-ups), `_`, and a secret (64). Only a
hash of it is stored.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from domain.standards.text import check_text, comparable

MAX_NAME: Final = 100
MAKE_ONE: Final = "`detente key create --name NAME --scope read|post|admin` makes one"
_ID: Final = re.compile(r"[0-9a-f]{12}")
_FORM: Final = re.compile(r"detente_([0-9a-f]{12})_[0-9a-f]{64}")
_RESERVED: Final = frozenset({"anonymous", "import", "seeds"})  # what stands in the log where there is no key
_NO_HASH: Final = "0" * 64


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


class NewKey(NamedTuple):
    """A key that was just made, and its text: the only time that it is known."""

    key: Key
    text: str


class KeyRefused(Exception):
    """A key cannot be made or revoked as asked; the message is a sentence for a person."""


def make_key(name: str, scope: Scope, now: datetime) -> NewKey:
    """Return a new key, kept nowhere yet. Raises `KeyRefused` if the name will not do."""
    key_id = secrets.token_hex(6)
    text = f"detente_{key_id}_{secrets.token_hex(32)}"
    return NewKey(Key(key_id, check_name(name), scope, _hash(text), now), text)


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
    found = _FORM.fullmatch(text)
    return found[1] if found else None


def find_key(keys: Mapping[str, Key], text: str) -> Key | None:
    """Return the key, revoked or not, that a text is, None if there is none. `keys` are by their ids.

    Takes as long whether the id or the secret is wrong.
    """
    key = keys.get(id_of(text) or "")
    is_equal = hmac.compare_digest(_hash(text), key.hash if key else _NO_HASH)
    return key if is_equal else None


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
