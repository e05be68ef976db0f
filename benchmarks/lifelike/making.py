"""Making the log that looks like life: articles by several processes, saved by one, then folded by a rebuild."""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import islice

from eventsourcing.persistence import StoredEvent

from api.importing.seeds import seed_actors
from api.running.service import Service
from api.running.settings import Settings
from benchmarks.lifelike.chronicle import STRETCH, Plan, stored_stretch
from benchmarks.lifelike.world import ACTORS, DAYS, MARK, REGIONS, day_of
from domain.actors import ActorKind, RegisterActor
from domain.events import Provenance
from projections.folding.parallel_fill import COLLECTED_AFTER

_WORKERS = os.cpu_count() or 1
ReportProgress = Callable[[str, int, int], None]  #: gets what is done, how much of it, and of how much


def untold(what: str, done: int, total: int) -> None:
    """Say nothing of the progress: a thread that shows it would be measured, too."""


def make_region(url: str, plan: Plan, report: ReportProgress) -> None:
    """Make the log of the first region in an empty database, and fold it."""
    with closing(Service.open(Settings(database_url=url))) as service:
        _register(service, plan)
        for days, events in _stretches(plan):
            if events:
                service.log.recorder.insert_events(events)
            report("articles", days, DAYS)
        service.projector.rebuild(partial(report, "folding"))


def _register(service: Service, plan: Plan) -> None:
    """Register the actors of all regions, after the seeds', on the day before the first."""
    before = datetime.combine(day_of(0, plan.last), time(tzinfo=UTC)) - timedelta(days=1)
    provenance = Provenance("benchmark", before)
    seed_actors(service, provenance)
    codes = (f"{MARK}{region}{rank:03}" for region in range(REGIONS) for rank in range(ACTORS))
    service.log.register_actors([RegisterActor(code, ActorKind.OTHER, code, (), provenance) for code in codes])


def _stretches(plan: Plan) -> Iterator[tuple[int, list[StoredEvent]]]:
    """Yield the stored events of the stretches in order, each with the number of days made by then."""
    firsts = iter(range(0, DAYS, STRETCH))
    with ProcessPoolExecutor(_WORKERS, initializer=_collect_seldom) as pool:
        waiting: deque[tuple[int, Future[list[StoredEvent]]]] = deque()
        while True:
            for first in islice(firsts, 2 * _WORKERS - len(waiting)):
                waiting.append((first + STRETCH, pool.submit(stored_stretch, plan, first)))
            if not waiting:
                return
            days, made = waiting.popleft()
            yield days, made.result()


def _collect_seldom() -> None:
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
