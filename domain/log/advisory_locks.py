"""PostgreSQL's advisory locks: all their keys, and the making of tables by one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Final

from domain.log.database_url import connect, sqlite_file
from domain.log.servers.server_kind import refuse_unfit_server
from domain.log.servers.standby import refuse_standby

#: The first half of the keys of locks that are held for long; the second says which lock it is.
LASTING: Final = 0x6465_7465


class AdvisoryLock(Enum):
    """What is locked. A key is never changed: processes of another version go by it, too.

    PostgreSQL has two spaces of keys: numbers of 64 bits, and pairs of 32 bits.
    """

    ALL_TABLES = 0x6465_7465  #: held while a service opens its database
    LOG_TABLES = 0x6465_7465_0002
    PROJECTION_TABLES = 0x6465_7465_0001
    PROJECTOR = (LASTING, 1)
    REBUILD = (LASTING, 2)


@contextmanager
def making_tables(database_url: str, lock: AdvisoryLock) -> Iterator[None]:
    """Let one process at a time make tables on PostgreSQL, where `IF NOT EXISTS` lets two collide.

    Raises `UnfitServer` where these locks would not do that, and `ServerIsStandby` where none can be made. On
    SQLite there is nothing to do: who makes tables there writes, and has the file to itself.
    """
    if sqlite_file(database_url) is not None:
        yield
        return
    with connect(database_url, autocommit=True) as connection:
        if lock is not AdvisoryLock.PROJECTION_TABLES:  # who makes these has opened the log
            refuse_unfit_server(database_url, connection)
            refuse_standby(connection)
        connection.execute("SELECT pg_advisory_lock(%s)", [lock.value])
        yield
