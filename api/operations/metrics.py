"""What is measured, in a registry of the app's own: two apps in one process do not share figures.

Requests and articles are counted as they come. How the log and the projections stand is read when somebody asks.
Workers that serve as one count in files beside each other, and whichever is asked tells what all have counted.
"""

import logging
import os
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.operations.health import Health, ProjectionHealth, ReplicaHealth
from api.operations.process_metrics import ProcessesCollector
from api.running.worker_group import WorkerPlace

_log = logging.getLogger(__name__)

UNMATCHED: Final = "(none)"  #: the route of a request that no route takes
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_POSTING: Final = "/v1/articles"
_BATCH: Final = "/v1/articles/batch"


class Metrics:
    """The counters of one app, and its registry, which reads the health when it is asked. Threads may share it.

    With a `place` among several workers, the registry tells what all of them count, and from then on this process
    counts in files of that place.
    """

    def __init__(self, read_health: Callable[[], Health], place: WorkerPlace | None = None) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_HealthCollector(read_health))
        own = self.registry if place is None else None
        if place is not None:
            _count_in_files(place)
            MultiProcessCollector(self.registry, str(place.group.metrics_folder))  # type: ignore[no-untyped-call]
            self.registry.register(ProcessesCollector(place.group.process_ids))
        self._requests = Histogram(
            "detente_http_request_duration_seconds",
            "Time from a request's head to the end of its answer.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=own,
        )
        self._articles = Counter(
            "detente_articles",
            "Articles sent to be recorded or changed, by what became of them.",
            ("outcome",),
            registry=own,
        )
        for outcome in ("posted", "repeated", "changed", "checked", "refused", "failed"):
            self._articles.labels(outcome)  # there from the beginning, at 0: a rate needs a first value
        self._series: dict[tuple[str, str, int], Histogram] = {}
        if own is not None:
            ProcessCollector(registry=own)

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request, by its route's template: a path as it came would make a series for every pair."""
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            known = method if method in _METHODS else "other"
            series = self._series[known, route, status] = self._requests.labels(known, route, status)
        series.observe(seconds)

    def article_answered(self, method: str, route: str, status: int, *, located: bool) -> None:
        """Count what became of a request that records or changes one article.

        `located` says whether the answer names the article's place, which that to a dry run does not.
        """
        if method in ("GET", "HEAD") or not route.startswith(_POSTING) or route == _BATCH:
            return
        if status < 400 and method != "POST":
            self._articles.labels("changed").inc()
        elif status == 200 and not located:
            self._articles.labels("checked").inc()
        else:
            self.line_answered(status)

    def line_answered(self, status: int) -> None:
        """Count what became of one article that was posted, by itself or as a line of a batch."""
        if status < 400:
            outcome = "posted" if status == 201 else "repeated"
        else:
            outcome = "refused" if status < 500 else "failed"
        self._articles.labels(outcome).inc()


def _count_in_files(place: WorkerPlace) -> None:
    """Have the library count in files of a worker's place, whoever has it: counts never go back when one dies.

    The library would decide that by the environment when it is imported, and name the files by process ids.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place.group.metrics_folder)
    values.ValueClass = values.MultiProcessValue(lambda: place.number)  # type: ignore[no-untyped-call]


class _Gauge(NamedTuple):
    name: str
    help: str
    value: Callable[[ProjectionHealth], float]


def _progress(projection: ProjectionHealth) -> float:
    end = projection.position + projection.lag
    return projection.position / end if end else 1.0


_PROJECTION_GAUGES: Final = (
    _Gauge("detente_projection_position", "Position of the log that a projection reflects.", lambda p: p.position),
    _Gauge("detente_projection_lag", "Positions that a projection is behind the log.", lambda p: p.lag),
    _Gauge(
        "detente_projection_lag_seconds",
        "Seconds for which the first domain event has waited that a projection does not reflect; 0 if all are.",
        lambda p: p.lag_seconds or 0.0,
    ),
    _Gauge("detente_projection_progress", "Share of the log that a projection reflects, 0 to 1.", _progress),
    _Gauge("detente_projection_stale_pairs", "Pairs whose states wait to be made anew.", lambda p: p.stale),
    _Gauge(
        "detente_projection_parked_events",
        "Domain events that could not be folded.",
        lambda p: p.parked_events,
    ),
    _Gauge("detente_projection_version", "Version of the tables that a projection is in.", lambda p: p.version),
)


def _replica_gauges(replica: ReplicaHealth | None) -> Iterator[GaugeMetricFamily]:
    """Yield what is told of a replica; of a primary nothing."""
    if replica is None:
        return
    yield GaugeMetricFamily(
        "detente_replica_connected",
        "1 if the standby that a replica reads is connected to its primary.",
        value=float(replica.is_connected),
    )
    yield GaugeMetricFamily(
        "detente_replica_bytes_behind",
        "Bytes that the standby has received and not replayed.",
        value=float(replica.bytes_behind),
    )
    if replica.lag_seconds is not None:
        yield GaugeMetricFamily(
            "detente_replica_lag_seconds",
            "Seconds for which the state is old that a replica reads; 0 if it has all that its primary has.",
            value=replica.lag_seconds,
        )


class _HealthCollector(Collector):
    """Tells how the service is, as `/health` does."""

    def __init__(self, read: Callable[[], Health]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; of a service whose health cannot be read, only that it is not well."""
        health = self._try_to_read()
        well = health is not None and health.status == "ok"
        yield GaugeMetricFamily("detente_healthy", "1 if `/health` says `ok`, 0 otherwise.", value=float(well))
        if health is None:
            return
        yield GaugeMetricFamily(
            "detente_log_position", "Position of the newest domain event in the log.", value=health.log_position
        )
        active = float(health.projector.active != "none")
        yield GaugeMetricFamily("detente_projector_active", "1 if some process folds the log.", value=active)
        rebuilt = health.rebuild.position / max(health.rebuild.end, 1) if health.rebuild else 0.0
        yield GaugeMetricFamily(
            "detente_rebuild_progress",
            "Share of the log that a running rebuild has read; 0 if none runs.",
            value=rebuilt,
        )
        yield from _replica_gauges(health.replica)
        for gauge in _PROJECTION_GAUGES:
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=("projection",))
            for projection in health.projections:
                family.add_metric((projection.name,), gauge.value(projection))
            yield family

    def _try_to_read(self) -> Health | None:
        try:
            return self._read()
        except Exception:  # whatever it is: the counters must be seen when the database is not
            _log.warning("the health could not be read for the metrics", exc_info=True)
            return None
