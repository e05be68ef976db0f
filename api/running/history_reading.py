"""The history of the settings: what reads it, and how often it is looked at."""

import logging
from collections.abc import Callable
from threading import Event
from typing import Final, Protocol

from domain.log.application import Detente
from domain.log.archives.manifest import ArchiveRefused
from domain.log.archives.places import archive_at
from domain.log.archives.s3_storage import S3_SCHEME
from projections.queries.incidents.latest_of_history import LatestHistory
from projections.queries.load_incident_table import OrderedHistory
from projections.queries.stored.pairs_of_history import HistoryOfPairs
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.history.build_manifest import BUILDING
from projections.storage.incident_cache import ColumnsOfHistory

_log = logging.getLogger(__name__)

_LOCAL_EVERY: Final = 2.0  # seconds from one look to the next
_S3_EVERY: Final = 60.0


class OpenHistory(ColumnsOfHistory, OrderedHistory, LatestHistory, HistoryOfPairs, Protocol):
    """A history as a service has it. `problem` is why it is not read, None where it is or may be."""

    address: str
    problem: str | None

    @property
    def position(self) -> int | None:
        """The position of the build that is read, None where none is."""

    def look(self) -> None:
        """Take up what is published, if it is another build than before."""

    def close(self) -> None:
        """Remove what was fetched."""


ReadHistory = Callable[[Detente], OpenHistory | None]


def history_reader(address: str) -> ReadHistory:
    """Return what reads the history at an address for a log, None for an empty one.

    Raises `ArchiveRefused` if the address is none, or what reads it is not installed: that does not come right by
    itself.
    """
    if not address:
        return lambda _: None
    place = archive_at(address, BUILDING)
    try:
        from projections.storage.history.history_source import History
    except ImportError as error:
        raise ArchiveRefused(
            f"DETENTE_HISTORY is set, and what reads a history is not installed ({error.name}):"
            " pip install 'detente[history-local]', or unset it"
        ) from error
    return lambda log: History(place, log.read_stretch)


def keep_looking(history: OpenHistory, take_up: Callable[[], bool], stop: Event) -> None:
    """Look at a history every few seconds, or each minute in S3, until told to stop.

    What is published is taken up at once, so that nobody who asks waits for it to be read. `take_up` returns
    whether it could be.
    """
    every = _S3_EVERY if history.address.startswith(S3_SCHEME) else _LOCAL_EVERY
    taken_up: int | None = None
    while not stop.is_set():
        try:
            position = history.position
            if position not in (None, taken_up) and take_up():
                taken_up = position
            if not stop.wait(every):
                history.look()
        except DATABASE_ERRORS as error:  # the next look tries it again
            _log.warning("the history could not be compared with the log and the tables: %s", error)
            stop.wait(every)
