"""What the processes of one server take together: processor time, memory, open files."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

_SINCE: Final = "process_start_time_seconds"


class ProcessesCollector(Collector):
    """Tells of several processes what the library's collector tells of one: sums, and when the first began."""

    def __init__(self, process_ids: Callable[[], Iterable[int]]) -> None:
        self._process_ids = process_ids

    def collect(self) -> Iterator[Metric]:
        """Yield a metric of each kind; a process that has just ended is left out."""
        together: dict[str, Metric] = {}
        for process_id in self._process_ids():
            for metric in _of_process(process_id):
                known = together.setdefault(metric.name, metric)
                if known is not metric:
                    known.samples = [_merged(*pair) for pair in zip(known.samples, metric.samples, strict=True)]
        yield from together.values()


def _of_process(process_id: int) -> Iterable[Metric]:
    return ProcessCollector(pid=lambda: process_id, registry=None).collect()


def _merged(one: Sample, other: Sample) -> Sample:
    value = min(one.value, other.value) if one.name == _SINCE else one.value + other.value
    return one._replace(value=value)
