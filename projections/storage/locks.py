"""Locks between processes, released by the kernel or the database when their holder dies.

They say whose turn it is, no more: what is written is guarded by conditions of its own, so a lock that is lost
unnoticed for a moment costs work done twice, never a wrong row.
"""

import json
import logging
import os
import socket
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any, Final, NamedTuple

import psycopg

from domain.log.advisory_locks import AdvisoryLock
from domain.log.database_url import connect, connection_options
from domain.log.sqlite_files import OWNER_ONLY

_log = logging.getLogger(__name__)

#: A connection whose other end went away without a word is known to be lost within half a minute, on both ends.
_KEEPALIVE: Final[dict[str, Any]] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_SERVERS_KEEPALIVE: Final = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
_LONGEST_NAME: Final = 63  # of an application, on PostgreSQL


class Holder(NamedTuple):
    """The process that holds a lock. What could not be found out is None."""

    process: int | None
    host: str | None

    @classmethod
    def this_process(cls) -> "Holder":
        """Return the process that asks."""
        return cls(os.getpid(), socket.gethostname())


class Lock(ABC):
    """A lock that one process holds. Within the process it counts: what is acquired twice is released twice."""

    def __init__(self) -> None:
        self._mutex = RLock()
        self._times = 0

    def acquire(self) -> bool:
        """Take the lock if it is free, or ours already; return whether it is ours now. Never waits."""
        with self._mutex:
            if not self.is_held() and not self._take():
                return False
            self._times += 1
            return True

    def is_held(self) -> bool:
        """Return whether the lock is ours; it may have been lost."""
        with self._mutex:
            if self._times and not self._is_still_ours():
                self._times = 0
                self._let_go()
            return self._times > 0

    def release(self) -> None:
        """Give the lock back, as often as it was taken. What is lost already is no error."""
        with self._mutex:
            self._times = max(self._times - 1, 0)
            if not self._times:
                self._let_go()

    def give_up(self) -> None:
        """Close what was opened for trying, unless the lock is ours."""
        with self._mutex:
            if not self._times:
                self._let_go()

    @abstractmethod
    def holder(self) -> Holder | None:
        """Return who holds the lock, in whatever process; None if it is free."""

    @abstractmethod
    def _take(self) -> bool: ...

    @abstractmethod
    def _is_still_ours(self) -> bool: ...

    @abstractmethod
    def _let_go(self) -> None: ...


class FileLock(Lock):
    """A lock on a file, which is left behind when it is released: only the kernel's lock on it means anything."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._descriptor: int | None = None

    def holder(self) -> Holder | None:
        """Return who holds the lock, as the file says; None if it is free."""
        try:
            descriptor = os.open(self._path, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            if _lock_descriptor(descriptor, shared=True):
                return None
            return _parse_holder(os.read(descriptor, 1000))
        finally:
            os.close(descriptor)

    def _take(self) -> bool:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        if not _lock_descriptor(descriptor, shared=False):
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(Holder.this_process()._asdict()).encode())
        self._descriptor = descriptor
        return True

    def _is_still_ours(self) -> bool:
        """Return False once the file was deleted: others lock another one then."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def _let_go(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class PostgresqlLock(Lock):
    """A lock of a PostgreSQL database, held by a connection of its own and lost with it."""

    def __init__(self, database_url: str, lock: AdvisoryLock) -> None:
        super().__init__()
        self._database_url = database_url
        self._key = lock.value
        self._name = lock.name.lower()
        self._connection: psycopg.Connection[Any] | None = None

    def holder(self) -> Holder | None:
        """Return who holds the lock, as its connection says; None if it is free. Raises `psycopg.Error`."""
        with connect(self._database_url, autocommit=True) as connection:
            row = connection.execute(_HOLDER, self._key).fetchone()
        if row is None:
            return None
        process, _, host = (row[0] or "").rpartition(" ")[2].partition("@")
        return Holder(int(process) if process.isdecimal() else None, host or None)

    def _take(self) -> bool:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._database_url, autocommit=True, **self._overrides())
        try:
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", self._key).fetchone()
        except psycopg.Error:
            self._let_go()
            raise
        return bool(row and row[0])

    def _overrides(self) -> dict[str, Any]:
        """Return the options of the connection that holds the lock: the URL's, and its name says who holds it."""
        given = connection_options(self._database_url)
        process, host = Holder.this_process()
        holder = f" {self._name} {process}@{host}"[:_LONGEST_NAME]
        application = given.get("application_name", "detente")[: _LONGEST_NAME - len(holder)]
        options = f"{_SERVERS_KEEPALIVE} {given.get('options', '')}".strip()
        return {**_KEEPALIVE, **given, "options": options, "application_name": application + holder}

    def _is_still_ours(self) -> bool:
        try:
            return self._connection is not None and self._connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.Error:
            _log.warning("the connection that held the lock %r is lost", self._name)
            return False

    def _let_go(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):  # of a connection that is lost, and the lock with it
                # Else the lock outlasts the call: the server takes its time to end a connection.
                self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._connection.close()
            self._connection = None


_HOLDER: Final = (
    "SELECT a.application_name FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objid = %s AND l.objsubid = 2"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _parse_holder(content: bytes) -> Holder:
    try:
        return Holder(**json.loads(content))
    except (ValueError, TypeError):  # it has not said yet who it is
        return Holder(None, None)


if sys.platform == "win32":
    import msvcrt

    def _lock_descriptor(descriptor: int, *, shared: bool) -> bool:  # noqa: ARG001  # Windows has no shared ones
        """Lock a byte far behind what is written, so that others can read that."""
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock_descriptor(descriptor: int, *, shared: bool) -> bool:
        """Lock an open file for as long as it is open; return False if another one has it."""
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
