"""Builds of history: of any log, in whatever tasks and batches, they are what the projector makes of it."""

import random
import resource
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from arro3.core import Array, DataType, RecordBatch
from hypothesis import given
from hypothesis import strategies as st

from api.history import task_outputs
from api.history.build import build_history
from api.history.task_outputs import TaskOutputs
from api.running.service import utc_now
from domain.log.application import Detente
from domain.log.archives.manifest import MANIFEST, ArchiveRefused, Manifest
from domain.log.database_url import log_environment
from projections.history import fold_articles, fold_pairs, fold_spilled
from projections.history.table_batches import TableBatch
from projections.storage.history.build_manifest import BuildManifest, decode_build_manifest
from tests.contract.api.history.builds import (
    archived,
    assert_build_is_as_the_tables,
    build_small,
    built,
    record_something_of_each_kind,
    record_what_is_parked,
)
from tests.contract.api.history.small_engine import SmallEngine
from tests.contract.api.operations.logs import quietly
from tests.contract.projections.folding.acts import Act, fold_in_pages_of, lives, on_sqlite
from tests.examples import examples
from tests.language import backing, clash, post, statement

redactions = st.lists(
    st.builds(
        Act,
        st.just("redact"),
        st.sampled_from(["a-1", "a-2"]),
        st.just("AP"),
        st.integers(0, 2),
        st.just(()),
        st.just(False),
    ),
    max_size=2,
)


@examples(12)
@given(lives(), redactions, st.booleans(), st.integers(0, 2**16))
def test_a_build_is_what_the_projector_makes_in_whatever_tasks(
    done: Sequence[Act], redacting: Sequence[Act], parking: bool, seed: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as small:
        for module, name, size in (
            (fold_articles, "CHUNK", 3),
            (fold_pairs, "PIECE", 2),
            (fold_spilled, "_PAIRS", 1),
        ):
            small.setattr(module, name, size)
        service = on_sqlite(folder)
        for act in (*done, *redacting):
            act.do(service)
        if parking:
            record_what_is_parked(service.log)
        fold_in_pages_of(3, service)
        manifest = built(service.log, Path(folder), seed)
        assert_build_is_as_the_tables(service.store, Path(folder) / "history", manifest)
        service.close()


def test_tables_of_many_files_are_those_of_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = on_sqlite(str(tmp_path))
    record_something_of_each_kind(service)
    fold_in_pages_of(100, service)
    archived(service.log, tmp_path / "archive")
    few = build_small(tmp_path / "archive", tmp_path / "few")
    monkeypatch.setattr(task_outputs, "FILE_ROWS", 2)
    many = build_small(tmp_path / "archive", tmp_path / "many")
    assert len(many.files) > len(few.files)
    assert_build_is_as_the_tables(service.store, tmp_path / "many", many)
    assert len(many.files_of("incidents")) > 1
    service.close()


def test_a_task_without_rows_leaves_no_file(tmp_path: Path) -> None:
    nothing = RecordBatch.from_arrays([Array([], type=DataType.int64())], names=["position"])
    assert TaskOutputs(str(tmp_path), 0).write([TableBatch("parked", nothing)]) == []
    assert not list(tmp_path.iterdir())


def _small(archive: str, manifest: Manifest, history: str) -> SmallEngine:
    return SmallEngine(archive, manifest, history, random.Random(0))  # noqa: S311


def _tables_in(history: Path) -> set[str]:
    return {str(file.relative_to(history)) for file in (history / "tables").iterdir()}


def _named(manifest: BuildManifest) -> set[str]:
    return {file.name for file in manifest.files}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Detente]:
    """Return a log of an article, archived."""
    with Detente(log_environment(f"sqlite:///{tmp_path}/log.db")) as log:
        log.post_article(post("a-1", clash(), backing()))
        archived(log, tmp_path / "archive")
        yield log


def test_the_files_of_a_build_that_was_replaced_are_kept_for_a_day(log: Detente, tmp_path: Path) -> None:
    archive, history, now = str(tmp_path / "archive"), tmp_path / "history", utc_now()

    def build(at: datetime) -> BuildManifest:
        return build_history(archive, str(history), _small, lambda: at, quietly)

    first = build(now)
    assert _tables_in(history) == _named(first)
    assert build(now).files == first.files
    log.post_article(post("a-2", statement()))
    archived(log, tmp_path / "archive")
    second = build(now)
    assert not {f.name for f in first.files if f.table == "incidents"} & _named(second)
    assert _tables_in(history) == _named(first) | _named(second)
    third = build(now + timedelta(hours=23))
    assert _tables_in(history) == _named(first) | _named(third)
    last = build(now + timedelta(hours=25))
    assert _tables_in(history) == _named(last) == _named(second)
    assert last.former == ()


def test_where_no_archive_is_nothing_is_built(tmp_path: Path) -> None:
    missing = tmp_path / "archive"
    with pytest.raises(ArchiveRefused, match=f"^{missing}/{MANIFEST}: there is no such file, and so no archive$"):
        build_small(missing, tmp_path / "history")
    assert not (tmp_path / "history").exists()


@pytest.mark.usefixtures("log")
def test_a_build_that_has_lost_events_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmallEngine, "_divided", lambda *_, **__: [])
    said = r"^0 of the archive's \d events were folded: build it again$"
    with pytest.raises(ArchiveRefused, match=said):
        build_small(tmp_path / "archive", tmp_path / "history")
    assert not (tmp_path / "history" / MANIFEST).exists()


@pytest.mark.usefixtures("log")
def test_one_builds_at_a_place_at_a_time(tmp_path: Path) -> None:
    archive, history = str(tmp_path / "archive"), str(tmp_path / "history")
    refused: list[str] = []

    def another(_stage: str, _done: int, _total: int) -> None:
        with pytest.raises(ArchiveRefused) as raised:
            build_history(archive, history, _small, utc_now, quietly)
        refused.append(str(raised.value))

    built_first = build_history(archive, history, _small, utc_now, another)
    assert set(refused) == {f"{history}: another process builds there: let it end, or stop it"}
    assert _tables_in(Path(history)) == _named(built_first)


def test_the_history_of_an_empty_archive_is_empty(tmp_path: Path) -> None:
    with Detente(log_environment(f"sqlite:///{tmp_path}/log.db")) as log:
        manifest = built(log, tmp_path)
    assert (manifest.position, manifest.events, manifest.files, manifest.end) == (0, 0, (), None)


@pytest.mark.usefixtures("log")
def test_a_folder_with_something_else_in_it_is_refused_and_stays(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("mine")
    with pytest.raises(ArchiveRefused, match="is no history and not empty, it has notes"):
        build_history(str(tmp_path / "archive"), str(foreign), _small, utc_now, quietly)
    assert (foreign / "notes.txt").read_text() == "mine"
    assert not (foreign / MANIFEST).exists()
    with pytest.raises(ArchiveRefused, match="is damaged"):  # an archive is no history
        build_history(str(tmp_path / "archive"), str(tmp_path / "archive"), _small, utc_now, quietly)


def test_a_full_disk_is_said_and_nothing_is_published(log: Detente, tmp_path: Path) -> None:
    archive, history = tmp_path / "archive", tmp_path / "history"
    before = build_small(archive, history)
    log.post_article(post("a-2", clash()))
    archived(log, archive)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        with pytest.raises(ArchiveRefused, match=rf"^{history}: File too large; nothing was published$"):
            build_small(archive, history)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert decode_build_manifest((history / MANIFEST).read_bytes(), "it") == before
    after = build_small(archive, history)
    assert after.position == log.position()
    assert _tables_in(history) == _named(before) | _named(after)
