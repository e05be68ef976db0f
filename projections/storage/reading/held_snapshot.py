"""A state of the tables that is held for many glances: one transaction, until somebody commits another state."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from sqlalchemy import Connection

from projections.storage.reading.generation import Generation
from projections.storage.reading.snapshot import Snapshot, read_snapshot
from projections.storage.reading.tables_state import TablesState

#: Begins a transaction on the live generation; None if another one has just become live.
Begin = Callable[[], tuple[ExitStack, Connection, TablesState] | None]


class _Shared(NamedTuple):
    """A transaction on a generation, where its tables stand, and the versions of its files before it began."""

    generation: Generation
    versions: tuple[int, ...]
    transaction: ExitStack
    connection: Connection
    snapshot: Snapshot


class HeldSnapshot:
    """What glances see of tables in files: always the newest state, though no more than a number is asked for it.

    To begin a transaction, and to find out where the tables stand, would be a fifth of a first look. As long as
    it is held, the write-ahead log cannot begin anew: whoever glances lets go of it soon. Of one thread.
    """

    def __init__(self, live: Callable[[], Generation], begin: Begin) -> None:
        self._live = live
        self._begin = begin
        self._held: _Shared | None = None

    @contextmanager
    def glancing(self) -> Iterator[tuple[Connection, Snapshot]]:
        """Yield the transaction, where it is of the live generation and its newest state; else begin another."""
        held, live = self._held, self._live()
        if held is None or held.generation is not live or live.data_versions() != held.versions:
            self.let_go()
            held = self._held = self._hold()
        try:
            yield held.connection, held.snapshot
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """End the transaction, if there is one."""
        if (held := self._held) is not None:
            self._held = None
            held.transaction.close()

    def _hold(self) -> _Shared:
        while True:
            live = self._live()
            versions = live.data_versions()  # what is committed from now on is noticed
            if (begun := self._begin()) is None:
                continue
            transaction, connection, state = begun
            with transaction:
                state.check()
                snapshot = read_snapshot(connection)
                if live is self._live():
                    return _Shared(live, versions, transaction.pop_all(), connection, snapshot)
