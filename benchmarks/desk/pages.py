"""What a page takes of the server's processor time, against the JSON answers that it is made from.

Each is asked for on days of its own, so that nothing is answered from the cache of responses; and once the server
is done with what it does beside answering, such as states that are made anew after an import.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from benchmarks.measurement import Measurement
from benchmarks.serving import family_cpu_seconds, served
from tests.server import ServerClient

_LIMIT: Final = 1.5  # times what the answers take
_TIMES: Final = 12  # of each page, and of its answers
_MOMENT: Final = 0.5  # seconds
_AT_REST: Final = 0.05  # of a processor
_LAST: Final = date(2010, 5, 9)
_PAIR: Final = "/relations/ISR/PSE"


class _Page(NamedTuple):
    """A page, and the answers that it is made from; `{day}` and `{week}` stand for a day and one a week before."""

    name: str
    address: str
    answers: Sequence[str]


_PAGES: Final = (
    _Page(
        "the overview",  # the answers leave out why pairs moved, which takes them many times as long
        "/?as_of={day}",
        ["/v1/relations?limit=15&as_of={day}", "/v1/agreements?as_of={day}", "/v1/articles?limit=8"],
    ),
    _Page("the list of relations", "/relations?limit=500&as_of={day}", ["/v1/relations?limit=500&as_of={day}"]),
    _Page(
        "a pair",
        f"{_PAIR}?as_of={{day}}",
        [
            f"/v1{_PAIR}?as_of={{day}}",
            f"/v1{_PAIR}/incidents?as_of={{day}}",
            f"/v1{_PAIR}/tension?interval=week&to={{day}}",
        ],
    ),
    _Page(
        "the evidence of a pair",
        f"{_PAIR}/incidents?as_of={{day}}",
        [f"/v1{_PAIR}/incidents?as_of={{day}}", f"/v1{_PAIR}/explanation?from={{week}}&to={{day}}"],
    ),
    _Page(
        "an actor",
        "/actors/ISR?as_of={day}",
        ["/v1/relations?actor=ISR&limit=50&as_of={day}", "/v1/agreements?actor=ISR&as_of={day}"],
    ),
    _Page("incidents", "/incidents?to={day}", ["/v1/incidents?to={day}"]),
)


def measure_pages(url: str) -> list[Measurement]:
    """Measure pages on a database that holds the Levant log."""
    with served(url) as client:
        for page in _PAGES:
            _ask(client, [page.address, *page.answers], _LAST)  # what a process reads once
        _wait_until_at_rest(client)
        return [_measure(client, page, number) for number, page in enumerate(_PAGES)]


def _measure(client: ServerClient, page: _Page, number: int) -> Measurement:
    days = _days(number)
    taken = {"page": 0.0, "answers": 0.0}
    for _ in range(_TIMES):
        for kind, paths in (("page", [page.address]), ("answers", page.answers)):
            before = family_cpu_seconds(client.process_id)
            _ask(client, paths, next(days))
            taken[kind] += family_cpu_seconds(client.process_id) - before
    ours, peer = taken["page"] / _TIMES, taken["answers"] / _TIMES
    name = f"the server's CPU for the page of {page.name}"
    return Measurement(name, "its JSON answers", "seconds", ours, peer, _LIMIT, is_limit=True)


def _days(number: int) -> Iterator[date]:
    """Yield days that no other page is asked for."""
    day = _LAST - timedelta(days=1 + number * 3 * _TIMES)
    while True:
        yield day
        day -= timedelta(days=1)


def _ask(client: ServerClient, paths: Sequence[str], day: date) -> None:
    for path in paths:
        address = path.format(day=day, week=day - timedelta(days=7))
        client.get(
            address, headers={"Accept": "application/json" if "/v1/" in path else "text/html"}
        ).raise_for_status()


def _wait_until_at_rest(client: ServerClient) -> None:
    """Wait until no states are left to be made anew, and the server's processes do next to nothing."""
    while any(each["stale"] for each in client.get("/health").json()["projections"]):
        time.sleep(_MOMENT)
    before = -1.0
    while (now := family_cpu_seconds(client.process_id)) - before > _AT_REST * _MOMENT:
        before = now
        time.sleep(_MOMENT)
