"""`detente archive` beside a server that is written to, stopped in every way; and `detente restore-archive`."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest
from s3fs import S3FileSystem

from domain.log.application import Detente
from domain.log.archives.manifest import MANIFEST
from domain.log.database_url import log_environment
from projections.storage.store import Store
from tests import zygote
from tests.conftest import NewDatabase
from tests.contract.api.operations.logs import everything, execute
from tests.contract.s3_server import BUCKET, running_s3
from tests.contract.tables import rows
from tests.e2e.command import detente
from tests.e2e.support import article, clash, log_position, statement, wait_for_all
from tests.language import clash as reported_clash
from tests.language import post
from tests.patience import PATIENCE, wait_until
from tests.server import ServerClient, running_server
from tests.zygote import Forked


@contextmanager
def _following(database_url: str, archive: Path, said: Path) -> Iterator[Forked]:
    """Yield a process that follows the log; it has to have ended when this does."""
    environment = {**os.environ, "DETENTE_DATABASE_URL": database_url}
    with said.open("w") as out:
        arguments = ["archive", str(archive), "--follow", "--every", "0.1"]
        process = zygote.start(arguments, environment, out, out)
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


def _archived(archive: Path) -> int:
    """Return up to which position there is an archive."""
    manifest = archive / MANIFEST
    return int(json.loads(manifest.read_bytes())["manifest"]["position"]) if manifest.exists() else 0


def _write(server: ServerClient, enough: Event) -> None:
    with httpx.Client(base_url=server.base_url, timeout=PATIENCE) as client:
        for number in range(100_000):
            if enough.is_set():
                return
            sent = article(clash("RUS", "TUR", killed=number % 9), statement("TUR", "RUS"))
            assert client.post("/v1/articles", json=sent).status_code == 201
            if number % 5 == 0:
                assert client.put(f"/v1/articles/{sent['id']}", json={**sent, "events": sent["events"][:1]})


def test_a_log_is_followed_while_it_is_written_to_however_often_that_ends_and_restored_as_it_is(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    original, restored = new_database(), new_database()
    archive, enough = tmp_path / "archive", Event()
    with (
        running_server(original, tmp_path / "log", "--seed") as server,
        ThreadPoolExecutor(2) as threads,
    ):
        writers = [threads.submit(_write, server, enough) for _ in range(2)]
        try:
            for how, status in ((signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGINT, 0)):
                said = tmp_path / how.name
                with _following(original, archive, said) as process:
                    for _ in range(2):
                        upto = log_position(server)
                        wait_until(lambda upto=upto: _archived(archive) >= upto, "the archive")  # type: ignore[misc]
                    process.send_signal(how)
                    assert process.wait(PATIENCE) == status, said.read_text()
                if status == 0:
                    assert said.read_text().endswith(" bytes\n")
                    assert f"up to position {_archived(archive)}, in " in said.read_text()
        finally:
            enough.set()
        for writer in writers:
            writer.result(timeout=PATIENCE)
        wait_for_all(server)
    last = detente(original, "archive", str(archive))
    assert last.returncode == 0, last.stderr

    done = detente(restored, "restore-archive", str(archive))

    assert done.returncode == 0, done.stderr
    with Detente(log_environment(original)) as log, Detente(log_environment(restored)) as copy:
        assert everything(copy) == everything(log)
        assert done.stdout == f"{len(everything(log))} domain events, up to position {log.position()}\n"
    stores = [Store.open(original), Store.open(restored)]
    expected, found = map(rows, stores)
    for store in stores:
        store.close()
    assert found == expected


@pytest.fixture
def archived(tmp_path: Path) -> str:
    """A log of two articles, archived in `archive`."""
    url = f"sqlite:///{tmp_path}/log.db"
    with Detente(log_environment(url)) as log:
        log.post_articles([post("a-1", reported_clash()), post("a-2", reported_clash())])
    assert detente(url, "archive", str(tmp_path / "archive")).returncode == 0
    return url


def _refused(database_url: str, *arguments: str, **settings: str) -> str:
    refused = detente(database_url, *arguments, **settings)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1
    return refused.stderr


def test_a_log_that_was_put_back_to_an_older_state_is_not_archived_over_a_newer_one(
    archived: str, tmp_path: Path
) -> None:
    older = f"sqlite:///{tmp_path}/older.db"
    assert detente(older, "restore-archive", str(tmp_path / "archive"), "--no-fold").returncode == 0
    execute("DELETE FROM stored_events WHERE rowid = (SELECT MAX(rowid) FROM stored_events)")(
        tmp_path / "older.db"
    )
    before = (tmp_path / "archive" / MANIFEST).read_bytes()
    for once_more in ("it is behind", "it has gone on"):
        said = _refused(older, "archive", str(tmp_path / "archive"))
        assert "the archive goes up to position 4, the log to" in said, once_more
        assert "differ from position 4 on" in said
        assert "restored to an older state" in said
        with Detente(log_environment(older)) as log:
            log.post_article(post("a-3", reported_clash()))
    assert (tmp_path / "archive" / MANIFEST).read_bytes() == before
    assert detente(archived, "archive", str(tmp_path / "archive")).returncode == 0, "its own log goes on"


def test_another_log_a_full_one_and_an_archive_of_a_newer_version_are_refused(
    archived: str, tmp_path: Path
) -> None:
    archive, other = tmp_path / "archive", f"sqlite:///{tmp_path}/other.db"
    assert detente(other, "seed").returncode == 0
    assert "is not of this log" in _refused(other, "archive", str(archive))
    said = _refused(archived, "restore-archive", str(archive))
    assert "is not empty" in said
    assert "An archive goes into an empty log only" in said
    manifest = archive / MANIFEST
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 2'))
    for url, command in ((archived, "archive"), (f"sqlite:///{tmp_path}/new.db", "restore-archive")):
        said = _refused(url, command, str(archive))
        assert f"{manifest} is of version 2, and this Détente knows version 1" in said
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    "option", [("--every", "5"), ("--follow", "--every", "nan"), ("--follow", "--every", "0")]
)
def test_options_that_mean_nothing_are_refused(archived: str, option: tuple[str, ...], tmp_path: Path) -> None:
    refused = detente(archived, "archive", str(tmp_path / "new"), *option)
    assert refused.returncode == 2
    assert "--every" in refused.stderr
    assert not (tmp_path / "new").exists()


def test_an_archive_goes_to_s3_and_comes_back(archived: str, tmp_path: Path) -> None:
    new, address = f"sqlite:///{tmp_path}/new.db", f"s3://{BUCKET}/log"
    with running_s3() as environment:
        assert f"s3://{BUCKET}/log/manifest.json: The specified bucket does not exist" in _refused(
            archived, "archive", address, **environment
        )
        S3FileSystem(**_signed_by(environment)).mkdir(BUCKET)
        done = detente(archived, "archive", address, **environment)
        assert done.returncode == 0, done.stderr
        restored = detente(new, "restore-archive", address, **environment)
    assert restored.returncode == 0, restored.stderr
    with Detente(log_environment(archived)) as log, Detente(log_environment(new)) as copy:
        assert everything(copy) == everything(log)


def _signed_by(environment: dict[str, str]) -> dict[str, str]:
    return {
        "endpoint_url": environment["AWS_ENDPOINT_URL"],
        "key": environment["AWS_ACCESS_KEY_ID"],
        "secret": environment["AWS_SECRET_ACCESS_KEY"],
    }
