"""Tables loaded from a build of history: as those of a rebuild, or refused, and the live ones as they were."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest

from api.running.service import Service
from domain.articles import RetractReport
from domain.log.archives.fetched_files import sha256_of
from domain.log.archives.manifest import MANIFEST, ArchiveRefused
from domain.redactions import RedactTexts
from projections.history.loading.load_build import LoadBuild
from projections.history.loading.opened_build import OpenedBuild
from projections.storage import tables
from projections.storage.bulk_rows import Row
from projections.storage.history.build_manifest import BuildManifest, built_file_name
from tests.contract.api.history.builds import built, record_something_of_each_kind
from tests.contract.api.history.damage import alter, damages, publish
from tests.contract.projections.folding.acts import on_sqlite
from tests.contract.tables import rows
from tests.language import BY_ANN, clash, post, statement


def load(service: Service, history: Path, progress: list[tuple[int, int]] | None = None) -> int | None:
    told = [] if progress is None else progress
    loading = LoadBuild(service.log, OpenedBuild(str(history)))
    return service.projector.rebuild(lambda done, end: told.append((done, end)), load=loading)


def test_loaded_tables_are_those_of_a_rebuild_and_go_on_from_there(service: Service, tmp_path: Path) -> None:
    record_something_of_each_kind(service)
    built(service.log, tmp_path)
    for number in range(3):
        service.log.post_article(post(f"later-{number}", clash(killed=number), statement("RUS", "TUR")))
    service.log.retract_report(RetractReport("b-2", 1, None, BY_ANN))
    service.projector.rebuild()
    expected, place = rows(service.store), service.store.place
    progress: list[tuple[int, int]] = []

    position = load(service, tmp_path / "history", progress)

    assert rows(service.store) == expected
    assert position == service.log.position()
    assert service.store.place != place
    assert progress == sorted(progress)
    assert progress[-1] == (position, position)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Path, BuildManifest]]:
    """Return a service whose log has something of each kind, folded; its build; and what that has."""
    folder = tmp_path_factory.mktemp("lived")
    service = on_sqlite(str(folder))
    record_something_of_each_kind(service)
    service.projector.catch_up()
    manifest = built(service.log, folder)
    yield service, folder / "history", manifest
    service.close()


@pytest.fixture
def history(lived: tuple[Service, Path, BuildManifest], tmp_path: Path) -> Path:
    """Return a copy of the build."""
    return Path(shutil.copytree(lived[1], tmp_path / "history"))


@pytest.fixture
def refusal(lived: tuple[Service, Path, BuildManifest], history: Path) -> Callable[[], str]:
    """Return what says why the build is refused, having seen that the tables are as they were."""
    return lambda: refusal_by(lived[0], history)


def refusal_by(service: Service, history: Path) -> str:
    before = rows(service.store), service.store.place
    with pytest.raises(ArchiveRefused) as raised:
        load(service, history)
    assert (rows(service.store), service.store.place) == before
    return str(raised.value)


def test_another_value_is_found_though_all_checksums_fit(
    lived: tuple[Service, Path, BuildManifest], history: Path, refusal: Callable[[], str]
) -> None:
    place = tables.evidence.columns.keys().index("day")

    def change(found: list[Row]) -> None:
        found[0] = (*found[0][:place], found[0][place] + 1, *found[0][place + 1 :])

    alter(history, lived[2], tables.evidence, change)
    said = refusal()
    assert "as samples say that were folded again: evidence (article " in said
    assert " has the day " in said
    assert said.endswith("The tables are as they were")


def test_a_row_that_is_there_twice_is_refused(
    lived: tuple[Service, Path, BuildManifest], history: Path, refusal: Callable[[], str]
) -> None:
    alter(history, lived[2], tables.evidence, lambda found: found.append(found[0]))
    said = refusal()
    assert "the tables cannot have its rows: UNIQUE constraint failed" in said
    assert f"{history}/tables/evidence-" in said


def test_a_row_without_a_key_is_refused(
    lived: tuple[Service, Path, BuildManifest], history: Path, refusal: Callable[[], str]
) -> None:
    alter(history, lived[2], tables.evidence, lambda found: found.append((None, *found[0][1:])))
    assert "a row of it has no key" in refusal()


@damages
def test_a_damaged_file_is_named(
    lived: tuple[Service, Path, BuildManifest],
    history: Path,
    refusal: Callable[[], str],
    damage: Callable[[Path], object],
    fault: str,
) -> None:
    file, *_ = lived[2].files_of("incidents")
    damage(history / file.name)
    said = refusal()
    assert said.startswith(f"{history}/{file.name}: ")
    assert fault in said
    assert "Put a copy of it back; without one, build the history again" in said


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"PAR1 no Parquet PAR1", "it is no such Parquet file"),
        (None, "its columns are not a, b, first_day, state"),
    ],
    ids=["no parquet", "other columns"],
)
def test_a_file_that_is_something_else_is_named_though_all_checksums_fit(
    lived: tuple[Service, Path, BuildManifest],
    history: Path,
    refusal: Callable[[], str],
    content: bytes | None,
    fault: str,
) -> None:
    manifest = lived[2]
    (file, *_), (other, *_) = manifest.files_of("state_runs"), manifest.files_of("incidents")
    (history / file.name).write_bytes((history / other.name).read_bytes() if content is None else content)
    said_of = msgspec.structs.replace(
        file, bytes=(history / file.name).stat().st_size, sha256=sha256_of(history / file.name)
    )
    publish(history, manifest, files=tuple(said_of if one == file else one for one in manifest.files))
    said = refusal()
    assert said.startswith(f"{history}/{file.name}: {fault}")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"version": 2}, "is of version 2, and this Détente knows version 1"),
        ({"tables_version": 99}, "has tables of version 99, and those of this Détente are of version"),
        ({"end": "0" * 64}, "is not of this log: at position"),
        ({"position": 10**6}, "is not of this log: it was built up to position 1000000, and the log ends at"),
    ],
    ids=["newer manifest", "other tables", "another log", "a longer log"],
)
def test_a_build_of_something_else_is_refused(
    lived: tuple[Service, Path, BuildManifest],
    history: Path,
    refusal: Callable[[], str],
    changes: dict[str, Any],
    fault: str,
) -> None:
    publish(history, lived[2], **changes)
    assert fault in refusal()


def test_a_table_that_a_build_does_not_have_is_named(
    lived: tuple[Service, Path, BuildManifest], history: Path, refusal: Callable[[], str]
) -> None:
    manifest = lived[2]
    (file, *_) = manifest.files
    other = msgspec.structs.replace(file, name=built_file_name("former_tables", 0, 0, file.sha256))
    publish(history, manifest, files=(other, *manifest.files[1:]))
    assert refusal() == (
        f"{history}/{other.name} is of a table that a build does not have: build the history again"
    )


def test_a_file_with_other_rows_than_the_manifest_says_is_named(
    lived: tuple[Service, Path, BuildManifest], history: Path, refusal: Callable[[], str]
) -> None:
    manifest = lived[2]
    (file, *_) = manifest.files
    other = msgspec.structs.replace(file, rows=file.rows + 1)
    publish(history, manifest, files=(other, *manifest.files[1:]))
    assert f"{history}/{file.name}: it has {file.rows} rows, and the manifest says {file.rows + 1}" in refusal()


def test_a_place_without_a_build_is_refused(refusal: Callable[[], str], history: Path) -> None:
    (history / MANIFEST).unlink()
    assert refusal() == f"{history}/{MANIFEST}: there is no such file, and so no history"


def test_a_log_that_was_put_back_and_went_on_is_told_from_the_one_that_was_built(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    service = on_sqlite(str(tmp_path / "log"))
    service.log.post_article(post("a-1", clash()))
    service.close()
    shutil.copytree(tmp_path / "log", tmp_path / "older")
    service = on_sqlite(str(tmp_path / "log"))
    service.log.post_article(post("a-2", clash()))
    position = built(service.log, tmp_path).position
    service.close()
    older = on_sqlite(str(tmp_path / "older"))
    assert "and the log ends at" in refusal_by(older, tmp_path / "history")
    for number in range(2):
        older.log.post_article(post(f"b-{number}", clash()))
    assert older.log.position() > position
    assert "the log has another event" in refusal_by(older, tmp_path / "history")
    older.close()


def test_what_was_redacted_behind_a_build_does_not_come_back(tmp_path: Path) -> None:
    service = on_sqlite(str(tmp_path))
    service.log.post_article(post("a-1", clash()))
    built(service.log, tmp_path)
    service.log.redact(RedactTexts("a-1", None, ("headline",), "asked", BY_ANN))
    said = refusal_by(service, tmp_path / "history")
    assert f"there is a redaction at position {service.log.position()}" in said
    built(service.log, tmp_path)
    assert load(service, tmp_path / "history") == service.log.position()
    service.close()


def test_an_empty_build_is_loaded(tmp_path: Path) -> None:
    service = on_sqlite(str(tmp_path))
    built(service.log, tmp_path)
    service.log.post_article(post("a-1", clash()))
    service.projector.catch_up()
    expected = rows(service.store)
    assert load(service, tmp_path / "history") == service.log.position()
    assert rows(service.store) == expected
    service.close()


def test_a_load_that_is_stopped_leaves_the_tables_as_they_were(
    lived: tuple[Service, Path, BuildManifest], history: Path
) -> None:
    service, stop = lived[0], Event()
    before = rows(service.store), service.store.place
    loading = LoadBuild(service.log, OpenedBuild(str(history)))
    assert service.projector.rebuild(lambda _done, _end: stop.set(), stop, loading) is None
    assert (rows(service.store), service.store.place) == before
