"""One generation of the tables, and the connections to it. Those for reading are kept from reader to reader."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from time import monotonic
from typing import Final

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from projections.storage.connection import rows_of
from projections.storage.engines import be_patient
from projections.storage.tables import progress

_MOST_KEPT: Final = 4  # connections for reading
_KEPT_FOR: Final = 1.0  # seconds

_Idle = list[tuple[Connection, float]]  # connections, and since when they are idle
_GiveBack = Callable[[Connection], None]


class Generation:
    """One set of the tables, by its number."""

    def __init__(self, number: int, engine: Engine) -> None:
        self.number = number
        self.engine = engine
        self._closed = False
        self._kept: _Idle = []  # connections for reading
        self._kept_impatient: _Idle = []  # and for glances
        self._watching: tuple[Connection, Sequence[str]] | None = None  # outside of transactions, and what it asks

    def reading(self) -> AbstractContextManager[Connection]:
        """Yield a connection that sees one state of these tables, live or not.

        It is kept for the next reader: to give one back to the pool and take it again takes longer than what most
        readers ask.
        """
        return self._lent(self._kept, self.engine.connect, self._give_back)

    def glancing(self) -> AbstractContextManager[Connection]:
        """Yield the same of tables in a file, which fails where anybody would have to be waited for.

        Its connections are others: to take a connection's patience, and give it back, are two statements more.
        """
        return self._lent(self._kept_impatient, self._connect_impatient, self._give_back_impatient)

    def data_versions(self) -> tuple[int, ...]:
        """Return a number for each file of tables in files, which is another after each commit of anybody else.

        It never waits for anybody. https://sqlite.org/pragma.html#pragma_data_version
        """
        if self._watching is None:
            watching = self._connect_impatient()
            files = [row[1] for row in rows_of(watching, "PRAGMA database_list") if row[1] != "temp"]
            self._watching = watching, [f"PRAGMA {file}.data_version" for file in files]
        connection, asked = self._watching
        return tuple(rows_of(connection, each)[0][0] for each in asked)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are committed together, or not at all."""
        connection = self.engine.connect()
        try:
            with connection.execution_options(writing=True).begin():
                yield connection
        finally:
            self._give_back(connection)

    @contextmanager
    def _lent(self, kept: _Idle, connect: Callable[[], Connection], give_back: _GiveBack) -> Iterator[Connection]:
        """Yield a kept connection, or a new one, in a transaction; keep it for the next, unless that fails."""
        connection = self._take_kept(kept, give_back) or connect()
        try:
            with connection.begin():
                yield connection
        except BaseException:
            give_back(connection)
            raise
        self._keep(connection, kept, give_back)

    def _take_kept(self, kept: _Idle, give_back: _GiveBack) -> Connection | None:
        """Return a connection that was read from a moment ago, None if there is none."""
        while True:
            try:
                connection, since = kept.pop()
            except IndexError:
                return None
            if monotonic() - since < _KEPT_FOR:
                return connection
            give_back(connection)  # its server may be gone by now: the pool looks

    def _keep(self, connection: Connection, kept: _Idle, give_back: _GiveBack) -> None:
        if connection.invalidated or len(kept) >= _MOST_KEPT:
            give_back(connection)
            return
        kept.append((connection, monotonic()))
        if self._closed:
            self._give_back_kept()

    def _give_back(self, connection: Connection) -> None:
        if self._closed and not connection.invalidated:
            connection.detach()  # closed with this: the pool that it came from is gone
        connection.close()

    def _connect_impatient(self) -> Connection:
        connection = self.engine.connect()
        be_patient(connection, patient=False)
        return connection

    def _give_back_impatient(self, connection: Connection) -> None:
        try:
            be_patient(connection, patient=True)
        except DBAPIError:  # it is of no use to anybody
            connection.invalidate()
        self._give_back(connection)

    def _give_back_kept(self) -> None:
        for kept, give_back in ((self._kept, self._give_back), (self._kept_impatient, self._give_back_impatient)):
            with suppress(IndexError):
                while True:
                    give_back(kept.pop()[0])

    def position(self) -> int:
        """Return the position up to which these tables are folded."""
        with self.reading() as connection:
            return int(connection.execute(select(progress.c.position)).scalar_one())

    def close(self) -> None:
        """Close the connections that are not in use; the others are closed when they are given back."""
        self._closed = True
        self._give_back_kept()
        if self._watching is not None:
            self._watching[0].close()
        self.engine.dispose()
