"""A standby: a PostgreSQL server that follows a primary, and may be read and not written to.

https://www.postgresql.org/docs/current/hot-standby.html
"""

from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg

from domain.log.database_url import connect

_STATE: Final = (
    "SELECT pg_is_in_recovery(), (SELECT count(*) > 0 FROM pg_stat_wal_receiver),"
    " pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()),"
    " pg_last_xact_replay_timestamp(), (SELECT max(last_msg_send_time) FROM pg_stat_wal_receiver),"
    " clock_timestamp()"
)


class ServerIsStandby(Exception):
    """A server that is to be written to is a standby."""


class StandbyState(NamedTuple):
    """How a standby follows its primary.

    `bytes_behind` is what it has received and not replayed, `replayed` when the last transaction was committed
    that it has replayed, None for none since it started. `heard` is when the primary sent what it sent last, None
    where it is not connected, or our role may not know. `now` is the clock of this server.
    """

    is_standby: bool
    is_connected: bool
    bytes_behind: int
    replayed: datetime | None
    heard: datetime | None
    now: datetime

    @property
    def lag_seconds(self) -> float | None:
        """How old the state is that is read; 0 where all that came is replayed and more would come."""
        if not self.is_standby or (self.is_connected and self.bytes_behind == 0):
            return 0.0
        return None if self.replayed is None else max((self.now - self.replayed).total_seconds(), 0.0)

    @property
    def complete_until(self) -> datetime | None:
        """Until when nothing was committed that is not replayed; None if that is not known."""
        if not self.is_standby:
            return self.now
        if self.heard is None or self.bytes_behind:
            return self.replayed
        return self.heard if self.replayed is None else max(self.heard, self.replayed)


def read_standby(database_url: str) -> StandbyState:
    """Return how the server of a database follows its primary."""
    with connect(database_url, autocommit=True) as connection:
        row = connection.execute(_STATE).fetchone()
    assert row is not None
    is_standby, is_connected, behind, replayed, heard, now = row
    return StandbyState(is_standby, is_connected, int(behind or 0), replayed, heard, now)


def refuse_standby(connection: psycopg.Connection[Any]) -> None:
    """Raise `ServerIsStandby` if a server is one."""
    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    if row and row[0]:
        raise ServerIsStandby(
            "the database is a standby, and nothing can be recorded there: name the primary in"
            " DETENTE_DATABASE_URL, or answer reads from the standby with DETENTE_ROLE=replica"
        )
