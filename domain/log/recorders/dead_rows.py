"""What PostgreSQL keeps of rows that were changed.

The old ones stay in a table's file until it is stored anew. And for its planner it keeps samples of what columns
hold, in a table of its own: `pg_statistic`.
"""

import logging
from time import monotonic, sleep
from typing import Any, Final

import psycopg
from psycopg.sql import SQL, Composable

_log = logging.getLogger(__name__)

_PATIENCE: Final = 5.0  # seconds for others' transactions to end
_PAUSE: Final = 0.05


def store_anew(connection: psycopg.Connection[Any], *tables: Composable) -> bool:
    """Store tables anew without the rows that were changed or deleted; return whether none of these is left.

    What was sampled of them goes, too. They stay while a transaction may still read them, or while others have a
    table locked. Readers and writers wait as long as it takes. The connection commits by itself.
    """
    if not _others_have_moved_on(connection):
        return False
    connection.execute(SQL("SET lock_timeout = '5s'"))
    try:
        for table in tables:
            connection.execute(SQL("VACUUM (FULL, ANALYZE) {}").format(table))
        if not _others_have_moved_on(connection):  # those who began while it took samples anew
            return False
        connection.execute(_STORE_SAMPLES_ANEW)
    except psycopg.Error as error:
        _log.warning("what was redacted may be left in the database's files, for now: %s", error)
        return False
    return True


def _others_have_moved_on(connection: psycopg.Connection[Any]) -> bool:
    """Wait until no transaction is left that may read what was there before this moment."""
    row = connection.execute("SELECT pg_current_xact_id()::xid").fetchone()
    assert row is not None
    deadline = monotonic() + _PATIENCE
    while (found := connection.execute(_OLDER, {"now": row[0]}).fetchone()) and found[0]:
        if monotonic() > deadline:
            return False
        sleep(_PAUSE)
    return True


#: PostgreSQL skips it, with a warning, for whom the database does not belong to.
_STORE_SAMPLES_ANEW: Final = "VACUUM (FULL) pg_catalog.pg_statistic"
_OLDER: Final = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND (age(backend_xmin) > age(%(now)s::xid) OR age(backend_xid) > age(%(now)s::xid)))"
)
