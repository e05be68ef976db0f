"""Where keys are kept: a table in the log's database, not among the projections, which are made anew at times."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    MetaData,
    Row,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from api.access.keys import Key, KeyRefused, NewKey, Scope, make_key
from domain.text import comparable
from projections.storage.engines import open_engine
from projections.times import from_micros, to_micros

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


class KeyStore:
    """The keys of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            connection.execute(CreateTable(api_keys, if_not_exists=True))

    @classmethod
    def open(cls, database_url: str) -> "KeyStore":
        """Open the keys in the log's database. On PostgreSQL, one process at a time may do so."""
        return cls(open_engine(database_url))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def create(self, name: str, scope: Scope, now: datetime) -> NewKey:
        """Make a key. Raises `KeyRefused` if the name will not do, or was ever given to another."""
        made = make_key(name, scope, now)
        row = {**made.key._asdict(), "folded_name": comparable(made.key.name), "created": to_micros(now)}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(api_keys).values(row))
        except IntegrityError:
            detail = "a name is given once, so that the log stays clear, even if its key was revoked"
            raise KeyRefused(f"there is a key with the name {made.key.name!r} or one like it; {detail}") from None
        return made

    def revoke(self, name_or_id: str, now: datetime) -> Key:
        """Revoke a key for ever; one that is revoked already stays as it is. Raises `KeyRefused`."""
        found = [
            key for key in self.all() if name_or_id == key.id or comparable(name_or_id) == comparable(key.name)
        ]
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
