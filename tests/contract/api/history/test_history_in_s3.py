"""Builds of history in S3, by a server that speaks its protocol: the same files as in a folder."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from s3fs import S3FileSystem

from api.history.build import build_history
from api.history.local_engine import LocalEngine
from api.operations.archive import archive_log
from api.running.service import utc_now
from domain.log.application import Detente
from domain.log.archives.manifest import Manifest
from domain.log.database_url import log_environment
from projections.history.loading.opened_build import OpenedBuild
from projections.history.table_batches import BUILT
from projections.storage.history.build_manifest import BuildManifest
from tests.contract.api.operations.logs import fill, quietly
from tests.contract.s3_server import BUCKET, running_s3
from tests.language import clash, post


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What an empty bucket is asked through."""
    with running_s3() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        files = S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
        files.mkdir(BUCKET)
        yield files


def test_a_history_is_built_from_s3_into_s3_as_in_a_folder(bucket: Any, tmp_path: Path) -> None:
    archive, history = f"s3://{BUCKET}/archive", f"s3://{BUCKET}/history"
    with Detente(log_environment(f"sqlite:///{tmp_path}/log.db")) as log:
        fill(log)
        _archive(log, archive)
        first = _build(archive, history, tmp_path)
        log.post_article(post("later", clash(killed=1)))
        _archive(log, archive)
        _archive(log, str(tmp_path / "archive"))

    there = _build(archive, history, tmp_path)
    here = _build(str(tmp_path / "archive"), str(tmp_path / "history"), tmp_path)

    assert first.position < there.position == here.position
    assert there.files == here.files
    held = {path.removeprefix(f"{BUCKET}/history/") for path in bucket.find(f"{BUCKET}/history")}
    former = {file.name for file in first.files}
    assert held == {"manifest.json", *(file.name for file in there.files), *former}
    loaded = {file.name: len(rows) for _, file, rows in OpenedBuild(history).rows()}
    of_tables = {table.name for table in BUILT}
    assert loaded == {file.name: file.rows for file in there.files if file.table in of_tables}
    for file in here.files:
        assert bucket.cat_file(f"{BUCKET}/history/{file.name}") == (tmp_path / "history" / file.name).read_bytes()


def _archive(log: Detente, address: str) -> None:
    archive_log(log, address, utc_now, lambda _position, _end: None, threading.Event())


def _build(archive: str, history: str, scratch: Path) -> BuildManifest:
    def opening(archive: str, manifest: Manifest, build: str) -> LocalEngine:
        return LocalEngine(archive, manifest, build, 2, scratch)

    return build_history(archive, history, opening, utc_now, quietly)
