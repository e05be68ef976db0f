"""A disk without room: what is acknowledged is recorded, the rest is refused whole, and with room all goes on."""

import json
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from tests.conftest import NewDatabase
from tests.e2e.support import Json, article, clash, log_position, posted, problem, read, wait_for_all
from tests.server import FOLDING_BESIDE, ServerClient, running_server

NDJSON = {"Content-Type": "application/x-ndjson"}
_SMALL, _LARGE = "4m", "200m"
_LARGEST_FILE = 1_500_000  # bytes: the seeds fit, and some articles


class Disk(NamedTuple):
    """A folder on a disk that fills up, how to fill and to free it, and what is answered while it is full."""

    folder: Path
    fill: Callable[[ServerClient], None]
    free: Callable[[ServerClient], None]
    status: int
    kind: str


@pytest.fixture
def small_file_system(tmp_path: Path) -> Iterator[Disk]:
    """Return a file system of a few megabytes, which has room for more once it is mounted larger."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", str(folder)]
    with suppress(FileNotFoundError):
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
        if mounted.returncode == 0:
            larger = ["mount", "-o", f"remount,size={_LARGE}", str(folder)]
            yield Disk(folder, lambda _server: None, lambda _server: _run(larger), status=507, kind="storage-full")
            _run(["umount", str(folder)])
            return
    pytest.skip("a file system of a few megabytes can be mounted by root only")


@pytest.fixture
def small_files(tmp_path: Path) -> Disk:
    """Return a folder in which the server's files may not grow: the limit that needs no privileges."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("only Linux limits another process")

    def limit(size: int) -> Callable[[ServerClient], None]:
        def apply(server: ServerClient) -> None:
            resource.prlimit(server.process_id, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        return apply

    full, free = limit(_LARGEST_FILE), limit(resource.RLIM_INFINITY)
    return Disk(tmp_path, full, free, status=503, kind="database-unavailable")  # SQLite: "disk I/O error"


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)


@pytest.fixture(params=["small_file_system", "small_files"])
def disk(request: pytest.FixtureRequest) -> Disk:
    """Return each kind of disk that fills up."""
    found: Disk = request.getfixturevalue(request.param)
    return found


def _large_article() -> Json:
    return article(*(clash("RUS", "TUR", summary=f"{number} " + "x" * 3000) for number in range(20)))


def _post_until_full(server: ServerClient, disk: Disk) -> tuple[list[str], str]:
    """Post until the disk is full; return the ids that were acknowledged, and the first that was refused."""
    acknowledged: list[str] = []
    for sent in islice(iter(_large_article, None), 500):
        response = server.post("/v1/articles", json=sent)
        if response.status_code != 201:
            assert problem(response, disk.status)["type"] == f"urn:detente:problem:{disk.kind}"
            return acknowledged, sent["id"]
        acknowledged.append(sent["id"])
    raise AssertionError("the disk did not fill up")


def test_a_full_disk_loses_nothing_and_is_gone_over_once_there_is_room(disk: Disk, tmp_path: Path) -> None:
    with running_server(
        f"sqlite:///{disk.folder}/detente.db", tmp_path / "log", "--seed", **FOLDING_BESIDE
    ) as server:
        wait_for_all(server)
        disk.fill(server)

        acknowledged, refused = _post_until_full(server, disk)
        lines = [_large_article(), {"id": "nothing"}, _large_article()]
        batch = server.post("/v1/articles/batch", content="\n".join(map(json.dumps, lines)), headers=NDJSON)
        results = [json.loads(line) for line in batch.text.splitlines()]

        assert [result["status"] for result in results] == [disk.status, 422, disk.status]
        assert server.get(f"/v1/articles/{refused}").status_code == 404
        assert read(server, "/v1/relations/RUS/TUR")["pair"] == ["RUS", "TUR"]

        disk.free(server)
        acknowledged.append(posted(server, clash("RUS", "TUR"))["id"])

        position = wait_for_all(server)  # the projector has found its way back too
        known = [item["id"] for item in read(server, "/v1/articles", limit=1000)["items"]]
        assert known[:-1] == acknowledged[::-1]  # and the seeds' article before them
        for article_id in acknowledged[:-1]:
            assert len(read(server, f"/v1/articles/{article_id}")["events"]) == 20
        health = read(server, "/health")
        assert (health["status"], health["projections"][0]["position"]) == ("ok", position)


_FULL = """
CREATE FUNCTION be_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON detente_events FOR EACH STATEMENT EXECUTE FUNCTION be_full();
"""


def test_postgresql_without_room_is_said_so(new_postgres_database: NewDatabase, tmp_path: Path) -> None:
    """The server raises what PostgreSQL raises when a table cannot grow."""
    database_url = new_postgres_database()
    with running_server(database_url, tmp_path / "log", "--seed", **FOLDING_BESIDE) as server:
        position = wait_for_all(server)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(_FULL)
            refused = problem(server.post("/v1/articles", json=article(clash("RUS", "TUR"))), 507)
            assert refused["type"] == "urn:detente:problem:storage-full"
            assert log_position(server) == position
            connection.execute("DROP TRIGGER full_disk ON detente_events")
        assert posted(server, clash("RUS", "TUR"))["changed"]
        assert wait_for_all(server) == position + 2
