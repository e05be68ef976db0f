"""Glances at the tables, within the event loop: they share a transaction as long as they follow each other."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from projections.storage.connection import Connection
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.reading.snapshot import Mark, Snapshot
from projections.storage.reading.tables_state import OutdatedTables
from projections.storage.store import Store

_SOON: Final = 0.05  # seconds without a glance after which the transaction of the last ones ends


class Glances:
    """The glances of one app at its tables."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._count = 0
        self._looks_again = False

    @contextmanager
    def glancing(self) -> Iterator[tuple[Connection, Snapshot]]:
        """Yield a connection that sees the newest state of the tables, and where they stand.

        Raises `OutdatedTables`, and one of `DATABASE_ERRORS` if anybody would have to be waited for.
        """
        self._count += 1
        if not self._looks_again:
            self._looks_again = True
            self._look_again_after(self._count)
        with self._store.glancing() as found:
            yield found

    def mark(self) -> Mark | None:
        """Return where the tables stand; None if that would have to wait, or something is wrong."""
        if not self._store.is_embedded:
            return None
        with suppress(*DATABASE_ERRORS, OutdatedTables), self.glancing() as (_, snapshot):
            return snapshot.mark
        return None

    def _look_again_after(self, count: int) -> None:
        asyncio.get_running_loop().call_later(_SOON, self._look_again, count)

    def _look_again(self, before: int) -> None:
        """Let go of the transaction if nobody has glanced for a while."""
        if self._count > before:
            self._look_again_after(self._count)
            return
        self._looks_again = False
        self._store.let_go()
