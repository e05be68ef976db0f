"""What new events make stale: the processor time to make states of pairs anew, in a long log and a short one."""

import shutil
import time
from contextlib import closing
from tempfile import TemporaryDirectory
from typing import Final

from api.running.service import Service
from api.running.settings import Settings
from benchmarks.lifelike.chronicle import stored_day_after
from benchmarks.lifelike.kept import FILES, KeptLog
from benchmarks.measurement import Measurement
from domain.log.database_url import sqlite_file
from projections.folding.folder import Folder

_EVENTS: Final = 2500  # that GDELT tells of in a quarter of an hour
_TIMES: Final = 4


def measure_refresh(long: KeptLog, short: KeptLog) -> Measurement:
    """Measure the states of pairs after new events at the end of a long log, against those of a short one.

    It is the least of several, each after as many events of one more day.
    """
    ours, peer = (min(_taken(kept)) for kept in (long, short))
    name = f"states made anew after {_EVENTS:,} new events, {long.events:,} events"
    return Measurement(name, f"{short.events:,} events", "CPU s", ours, peer, 1.3, is_limit=True)


def _taken(kept: KeptLog) -> list[float]:
    """Return the processor time after the events of each of some days, in a copy of a log."""
    file = sqlite_file(kept.url)
    assert file is not None
    with TemporaryDirectory(dir=file.parents[1]) as folder:  # where there is room for one
        for each in file.parent.glob(FILES):
            shutil.copy(each, folder, follow_symlinks=False)
        with closing(Service.open(Settings(database_url=f"sqlite:///{folder}/{file.name}"))) as service:
            return [_taken_after_day(service, kept, number) for number in range(_TIMES)]


def _taken_after_day(service: Service, kept: KeptLog, number: int) -> float:
    folder = Folder(service.log, service.store)
    service.log.recorder.insert_events(stored_day_after(kept.last, number, _EVENTS))
    folder.fold_pages()
    start = time.process_time()
    folder.refresh()
    return time.process_time() - start
