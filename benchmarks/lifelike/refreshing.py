"""What new events make stale: the processor time to make states of pairs anew, in a long log and a short one."""

import time
from contextlib import closing
from typing import Final

from api.running.service import Service
from api.running.settings import Settings
from benchmarks.lifelike.chronicle import stored_day_after
from benchmarks.lifelike.kept import KeptLog, copied
from benchmarks.measurement import Measurement
from projections.folding.folder import Folder
from projections.folding.parallel_fill import collecting_seldom

_EVENTS: Final = 2500  # that GDELT tells of in a quarter of an hour
_TIMES: Final = 4


def measure_refresh(long: KeptLog, short: KeptLog) -> Measurement:
    """Measure the states of pairs after new events at the end of a long log, against those of a short one.

    It is the least of several, each after as many events of one more day.
    """
    with collecting_seldom():  # as in the process that folds
        ours, peer = (min(_taken(kept)) for kept in (long, short))
    name = f"states made anew after {_EVENTS:,} new events, {long.events:,} events"
    return Measurement(name, f"{short.events:,} events", "CPU s", ours, peer, 1.3, is_limit=True)


def _taken(kept: KeptLog) -> list[float]:
    """Return the processor time after the events of each of some days, in a copy of a log."""
    with copied(kept) as url, closing(Service.open(Settings(database_url=url))) as service:
        return [_taken_after_day(service, kept, number) for number in range(_TIMES)]


def _taken_after_day(service: Service, kept: KeptLog, number: int) -> float:
    folder = Folder(service.log, service.store)
    service.log.recorder.insert_events(stored_day_after(kept.last, number, _EVENTS))
    folder.fold_pages()
    start = time.process_time()
    folder.refresh()
    return time.process_time() - start
