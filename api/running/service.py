"""The parts of a running service, put together: the log, the projections, the projector between them."""

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Event, Thread

from api.access.key_store import KeyStore
from api.running.forked_process import ForkedProcess
from api.running.history_reading import OpenHistory, ReadHistory, history_reader, keep_looking
from api.running.logging import LogLevel
from api.running.settings import Settings
from api.running.supervisor import Supervisor
from api.running.worker_group import ProjectorBeside
from domain.log.advisory_locks import AdvisoryLock, making_tables
from domain.log.application import Detente
from domain.log.database_url import connect, log_environment
from domain.log.listener import channel_of, listen
from domain.log.servers.server_kind import refuse_unfit_server
from projections.folding.projector import Projector
from projections.publishers.stale_weights import correct_columns
from projections.queries.overview.relations_cache import RelationsCache
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.incident_cache import IncidentCache
from projections.storage.locks import Holder
from projections.storage.store import Store

_log = logging.getLogger(__name__)

_LISTEN_AGAIN = 1.0  # seconds between tries to listen to PostgreSQL, at most

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present instant, UTC."""
    return datetime.now(UTC)


class Wake(Event):
    """Makes the projector look at the log: that of this process, and the one in a process beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.beside: Supervisor | ProjectorBeside | None = None

    def set(self) -> None:
        """Wake the projector. Never waits."""
        super().set()
        if self.beside is not None:
            self.beside.wake()


@dataclass
class Service:
    """Everything that routes and commands need. `wake` makes the projector look at the log."""

    settings: Settings
    log: Detente
    store: Store
    projector: Projector
    keys: KeyStore
    clock: Clock = utc_now
    history: OpenHistory | None = None
    incident_cache: IncidentCache = field(init=False)
    relations_cache: RelationsCache = field(init=False)
    wake: Wake = field(default_factory=Wake)
    _stop: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.incident_cache = IncidentCache(correct_columns, self.history)
        self.relations_cache = RelationsCache(self.incident_cache)

    @classmethod
    def open(cls, settings: Settings, clock: Clock = utc_now, *, mend: bool = False) -> "Service":
        """Open the log and the projections that the settings name. `mend` is for `Store.open`.

        A replica makes no tables: it raises `NoTablesYet` where the primary has made none. Raises `DamagedTables`,
        and `ArchiveRefused` where nothing could read a history of the settings.
        """
        read_history = history_reader(settings.history)
        if settings.is_replica:
            return cls._open_replica(settings, clock, read_history)
        settings.prepare()
        with making_tables(settings.database_url, AdvisoryLock.ALL_TABLES):
            log = Detente(log_environment(settings.database_url))
            store = Store.open(settings.database_url, mend=mend)
            keys = KeyStore.open(settings.database_url)
        return cls(settings, log, store, Projector(log, store), keys, clock, read_history(log))

    @classmethod
    def _open_replica(cls, settings: Settings, clock: Clock, read_history: ReadHistory) -> "Service":
        url = settings.database_url
        store = Store.open(url, makes_tables=False)  # first: where nothing is, this says so
        log = Detente(log_environment(url, makes_tables=False))
        keys = KeyStore.open(url, makes_tables=False)
        return cls(settings, log, store, Projector(log, store), keys, clock, read_history(log))

    def start(self, beside: ProjectorBeside | ForkedProcess | None = None) -> None:
        """Fold the log from now on, where the settings say: in a process beside this one, in a thread, or not.

        `beside` is a projector that runs already, to be woken, or a process that waits to be one. A replica leaves
        all folding to its primary.
        """
        if self.history is not None:
            self.history.look()
            take_up = partial(self._take_up, self.history)
            self._start(partial(keep_looking, self.history, take_up, self._stop), "history")
        if self.settings.is_replica:
            return
        self._start(self._look_back, "record time")
        if isinstance(beside, ProjectorBeside):
            self.wake.beside = beside
        elif self.settings.projector == "thread":
            self.start_projector()
        elif self.settings.projector == "process":
            self.fold_beside(self.settings.log_level, beside)

    def fold_beside(self, log_level: LogLevel, forked: ForkedProcess | None = None) -> None:
        """Fold the log from now on in a process beside this one, which ends with it; first in one that waits."""
        environment = {
            "DETENTE_DATABASE_URL": self.settings.database_url,
            "DETENTE_HEARTBEAT": str(self.settings.heartbeat),
            "DETENTE_LOG_LEVEL": log_level.value,
        }
        self.wake.beside = Supervisor([sys.executable, "-m", "api.running.worker"], environment, forked)
        self.wake.beside.start()

    def owns(self, holder: Holder) -> bool:
        """Return whether a projector is this service's own: in this process, or in the one beside it."""
        process, host = Holder.this_process()
        beside = self.wake.beside
        return holder.host == host and holder.process in (process, beside and beside.process_id)

    def start_projector(self) -> None:
        """Fold the log from now on, in a thread of this process."""
        self._start(lambda: self.projector.run(self.wake, self._stop, self.settings.heartbeat), "projector")
        if channel := channel_of(self.log.recorder):
            url, again = self.settings.database_url, min(self.settings.heartbeat, _LISTEN_AGAIN)
            self._start(lambda: listen(url, channel, self.wake.set, self._stop, again), "listener")

    def close(self) -> None:
        """Stop the threads, each at its next safe point, and close all connections."""
        self.stop()
        if self.wake.beside is not None:
            self.wake.beside.stop()
        for thread in self._threads:
            thread.join()
        self.log.close()
        self.store.close()
        self.keys.close()
        if self.history is not None:
            self.history.close()

    def wait(self) -> None:
        """Block until the service is told to stop."""
        self._stop.wait()

    def stop(self) -> None:
        """Tell the service to stop."""
        self._stop.set()
        self.wake.set()

    def _take_up(self, history: OpenHistory) -> bool:
        """Read the incidents of a history, and return True, if it is of use by now."""
        with self.store.reading() as connection:
            if history.position_for(connection) is None:
                return False
            self.incident_cache.at(connection)
        return True

    def _look_back(self) -> None:
        """Have it known how late the newest event was recorded, before the first post waits for that."""
        try:
            self.log.look_back(lambda: not self._stop.is_set())
        except DATABASE_ERRORS as error:  # the first post meets it as well, and says so
            _log.warning("the log could not be looked through before the first post comes: %s", error)

    def _start(self, target: Callable[[], None], name: str) -> None:
        thread = Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)


def check_database(settings: Settings) -> None:
    """Raise `UnfitServer` or `ServerIsStandby` if the database of the settings is not fit for their role."""
    if settings.is_replica:
        with connect(settings.database_url, autocommit=True) as connection:
            refuse_unfit_server(settings.database_url, connection)
        return
    settings.prepare()
    with making_tables(settings.database_url, AdvisoryLock.ALL_TABLES):
        pass


def has_keys(settings: Settings) -> bool:
    """Return whether any key has been made in the database that the settings name."""
    if settings.is_replica:
        return _has_any(KeyStore.open(settings.database_url, makes_tables=False))
    settings.prepare()
    with making_tables(settings.database_url, AdvisoryLock.ALL_TABLES):
        return _has_any(KeyStore.open(settings.database_url))


def _has_any(keys: KeyStore) -> bool:
    try:
        return bool(keys.all())
    finally:
        keys.close()
