"""Two real servers on one log, one of which has a history: the same answers, byte for byte, and where from."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from api.app import create_app
from api.running.service import Service
from api.running.settings import Settings
from projections.queries.stored import pairs_of_history
from tests.contract.projections.storage.history.builds import build
from tests.e2e.app_client import client_of
from tests.e2e.command import detente
from tests.e2e.support import clash, posted, read, wait_for_all
from tests.patience import wait_until
from tests.postgres import Databases
from tests.server import FOLDING_BESIDE, ServerClient, running_server

HEADER = "Detente-History-Position"
PAST = "as_of=2020-01-30"
FROM_HISTORY = (
    f"/v1/relations?{PAST}",
    f"/v1/relations?{PAST}&limit=3&sort=pair",
    f"/v1/relations?{PAST}&state=hostile&regions=true",
    f"/v1/relations?{PAST}&format=csv&limit=all",
    f"/v1/matrix?{PAST}",
    f"/v1/actors/TUR/network?{PAST}",
    "/v1/relations",
    f"/?{PAST}",
    f"/relations?{PAST}",
    f"/actors/TUR/network.svg?{PAST}",
    *(f"/v1/incidents?limit=all&format={form}" for form in ("csv", "ndjson", "arrow", "parquet", "xlsx")),
    "/v1/incidents?format=geojson",
    "/v1/incidents?limit=all&format=csv&actor=TUR&type=ASSAULT&from=2020-01-01",
    "/v1/incidents?limit=all&format=parquet&columns=id,publishers,place&publisher=Reuters",
)
NOT_FROM_HISTORY = (
    f"/v1/relations?{PAST}&known_at=2026-01-01T00:00:00Z",
    f"/v1/relations?{PAST}&model=2026.1",
    f"/v1/relations/SYR/TUR?{PAST}",
    "/v1/incidents",
    "/v1/incidents?limit=all&format=csv-metadata.json",
    "/v1/incidents?limit=all&format=csv&from=2026-01-01",
)
LONG_SERIES = (
    "/v1/relations/SYR/TUR/tension?to=2020-01-30",
    "/v1/relations/TUR/RUS/tension?interval=week&format=parquet",
    "/v1/series?pair=SYR,TUR&pair=RUS,SYR&interval=month",
    "/v1/series?pair=SYR,TUR&pair=RUS,TUR&to=2020-02-10&format=csv",
)


class Servers(NamedTuple):
    """A server that folds, one beside it that has a history, in a folder, and the URL of their database."""

    without: ServerClient
    with_history: ServerClient
    folder: Path
    url: str


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Return two servers of the seeds, for each kind of store; what is told there came behind the build."""
    folder = tmp_path_factory.mktemp(f"history-{request.param}")
    url = f"sqlite:///{folder}/x.db"
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        url = databases.make()
    with running_server(url, folder / "log", "--seed", **FOLDING_BESIDE) as without:
        wait_for_all(without)
        build_anew(url, folder)
        posted(without, clash("SYR", "TUR", "2020-01-11"), clash("RUS", "TUR", "2020-01-10", killed=4))
        wait_for_all(without)
        has = {"DETENTE_PROJECTOR": "none", "DETENTE_HISTORY": str(folder / "history")}
        with running_server(url, folder / "log-2", **has) as with_history:
            yield Servers(without, with_history, folder, url)


def build_anew(url: str, folder: Path) -> int:
    service = Service.open(Settings(database_url=url))
    try:
        return build(service, folder).position
    finally:
        service.close()


def get(client: httpx.Client, address: str) -> httpx.Response:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer


def history_of(client: httpx.Client) -> dict[str, object]:
    found: dict[str, object] = read(client, "/health")["history"]
    return found


@pytest.mark.parametrize("address", FROM_HISTORY)
def test_answers_are_the_same_and_say_where_from(servers: Servers, address: str) -> None:
    mine, theirs = get(servers.with_history, address), get(servers.without, address)
    assert mine.content == theirs.content
    assert mine.headers["ETag"] == theirs.headers["ETag"]
    assert HEADER not in theirs.headers
    assert int(mine.headers[HEADER]) == history_of(servers.with_history)["position"]
    assert get(servers.with_history, address).headers[HEADER] == mine.headers[HEADER], "once more, as it is cached"
    assert servers.with_history.head(address).headers[HEADER] == mine.headers[HEADER]


def test_a_history_is_read_before_anybody_asks(servers: Servers) -> None:
    settings = Settings(database_url=servers.url, projector="none", history=str(servers.folder / "history"))
    with client_of(create_app(settings)) as client:
        cache = client.app.state.service.incident_cache
        wait_until(lambda: bool(cache._cached))
        assert cache._cached[0].stored.history == history_of(client)["position"]


def test_a_long_series_is_the_same_and_says_where_from(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs_of_history, "_MANY", 0)
    settings = Settings(database_url=servers.url, projector="none", history=str(servers.folder / "history"))
    with client_of(create_app(settings)) as client:
        for address in LONG_SERIES:
            mine, theirs = get(client, address), get(servers.without, address)
            assert mine.content == theirs.content
            assert mine.headers["ETag"] == theirs.headers["ETag"]
            assert int(mine.headers[HEADER]) == history_of(client)["position"]
            assert HEADER not in get(servers.with_history, address).headers, "the pair has few incidents there"


@pytest.mark.parametrize("address", NOT_FROM_HISTORY)
def test_what_does_not_come_from_history_does_not_say_so(servers: Servers, address: str) -> None:
    mine, theirs = get(servers.with_history, address), get(servers.without, address)
    assert mine.content == theirs.content
    assert HEADER not in mine.headers


def test_a_build_that_is_published_meanwhile_is_taken_up(servers: Servers) -> None:
    before = history_of(servers.with_history)["position"]
    assert isinstance(before, int)
    posted(servers.without, clash("SYR", "TUR", "2020-01-12"))
    wait_for_all(servers.without)
    position = build_anew(servers.url, servers.folder)
    assert position > before
    wait_until(lambda: history_of(servers.with_history)["position"] == position, "the new build")
    test_answers_are_the_same_and_say_where_from(servers, f"/v1/relations?{PAST}&sort=incidents")


def test_health_has_no_history_where_none_is_set(servers: Servers) -> None:
    assert read(servers.without, "/health")["history"] is None


def test_a_history_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    settings = {"DETENTE_HISTORY": str(tmp_path / "none")}
    with running_server(f"sqlite:///{tmp_path}/x.db", tmp_path / "log", **settings) as client:
        health = read(client, "/health")
        assert HEADER not in get(client, f"/v1/relations?{PAST}").headers
    problem = f"{tmp_path}/none: there is no history: `detente history build` makes one"
    assert health["status"] == "degraded"
    assert health["history"] == {"position": None, "problem": problem}
    assert health["advice"] == [f"The history is not read, and all is answered from the tables: {problem}."]
    assert "the history is not read" in (tmp_path / "log").read_text()


def test_an_address_that_is_none_ends_the_server(tmp_path: Path) -> None:
    run = detente(f"sqlite:///{tmp_path}/x.db", "serve", DETENTE_HISTORY="ftp://x/y")
    assert run.returncode == 2
    assert (
        "DETENTE_HISTORY: ftp://x/y: an archive is in a folder, or at s3://BUCKET/PREFIX: name one" in run.stderr
    )
