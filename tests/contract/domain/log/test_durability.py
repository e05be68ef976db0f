"""What is acknowledged outlives a power failure: each commit of the log waits until it is on the disk."""

from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder
from sqlalchemy import text

from api.running.service import Service
from domain.log.application import Detente

_FULL = 2  # SQLite: the log that is written ahead is synchronised at each commit


def _durability_of_the_log(log: Detente) -> object:
    recorder = log.recorder
    if isinstance(recorder, SQLiteApplicationRecorder):
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            return cursor.fetchone()[0]
    assert isinstance(recorder, PostgresApplicationRecorder)
    with recorder.datastore.transaction() as connection:
        found = connection.execute("SHOW synchronous_commit").fetchone()
    return found and found["synchronous_commit"]


def test_the_log_waits_for_the_disk(service: Service) -> None:
    assert _durability_of_the_log(service.log) in (_FULL, "on")


def test_which_generation_is_live_is_on_the_disk_before_the_other_one_is_removed(service: Service) -> None:
    with service.store._home.catalogue.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        asked = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"
        assert connection.execute(text(asked)).scalar() == (_FULL if sqlite else "on")


def test_the_projections_of_sqlite_may_lose_their_last_pages_and_no_more(sqlite_service: Service) -> None:
    """They are folded again. `NORMAL` never corrupts a file with a log that is written ahead; `OFF` could."""
    with sqlite_service.store.reading() as connection:
        assert connection.execute(text("PRAGMA main.synchronous")).scalar() == 1
        assert connection.execute(text("PRAGMA main.journal_mode")).scalar() == "wal"
