"""API keys: what they are made of, and where they are kept.

A key is `detente_`, a public id (12 hexadecimal digits, for logs and look-ups), `_`, and a secret (64). Only a
hash of it is kept. The table is in the log's database, not among the projections, which are made anew at times.
"""

import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    MetaData,
    Row,
    String,
    Table,
    create_engine,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from domain.text import check_text, fold
from projections.page import from_micros, to_micros

MAX_NAME: Final = 100
_ID: Final = re.compile(r"[0-9a-f]{12}")
_FORM: Final = re.compile(r"detente_([0-9a-f]{12})_[0-9a-f]{64}")
_RESERVED: Final = frozenset({"anonymous", "import", "seeds"})  # what stands in the log where there is no key
_NO_HASH: Final = "0" * 64

metadata = MetaData()

#: One row per key ever made. Instants are microseconds since 1970-01-01, UTC.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("folded_name", String, nullable=False, unique=True),
    Column("scope", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
)


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
    if len(checked) > MAX_NAME or re.search(r"[^\S ]", checked) or not fold(checked):
        raise KeyRefused(f"a name is one line of 1 to {MAX_NAME} characters, with a letter or a digit among them")
    if fold(checked) in _RESERVED or _ID.fullmatch(fold(checked)) or id_of(checked):
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


class KeyStore:
    """The keys of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            connection.execute(CreateTable(api_keys, if_not_exists=True))

    @classmethod
    def open(cls, database_url: str) -> "KeyStore":
        """Open the keys in the log's database. On PostgreSQL, one process at a time may do so."""
        if database_url.startswith("sqlite:///"):
            return cls(create_engine(database_url, connect_args={"timeout": 60}))
        url = "postgresql+psycopg://" + database_url.partition("://")[2]
        return cls(create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=4))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def create(self, name: str, scope: Scope, now: datetime) -> NewKey:
        """Make a key. Raises `KeyRefused` if the name will not do, or was ever given to another."""
        made = make_key(name, scope, now)
        row = {**made.key._asdict(), "folded_name": fold(made.key.name), "created": to_micros(now)}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(api_keys).values(row))
        except IntegrityError:
            detail = "a name is given once, so that the log stays clear, even if its key was revoked"
            raise KeyRefused(f"there is a key with the name {made.key.name!r} or one like it; {detail}") from None
        return made

    def revoke(self, name_or_id: str, now: datetime) -> Key:
        """Revoke a key for ever; one that is revoked already stays as it is. Raises `KeyRefused`."""
        found = [key for key in self.all() if name_or_id == key.id or fold(name_or_id) == fold(key.name)]
        if not found:
            raise KeyRefused("there is no key with this name or id; `detente key list` shows them")
        with self._engine.begin() as connection:
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == found[0].id, api_keys.c.revoked.is_(None))
                .values(revoked=to_micros(now))
            )
        return next(key for key in self.all() if key.id == found[0].id)

    def all(self) -> Sequence[Key]:
        """Return all keys ever made, the oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(api_keys).order_by(api_keys.c.created, api_keys.c.id)).all()
        return [_key(row) for row in rows]


def _key(row: Row[Any]) -> Key:
    revoked = None if row.revoked is None else from_micros(row.revoked)
    return Key(row.id, row.name, Scope(row.scope), row.hash, from_micros(row.created), revoked)
