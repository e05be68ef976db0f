"""The table of API keys: in the log's database, not among the projections, which are made anew at times."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.schema import CreateTable

from projections.storage.engines import open_engine

metadata: Final = MetaData()

#: One row per key ever made. Instants are microseconds since 1970-01-01, UTC.
api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("folded_name", String, nullable=False, unique=True),
    Column("scope", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("expires", BigInteger),
)
_SINCE_0_3: Final = "expires"  # the column that the table lacks where an older version made it


class KeyRow(NamedTuple):
    """A row of the table, its columns in their order."""

    id: str
    name: str
    folded_name: str
    scope: str
    hash: str
    created: int
    revoked: int | None = None
    expires: int | None = None


class KeyIsTaken(Exception):
    """There is a row with the same id or the same folded name."""


class KeyTable:
    """The table in one database, made where there is none, if it `makes_tables`."""

    def __init__(self, engine: Engine, *, makes_tables: bool = True) -> None:
        self.engine = engine
        if makes_tables:
            with engine.begin() as connection:
                connection.execute(CreateTable(api_keys, if_not_exists=True))
                if not _has_expiry(connection):
                    _bring_up_to_date(connection)
        self._has_expiry = makes_tables

    @classmethod
    def open(cls, database_url: str, *, makes_tables: bool = True) -> "KeyTable":
        """Open the table in the log's database. On PostgreSQL, one process at a time may make it."""
        return cls(open_engine(database_url), makes_tables=makes_tables)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def add(self, row: KeyRow) -> None:
        """Add a row. Raises `KeyIsTaken`."""
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(api_keys).values(row._asdict()))
        except IntegrityError:
            raise KeyIsTaken(row.name) from None

    def revoke(self, key_id: str, instant: int) -> None:
        """Note that a key was revoked at an instant in microseconds, unless it was revoked before."""
        with self.engine.begin() as connection:
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == key_id, api_keys.c.revoked.is_(None))
                .values(revoked=instant)
            )

    def all(self) -> Sequence[KeyRow]:
        """Return all rows, the oldest first."""
        with self.engine.connect() as connection:
            if not self._has_expiry:  # a reader comes before whoever brings the table up to date
                self._has_expiry = _has_expiry(connection)
            columns = [column for column in api_keys.c if self._has_expiry or column.name != _SINCE_0_3]
            rows = connection.execute(select(*columns).order_by(api_keys.c.created, api_keys.c.id)).all()
        return [KeyRow._make([*row, None][: len(KeyRow._fields)]) for row in rows]


_ADD_EXPIRY: Final[DDL] = DDL(f"ALTER TABLE api_keys ADD COLUMN {_SINCE_0_3} BIGINT")  # type: ignore[no-untyped-call]


def _bring_up_to_date(connection: Connection) -> None:
    try:
        connection.execute(_ADD_EXPIRY)
    except OperationalError:  # on SQLite another process may have done it a moment ago
        if not _has_expiry(connection):
            raise


def _has_expiry(connection: Connection) -> bool:
    """Return whether the table is there, and not as an older version made it."""
    tables = inspect(connection)
    if not tables.has_table(api_keys.name):
        return False
    return _SINCE_0_3 in {column["name"] for column in tables.get_columns(api_keys.name)}
