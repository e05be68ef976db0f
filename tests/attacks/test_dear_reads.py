"""Questions that take long, many at once: the others are served, health before all, and the excess is refused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest

from api.http.middleware.rationing import AT_ONCE, MOST_WAITING, READING_THREADS
from tests.e2e.app_client import AppClient, app_client
from tests.e2e.support import problem, read
from tests.patience import PATIENCE, wait_until

DEAR: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("/v1/relations", {"as_of": "2020-02-12"}),
    ("/v1/relations", {"known_at": "2026-01-01"}),
    ("/v1/relations", {"published_by": "2020-02-12"}),
    ("/v1/relations/RUS/TUR", {"what_if": "half_life_verbal:60"}),
    ("/v1/series", {"pair": "RUS,TUR"}),
    ("/v1/relations/RUS/TUR/explanation", {}),
    ("/v1/relations/RUS/TUR/episodes", {}),
    ("/v1/map", {}),
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[AppClient]:
    with app_client(tmp_path, settings={"wait_timeout": 0.5}) as made:
        yield made


class Held:
    """Reads that wait in their routes, each in a thread, until they are released."""

    def __init__(self, client: AppClient) -> None:
        self.release = Event()
        self.waiting = 0
        self._store = client.app.state.service.store
        self._reading = self._store.reading
        mark = self._store.mark()
        client.app.state.response_cache._mark._read = lambda: mark  # which is looked up before any route
        self._store.reading = self._wait_and_read

    def _wait_and_read(self) -> Any:
        self.waiting += 1
        assert self.release.wait(PATIENCE)
        return self._reading()

    def hold_no_more(self) -> None:
        """Let those that come from now on pass."""
        self._store.reading = self._reading


@contextmanager
def held_reads(client: AppClient, number: int) -> Iterator[tuple[Held, ThreadPoolExecutor]]:
    """Yield what holds reads, and the threads of as many readers; all is released at the end."""
    held = Held(client)
    with ThreadPoolExecutor(number) as pool:
        try:
            yield held, pool
        finally:
            held.release.set()


def test_what_is_beyond_the_turns_is_told_to_come_again(client: AppClient) -> None:
    path = "/v1/relations/RUS/TUR/explanation"
    with held_reads(client, AT_ONCE) as (held, pool):
        first = [pool.submit(client.get, path, params={"from": f"2020-01-0{n + 1}"}) for n in range(AT_ONCE)]
        wait_until(lambda: held.waiting == AT_ONCE, "all turns are taken")
        held.hold_no_more()
        for dear, parameters in DEAR:
            refused = client.get(dear, params=parameters)
            assert problem(refused, 503)["type"] == "urn:detente:problem:busy"
            assert int(refused.headers["retry-after"]) > 0
        assert client.get("/v1/relations").is_success
        held.release.set()
        assert [each.result().status_code for each in first] == [200] * AT_ONCE
    for dear, parameters in DEAR:
        assert client.get(dear, params=parameters).is_success


def test_no_more_wait_than_may(client: AppClient) -> None:
    dear_reads = client.app.state.dear_reads
    dear_reads._waiting = MOST_WAITING
    assert client.get("/v1/relations/RUS/TUR/episodes").is_success  # nobody has to wait
    dear_reads._turns._most = 0
    assert problem(client.get("/v1/relations/RUS/TUR/episodes", params={"limit": 1}), 503)
    dear_reads._turns._most = AT_ONCE
    assert dear_reads._waiting == MOST_WAITING
    assert client.get("/v1/relations/RUS/TUR/episodes", params={"limit": 1}).is_success


def test_a_turn_is_given_back_whatever_comes_of_it(client: AppClient) -> None:
    for _ in range(3 * AT_ONCE):
        assert client.get("/v1/relations/RUS/TUR/explanation", params={"model": "none"}).status_code == 422
        assert client.get("/v1/relations/RUS/NOBODY/episodes").status_code == 422
    assert read(client, "/v1/relations/RUS/TUR/episodes")["pair"] == ["RUS", "TUR"]


def test_health_answers_while_all_threads_of_the_routes_are_taken(client: AppClient) -> None:
    threads = READING_THREADS
    path = "/v1/relations/RUS/TUR/incidents"
    with held_reads(client, threads) as (held, pool):
        waiting = [pool.submit(client.get, path, params={"limit": n + 1}) for n in range(threads)]
        wait_until(lambda: held.waiting == threads, "all threads are taken")
        held.hold_no_more()
        assert client.get("/health/live").json() == {"status": "alive"}
        assert client.get("/health/ready").json() == {"status": "ready"}
        assert client.get("/health").json()["log_position"] > 0
        assert "detente_healthy" in client.get("/metrics").text
        held.release.set()
        assert all(each.result().is_success for each in waiting)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health", "/metrics", "/openapi.json"])
def test_health_does_not_wait_for_where_the_tables_stand(client: AppClient, path: str) -> None:
    asked = Event()
    client.app.state.response_cache._mark.expire()
    client.app.state.response_cache._mark._read = asked.set

    assert client.get(path).is_success
    assert not asked.is_set()
