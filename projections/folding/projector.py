"""The projector: folds one log into the live tables, when it is its turn, and builds new ones beside them.

However many processes run, one is active: it holds a lock that is lost when it dies, and the others stand by.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Final

from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.folding.folder import PAGE_SIZE, Folder, Progress, Rest
from projections.folding.log_identity import TablesOfAnotherLog, check_log
from projections.folding.parallel_fill import fill
from projections.storage.columns.stored_columns import forget_damaged_columns, store_columns_anew
from projections.storage.connection import Tables
from projections.storage.generations import home_of
from projections.storage.locks import Holder
from projections.storage.reading.generation import Generation
from projections.storage.reading.tables_state import OutdatedTables
from projections.storage.store import Store

_log = logging.getLogger("projections.projector")  # those who read the log know it by this name

WORTH_WORKERS: Final = 20_000  #: positions of a log that is long enough to be rebuilt by several processes
_CACHE_OF_WORKER: Final = 8  # MiB of the tables: it reads what is all over them, once
_STANDBY: Final = 1.0  # seconds between tries to become the active one, at most
_POLL_INTERVAL: Final = 0.1  # seconds between looks at the position that the active one has reached
_FULL_PAGE: Final = 50  # events of a page that costs so much more than a page of one that no rest pays
_REST: Final = 2.0  # times as long as a page took, before the next one
_LONGEST_REST: Final = 0.1  # seconds


#: Fills empty tables up to a position; is told when to stop, and then leaves tables that are of no use.
LoadTables = Callable[[Tables, Progress | None, Event | None], None]


class Projector(Folder):
    """Folds one log into the live tables of one store."""

    def __init__(self, log: Detente, store: Store, page_size: int = PAGE_SIZE) -> None:
        super().__init__(log, store, page_size)
        self._store = store
        self._lock = store.lock("projector")
        self._last_failure = ""
        self._columns_checked = False

    def active(self) -> Holder | None:
        """Return the process whose projector is the active one; None if there is none."""
        return self._lock.holder()

    def fold(self, progress: Progress | None = None, stop: Event | None = None, rest: Rest | None = None) -> None:
        """Fold all there is, and make stale states anew. Raises `TablesOfAnotherLog`, having folded nothing."""
        check_log(self._log, self._store)
        super().fold(progress, stop, rest)
        self._store_columns()
        self._store.erase_leftovers()
        self._store.show_views()

    def _store_columns(self) -> None:
        """See to it that the stored columns of all incidents are not old; once, that they can be read."""
        if not self._columns_checked:
            forget_damaged_columns(self._store)
            self._columns_checked = True
        store_columns_anew(self._store)

    def catch_up(self, progress: Progress | None = None, stop: Event | None = None) -> int:
        """See to it that all there is now is folded; return the position reached.

        It is folded here, or waited for while another process, the active one, folds it. `progress` gets the
        position and the log's end now and then. Ends early, between pages, once `stop` is set.
        """
        end = self._log.position()
        pause = stop or Event()
        while not pause.is_set():
            with self._turn() as ours:
                if ours:
                    self.fold(progress, stop)
                if ours and self._lock.is_held():
                    break
            position = self._store.position()
            if progress:
                progress(position, end)
            if position >= end:
                break
            pause.wait(_POLL_INTERVAL)
        self._lock.give_up()
        return self._store.position()

    def run(self, wake: Event, stop: Event, heartbeat: float) -> None:
        """Be the active one, or stand by for it, until stopped.

        The active one catches up whenever woken, and every `heartbeat` seconds besides. After a small page it
        rests, so that the next one has what several commands record meanwhile.
        """
        ours = False

        def rest(events: int, seconds: float) -> None:
            stop.wait(rest_after(events, seconds))

        while not stop.is_set():
            wake.clear()
            try:
                had, ours = ours, self._keep_turn(ours=ours)
                if ours:
                    self.fold(stop=stop, rest=rest)
                    self._last_failure = ""
                if ours and not had:
                    _log.info("the projector of this process is the active one")
            except Exception as error:
                # Another process may have more luck: newer code, or a better connection.
                self._log_failure(error, heartbeat)
                if ours:
                    self._lock.release()
                ours = False
            if not stop.is_set():
                wake.wait(heartbeat if ours else min(heartbeat, _STANDBY))
        if ours:
            self._lock.release()
        self._lock.give_up()

    def rebuild(
        self, progress: Progress | None = None, stop: Event | None = None, load: LoadTables | None = None
    ) -> int | None:
        """Build a new generation of the tables from the whole log, and swap it in; return its position.

        What is there to `load`, from a build of history, is not folded. The live tables are read and written
        meanwhile as ever. Ends early once `stop` is set: then they stay as they are, and it returns None. Raises
        `RebuildRunning`, and what loading does.
        """
        with self._store.rebuilding() as new:
            folder = Folder(self._log, new)
            if load is not None:
                load(new, progress, stop)
            elif (end := self._log.position()) >= WORTH_WORKERS:
                fill(new, partial(_open_parts, self._store.url, new.number), end, progress, stop)
            folder.fold_pages(progress, stop)
            folder.refresh(stop)
            store_columns_anew(new)
            if stop and stop.is_set():
                return None
            folder.fold_pages(progress)  # what came while the states were made
            folder.refresh()
            self._store.swap(new, lambda: folder.fold_up_to(self._log.position()))
        return self._store.position()

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Take the turn, if it is free, for a while."""
        ours = self._lock.acquire()
        try:
            yield ours
        finally:
            if ours:
                self._lock.release()

    def _keep_turn(self, *, ours: bool) -> bool:
        if ours and self._lock.is_held():
            return True
        if ours:
            _log.warning("the turn to fold the log is lost")
        return self._lock.acquire()

    def _may_go_on(self, stop: Event | None) -> bool:
        return super()._may_go_on(stop) and self._lock.is_held()

    def _log_failure(self, error: Exception, heartbeat: float) -> None:
        """Log what is in the way, once for as long as it stays the same."""
        failure = f"{type(error).__name__}: {error}"
        if failure != self._last_failure:
            details = None if isinstance(error, OutdatedTables | TablesOfAnotherLog) else error
            _log.error("the log cannot be folded: %s; trying again every %s s", error, heartbeat, exc_info=details)
        self._last_failure = failure


def rest_after(events: int, seconds: float) -> float:
    """Return for how many seconds to rest after a page of some events that took some seconds.

    Most of what a small page costs it costs whatever is in it. Where folding is slow, as on a machine with much
    else to do, the rests are longer and the pages larger.
    """
    return 0.0 if events >= _FULL_PAGE else min(_REST * seconds, _LONGEST_REST)


def _open_parts(database_url: str, generation: int) -> tuple[Detente, Generation]:
    """Open, in another process, the log and the generation that is being built."""
    log = Detente(log_environment(database_url))
    return log, home_of(database_url).open(generation, building=True, cache=_CACHE_OF_WORKER)
