"""What a log that looks like life is asked at its end: what ten million events cost the server, beside 200,000.

Each is asked in ways that differ a little, so that nothing comes from the cache of answers; the processor time is
that of the server and of what it started, the least of several.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from benchmarks.lifelike.kept import KeptLog
from benchmarks.lifelike.world import code_of
from benchmarks.measurement import Measurement
from benchmarks.serving import family_cpu_seconds, served, wait_until_idle
from tests.server import ServerClient

_TIMES: Final = 4
_REFUSED: Final = 422
_BUSIEST: Final = f"/v1/relations/{code_of(0)}/{code_of(2)}"
#: By name: a path, in which `{n}` is another number each time, `{day}` a day in the past, `{later}` one a year on;
#: `{same_day}` is the last of these days.
_QUESTIONS: Final = {
    "page of 100 of the list of relations": "/v1/relations?limit={hundred}",
    "page of 1,000 of the list of relations": "/v1/relations?limit={thousand}",
    "all relations on another past day": "/v1/relations?limit=100&as_of={day}",
    "another page of all relations on a past day": "/v1/relations?limit={hundred}&as_of={same_day}",
    "the busiest pair": f"{_BUSIEST}?min_position={{n}}",
    "the busiest pair on a past day": f"{_BUSIEST}?as_of={{day}}",
    "the busiest pair, as it was known": f"{_BUSIEST}?as_of={{day}}&known_at={{day}}T12:00:00Z",
    "the explanation of a year of the busiest pair": f"{_BUSIEST}/explanation?from={{day}}&to={{later}}",
    "the first page of incidents of the busiest pair": f"{_BUSIEST}/incidents?limit=50&min_position={{n}}",
    "a publisher that is not there, left out": f"{_BUSIEST}?what_if=without_publisher:Nobody {{n}}",
    "an article that is not there, left out": f"{_BUSIEST}?what_if=without_article:nothing-{{n}}",
}


def measure_questions(long: KeptLog, short: KeptLog) -> list[Measurement]:
    """Measure each question on a long log, against the same on a short one."""
    ours, peers = (dict(_asked(kept)) for kept in (long, short))
    against = f"{short.events:,} events"
    return [
        Measurement(
            f"{name}, {long.events:,} events", against, "CPU s", ours[name], peers[name], None, is_limit=True
        )
        for name in ours
    ]


def _asked(kept: KeptLog) -> Iterator[tuple[str, float]]:
    """Yield the least processor time for each question; of lists of a past day, that of the first one, too."""
    with served(kept.url) as client:
        for path in ("/v1/relations?limit=1", _BUSIEST, "/health"):
            client.get(path, timeout=600)  # what a process reads once
        wait_until_idle(client.process_id)
        for name, path in _QUESTIONS.items():
            taken = [_cpu_seconds_of(client, _filled(path, kept, number)) for number in range(1, _TIMES + 1)]
            if name == "all relations on another past day":
                yield "all relations on a past day, the first time", taken[0]
            yield name, min(taken[1:])


def _filled(path: str, kept: KeptLog, number: int) -> str:
    day, same_day = (kept.last - timedelta(days=7 * 365 + back) for back in (number, _TIMES))
    later = day + timedelta(days=365)
    return path.format(
        n=number, hundred=101 - number, thousand=1001 - number, day=day, same_day=same_day, later=later
    )


def _cpu_seconds_of(client: ServerClient, path: str) -> float:
    before = family_cpu_seconds(client.process_id)
    answer = client.get(path, timeout=600)
    if answer.status_code != _REFUSED:
        answer.raise_for_status()
    return family_cpu_seconds(client.process_id) - before
