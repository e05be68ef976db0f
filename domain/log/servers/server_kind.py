"""Servers that speak PostgreSQL's protocol, and would do wrong without a word.

Positions become visible in their order because a writer locks the table of the log. One process at a time makes
tables, folds and rebuilds because of advisory locks. Where a server takes these statements and locks nothing, a
reader misses events, two projectors are active at once, and nobody is told. So such servers are refused before
anything is done: those that are known, by name, and others by trying whether a lock keeps a second connection out.
"""

import re
from typing import Any, Final
from uuid import uuid4

import psycopg

from domain.log.database_url import connect

_IS_POSTGRESQL: Final = re.compile(r"PostgreSQL \d")
_ADVISORY: Final = "takes advisory locks and lets everybody have them"
_TABLE: Final = "does not lock tables as PostgreSQL does"
#: What the version of a server says, in small letters; the server's name; and what it does.
_REFUSED: Final = (
    ("cockroachdb", "CockroachDB", _ADVISORY),
    ("-yb-", "YugabyteDB", _TABLE),
    ("yugabyte", "YugabyteDB", _TABLE),
    ("redshift", "Amazon Redshift", "has no advisory locks"),
    ("materialize", "Materialize", "has no locks"),
    ("risingwave", "RisingWave", "has no locks"),
)


class UnfitServer(Exception):
    """A server is none that a log can be kept on; the message says why, and what would be."""


def refuse_unfit_server(database_url: str, connection: psycopg.Connection[Any]) -> None:
    """Raise `UnfitServer` if a server is not PostgreSQL, or its advisory locks keep nobody out.

    The connection has to be in autocommit mode. Another one is made for as long as it is tried.
    """
    refuse_by_version(_version_of(connection))
    key = uuid4().int & (2**62 - 1)  # nobody else tries with it
    with connect(database_url, autocommit=True) as other:
        try:
            ours = _try_lock(connection, key)
            theirs = _try_lock(other, key)
        except psycopg.Error as error:
            if error.sqlstate is None or error.sqlstate[:2] not in ("0A", "42"):  # not supported, or not known
                raise
            raise UnfitServer(_describe("the database server", f"has no advisory locks ({error})")) from None
        connection.execute("SELECT pg_advisory_unlock(%s)", [key])
    if not ours or theirs:
        because = f"{_ADVISORY}; so does a connection pooler that is not in session mode"
        raise UnfitServer(_describe("the database server", because))


def refuse_by_version(version: str) -> None:
    """Raise `UnfitServer` if what a server says of its version is that of another than PostgreSQL."""
    for sign, name, because in _REFUSED:
        if sign in version.lower():
            raise UnfitServer(_describe(name, because))
    if not _IS_POSTGRESQL.match(version):
        raise UnfitServer(_describe(f"the database server, {version[:80]},", "is not PostgreSQL"))


def _version_of(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute("SELECT version()").fetchone()
    return str(row[0]) if row else ""


def _try_lock(connection: psycopg.Connection[Any], key: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
    return bool(row and row[0])


def _describe(who: str, because: str) -> str:
    return (
        f"{who} {because}: events would be missed or counted twice without a word; nothing was done there, keep"
        " the log on PostgreSQL itself, or on SQLite"
    )
