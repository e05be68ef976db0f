"""Sixteen writers and sixteen readers at once: nobody waits in vain, nothing is lost, nothing counted twice.

The amount of work is fixed, not the time; `CROWD_REQUESTS` sets how many requests each of them makes.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import httpx
import pytest

from tests.conftest import NewDatabase
from tests.e2e.support import Json, answer, article, clash, read, statement, wait_for_all
from tests.patience import PATIENCE
from tests.server import FOLDING_BESIDE, running_server

CROWD = 16
REQUESTS = int(os.environ.get("CROWD_REQUESTS", "12"))
READS = (
    "/v1/relations?limit=10",
    "/v1/relations/RUS/TUR",
    "/v1/relations/SYR/TUR/incidents?as_of=2020-02-12",
    "/v1/relations/RUS/TUR/tension?as_of=2020-03-01&interval=week",
    "/v1/events?limit=50",
    "/v1/articles?limit=20",
    "/v1/agreements",
    "/v1/actors?limit=50",
    "/health",
)


def _write(base_url: httpx.URL, writer: int) -> list[str]:
    """Post articles, correct and retract some, each writer its own; return the ids of those that stand."""
    standing = []
    with httpx.Client(base_url=base_url, timeout=PATIENCE) as client:
        for number in range(REQUESTS):
            sent = article(
                clash("DEU", "FRA", "2020-01-05", ref="r"),
                statement("SYR", "TUR"),
                id=f"crowd-{writer}-{number}",
                publisher=f"Writer {writer}",
            )
            assert answer(client.post("/v1/articles", json=sent))["changed"]
            path = f"/v1/articles/{sent['id']}"
            if number % 3 == 1:
                corrected = {"event": clash("DEU", "FRA", "2020-01-06", ref="r", killed=number)}
                assert answer(client.put(f"{path}/events/1", json=corrected))["changed"]
            if number % 3 == 2:
                assert answer(client.delete(path))["changed"]
            else:
                standing.append(sent["id"])
    return standing


def _read(base_url: httpx.URL, reader: int) -> int:
    """Read everything in turn; return how many answers there were."""
    with httpx.Client(base_url=base_url, timeout=PATIENCE) as client:
        answers: list[Json] = []
        for path in islice(cycle(READS), reader, reader + 4 * REQUESTS):
            response = client.get(path)
            assert response.status_code == 200, response.text
            answers.append(response.json())
        return len(answers)


def _standing(client: httpx.Client) -> set[str]:
    """Return the ids of all articles of the crowd that stand, page by page."""
    found: set[str] = set()
    page: Json = {"next": ""}
    while page["next"] is not None:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = read(client, "/v1/articles", limit=100, **cursor)
        found |= {item["id"] for item in page["items"] if not item["retracted"]}
    return found - {"idlib-2020-02-11"}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_crowd_is_served(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/detente.db"
    if database == "postgresql":
        make: NewDatabase = request.getfixturevalue("new_postgres_database")
        url = make()
    with running_server(url, tmp_path / "log", "--seed", **FOLDING_BESIDE) as server:
        with ThreadPoolExecutor(2 * CROWD) as crowd:
            written = [crowd.submit(_write, server.base_url, writer) for writer in range(CROWD)]
            answered = [crowd.submit(_read, server.base_url, reader) for reader in range(CROWD)]
            standing = {article_id for future in written for article_id in future.result()}
            assert sum(future.result() for future in answered) == CROWD * 4 * REQUESTS
        wait_for_all(server)
        relation = read(server, "/v1/relations/DEU/FRA", as_of="2020-02-01")
        assert _standing(server) == standing
        assert relation["publishers"] == CROWD
        assert relation["incidents"] == 2  # one a day, whoever tells of it
    log = (tmp_path / "log").read_text()
    assert "locked" not in log
    assert "Traceback" not in log
