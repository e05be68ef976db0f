"""Builds by processes of this machine: equal to the tables, and clean after whatever ends them."""

import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing import active_children
from pathlib import Path

import pytest

from api.history.build import BuildProgress, build_history
from api.history.local_engine import LocalEngine
from api.running.service import Service, utc_now
from domain.log.archives.manifest import MANIFEST, ArchiveRefused
from projections.storage.history.build_manifest import BuildManifest
from tests import zygote
from tests.contract.api.history.builds import (
    archived,
    assert_build_is_as_the_tables,
    build_small,
    record_something_of_each_kind,
)
from tests.contract.api.history.damage import damages
from tests.contract.api.operations.logs import quietly
from tests.contract.projections.folding.acts import on_sqlite
from tests.patience import PATIENCE, wait_until


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Return a service whose log has something of each kind, folded, and archived."""
    service = on_sqlite(str(tmp_path))
    record_something_of_each_kind(service)
    service.projector.catch_up()
    archived(service.log, tmp_path / "archive")
    yield service
    service.close()


def build(folder: Path, told: BuildProgress = quietly) -> BuildManifest:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)

    def opening(archive: str, manifest: object, history: str) -> LocalEngine:
        return LocalEngine(archive, manifest, history, 2, scratch)  # type: ignore[arg-type]

    try:
        return build_history(str(folder / "archive"), str(folder / "history"), opening, utc_now, told)
    finally:
        assert not list(scratch.iterdir())


def test_a_process_that_is_ended_is_said_and_the_next_build_is_what_the_tables_are(
    service: Service, tmp_path: Path
) -> None:
    history = tmp_path / "history"

    def kill(_stage: str, done: int, _total: int) -> None:
        if done:
            (process, *_) = active_children()
            process.kill()

    with pytest.raises(ArchiveRefused, match=r"process that folds was ended.*Start it again"):
        build(tmp_path, kill)
    assert not (history / MANIFEST).exists()
    assert not active_children()

    manifest = build(tmp_path)

    assert_build_is_as_the_tables(service.store, history, manifest)
    assert {str(file.relative_to(history)) for file in (history / "tables").iterdir()} == {
        file.name for file in manifest.files
    }


@pytest.mark.usefixtures("service")
@damages
def test_a_damaged_archive_is_said_by_the_name_of_its_file(
    tmp_path: Path, damage: Callable[[Path], object], fault: str
) -> None:
    (file,) = (tmp_path / "archive" / "events").iterdir()
    damage(file)
    with pytest.raises(ArchiveRefused, match=f"^{file}: .*{fault}.*Put a copy of it back"):
        build(tmp_path)
    assert not (tmp_path / "history" / MANIFEST).exists()


@pytest.mark.usefixtures("service")
def test_an_archive_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "archive" / MANIFEST
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(ArchiveRefused, match="is of version 2, and this Détente knows version 1"):
        build(tmp_path)


@pytest.mark.usefixtures("service")
def test_a_scratch_that_is_full_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(engine: LocalEngine, *_: object) -> None:
        engine._connection.execute("COPY (SELECT 1 AS one) TO '/dev/full' (FORMAT csv)")

    monkeypatch.setattr(LocalEngine, "_group", full)
    with pytest.raises(ArchiveRefused, match=r"No space left on device.*nothing was published"):
        build(tmp_path)


def test_a_build_that_was_killed_has_published_nothing_and_leaves_no_processes(
    service: Service, tmp_path: Path
) -> None:
    history, scratch, said = tmp_path / "history", tmp_path / "scratch", tmp_path / "said"
    scratch.mkdir()
    with said.open("w") as out:
        arguments = ["history", "build", str(tmp_path / "archive"), str(history), "--workers", "2"]
        process = zygote.start([*arguments, "--scratch", str(scratch)], {**os.environ}, out, out)
        wait_until(lambda: any((history / "tables").glob("*.parquet")), "a file of a table")
        folding = _children(process.pid)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    assert not (history / MANIFEST).exists(), said.read_text()
    wait_until(lambda: not any(map(_runs, folding)), "the end of the processes that fold")
    manifest = build_small(tmp_path / "archive", history)
    assert_build_is_as_the_tables(service.store, history, manifest)


def _children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _runs(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
