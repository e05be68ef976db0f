"""The keys of one database: made, revoked and read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from api.access.keys import Key, KeyRefused, NewKey, Scope, make_key
from api.access.session_store import SessionStore
from domain.standards.text import comparable
from projections.storage.access.key_table import KeyIsTaken, KeyRow, KeyTable
from projections.storage.access.session_table import SessionTable
from projections.times import from_micros, to_micros

_READ_TOKEN: Final = "read-token"  # noqa: S105  # in the table, the scope of one


class KeyStore:
    """The keys of one database, and the sessions that were made with them."""

    def __init__(self, table: KeyTable, *, makes_tables: bool = True) -> None:
        self._table = table
        self.sessions = SessionStore(SessionTable(table.engine, makes_tables=makes_tables))

    @classmethod
    def open(cls, database_url: str, *, makes_tables: bool = True) -> "KeyStore":
        """Open the keys in the log's database. On PostgreSQL, one process at a time may make their tables."""
        return cls(KeyTable.open(database_url, makes_tables=makes_tables), makes_tables=makes_tables)

    def close(self) -> None:
        """Close all connections."""
        self._table.close()

    def create(
        self, name: str, scope: Scope, now: datetime, *, is_token: bool = False, expires: datetime | None = None
    ) -> NewKey:
        """Make a key. Raises `KeyRefused` if it will not do, or the name was ever given to another."""
        made = make_key(name, scope, now, is_token=is_token, expires=expires)
        try:
            self._table.add(_row(made.key))
        except KeyIsTaken:
            detail = "a name is given once, so that the log stays clear, even if its key was revoked"
            raise KeyRefused(f"there is a key with the name {made.key.name!r} or one like it; {detail}") from None
        return made

    def revoke(self, name_or_id: str, now: datetime) -> Key:
        """Revoke a key for ever; one that is revoked already stays as it is. Raises `KeyRefused`."""
        found = self.named(name_or_id)
        self._table.revoke(found.id, to_micros(now))
        return next(key for key in self.all() if key.id == found.id)

    def named(self, name_or_id: str) -> Key:
        """Return the key with a name or id, revoked or not. Raises `KeyRefused`."""
        name = comparable(name_or_id)
        for key in self.all():
            if name_or_id == key.id or name == comparable(key.name):
                return key
        raise KeyRefused("there is no key with this name or id; `detente key list` shows them")

    def all(self) -> Sequence[Key]:
        """Return all keys ever made, the oldest first."""
        return [_key(row) for row in self._table.all()]


def _row(key: Key) -> KeyRow:
    scope = _READ_TOKEN if key.is_token else key.scope
    expires = None if key.expires is None else to_micros(key.expires)
    return KeyRow(key.id, key.name, comparable(key.name), scope, key.hash, to_micros(key.created), expires=expires)


def _key(row: KeyRow) -> Key:
    revoked, expires = (None if it is None else from_micros(it) for it in (row.revoked, row.expires))
    is_token = row.scope == _READ_TOKEN
    scope = Scope.READ if is_token else Scope(row.scope)
    return Key(row.id, row.name, scope, row.hash, from_micros(row.created), revoked, is_token, expires)
