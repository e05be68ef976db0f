"""Archives that are damaged, forged, too new or in no fit place: refused by name, and nothing is touched."""

import resource
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from arro3.core import RecordBatch, RecordBatchReader, Schema
from arro3.io import read_parquet, write_parquet
from eventsourcing.persistence import Notification
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.operations.archive import archive_log, restore_archive
from api.running.service import utc_now
from domain.log.application import Detente
from domain.log.archives.event_files import write_event_file
from domain.log.archives.fetched_files import sha256_of
from domain.log.archives.manifest import (
    FILES,
    MANIFEST,
    ArchivedFile,
    ArchiveRefused,
    Manifest,
    encode_manifest,
    file_name,
    manifest_of,
)
from domain.log.archives.places import archive_at
from domain.log.archives.same_log import end_of
from domain.log.archives.whole_archive import WholeArchive
from domain.log.database_url import log_environment
from projections.storage.database_errors import DATABASE_ERRORS
from tests.contract.api.operations.logs import everything, quietly
from tests.language import clash, post, statement


def _archive(log: Detente, folder: Path) -> Manifest:
    return archive_log(log, str(folder), utc_now, lambda _position, _end: None, threading.Event())


def _fill(log: Detente, *numbers: int) -> None:
    for number in numbers:
        log.post_article(post(f"a-{number}", clash(killed=number), statement()))


@pytest.fixture(scope="module")
def small_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    with Detente(log_environment(f"sqlite:///{folder}/log.db")) as log:
        _fill(log, 1, 2)
        _archive(log, folder / "archive")
    return folder / "archive"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_byte_that_flipped_or_a_lost_tail_is_refused_by_name(small_archive: Path, data: st.DataObject) -> None:
    files = [small_archive / MANIFEST, *(small_archive / FILES).iterdir()]
    file = data.draw(st.sampled_from(files))
    whole = file.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = whole[at] ^ data.draw(st.integers(1, 255))
    changed = whole[:at] if data.draw(st.booleans()) else whole[:at] + bytes([flipped]) + whole[at + 1 :]
    file.write_bytes(changed)
    try:
        with pytest.raises(ArchiveRefused, match=file.name):
            WholeArchive(archive_at(str(small_archive))).check(quietly)
    finally:
        file.write_bytes(whole)


# Forged: checksums and manifest are right


def _event(position: int, version: int, topic: str = "t", state: bytes = b"{}") -> Notification:
    return Notification(
        id=position, originator_id=UUID(int=7), originator_version=version, topic=topic, state=state
    )


def _sealed(folder: Path, first: Notification, last: Notification, events: int) -> Path:
    """Give a file named `forged` its name, and the archive a manifest; return the file."""
    (forged,) = (folder / FILES).iterdir()
    sha256, size = sha256_of(forged), forged.stat().st_size
    name = file_name(first.id, last.id, sha256)
    file = ArchivedFile(
        name=name, first=first.id, last=last.id, events=events, bytes=size, sha256=sha256, end=end_of(last)
    )
    (folder / MANIFEST).write_bytes(encode_manifest(manifest_of([file], [])))
    return forged.rename(folder / name)


def _forged(folder: Path, *events: Notification, change: Callable[[Path], object] = lambda _file: None) -> Path:
    (folder / FILES).mkdir(parents=True)
    forged = folder / FILES / "forged"
    write_event_file(forged, [events])
    change(forged)
    return _sealed(folder, events[0], events[-1], len(events))


def _refused(folder: Path, forged: Path, database_url: str) -> str:
    with pytest.raises(ArchiveRefused) as refused:
        restore_archive(database_url, str(folder), quietly)
    assert forged.name in str(refused.value)
    with Detente(log_environment(database_url)) as log:
        assert log.position() == 0
        _fill(log, 1)
    return str(refused.value)


def _of_other_columns(file: Path) -> None:
    table = read_parquet(file).read_all()
    write_parquet(table.select(["position", "state"]), file)


def _nullable(file: Path) -> None:
    table = read_parquet(file).read_all()
    schema = Schema([table.schema.field(name).with_nullable(True) for name in table.schema.names])
    batches = [RecordBatch.from_arrays(batch.columns, schema=schema) for batch in table.to_batches()]
    write_parquet(RecordBatchReader.from_batches(schema, batches), file)


def _at_which_the_library_panics(file: Path) -> None:
    """Give the footer a type that there is none of."""
    content = bytearray(file.read_bytes())
    content[-9 - int.from_bytes(content[-8:-4], "little") + 1] = 0x1E
    file.write_bytes(content)


def _at_which_the_library_ends_the_process(file: Path) -> None:
    """Have the first column begin 4 bytes before the file: its offset is field 9, two behind the one before it."""
    content = file.read_bytes()
    begins, ends = b"\x26\x08", b"\x26\x07"  # numbers are in zigzag
    at = content.index(begins, len(content) - 8 - int.from_bytes(content[-8:-4], "little"))
    file.write_bytes(content[:at] + ends + content[at + 2 :])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda file: file.write_bytes(b"\0"), "no such Parquet file"),
        (lambda file: file.write_bytes(b"PAR1 PAR1"), "no such Parquet file"),
        (_of_other_columns, "its columns are not position, "),
        (_nullable, "its columns are not position, "),
        (_at_which_the_library_panics, "no such Parquet file"),
        (_at_which_the_library_ends_the_process, "no such Parquet file"),
    ],
)
def test_a_file_that_holds_no_events_is_refused_though_its_checksum_is_right(
    change: Callable[[Path], object], says: str, tmp_path: Path
) -> None:
    forged = _forged(tmp_path / "archive", _event(1, 1), _event(2, 2), change=change)
    said = _refused(tmp_path / "archive", forged, f"sqlite:///{tmp_path}/new.db")
    assert says in said
    assert len(said.splitlines()) == 1


_TWICE = (_event(1, 1), _event(2, 1))
_NOT_IN_ORDER = (_event(1, 1), _event(3, 2), _event(2, 3), _event(4, 4))


@pytest.mark.parametrize(
    ("events", "says"),
    [
        (_TWICE, "no log can have the events up to its end"),
        (_NOT_IN_ORDER, "position 2 does not follow 3"),
        ((_event(1, 1), _event(9, 2), _event(3, 3)), "position 9 does not follow 1"),
    ],
)
def test_events_that_no_log_can_have_are_refused_though_the_checksum_is_right(
    database_url: str, events: Sequence[Notification], says: str, tmp_path: Path
) -> None:
    forged = _forged(tmp_path / "archive", *events)
    said = _refused(tmp_path / "archive", forged, database_url)
    assert says in said
    assert len(said.splitlines()) == 1


def test_topics_that_postgresql_cannot_have_are_refused(
    new_postgres_database: Callable[[], str], tmp_path: Path
) -> None:
    forged = _forged(tmp_path / "archive", _event(1, 1, topic="a\0b"))
    assert "no log can have" in _refused(tmp_path / "archive", forged, new_postgres_database())


def test_gaps_between_positions_are_kept_and_the_log_goes_on_behind_them(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    gapped = (_event(2, 1), _event(7, 2), _event(2000, 3))
    _forged(tmp_path / "forged", *gapped)
    restore_archive(database_url, str(tmp_path / "forged"), quietly)
    with Detente(log_environment(database_url)) as log:
        assert [row[0] for row in everything(log)] == [2, 7, 2000]
        assert _archive(log, tmp_path / "archive").position == 2000
        _fill(log, 1)
        assert _archive(log, tmp_path / "archive").events == len(everything(log)) == 6
        expected = everything(log)
    restore_archive(other_database_url, str(tmp_path / "archive"), quietly)
    with Detente(log_environment(other_database_url)) as log:
        assert everything(log) == expected
        assert log.position() == 2003


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_whatever_byte_is_forged_it_is_refused_by_name_or_read_to_its_end(
    tmp_path_factory: pytest.TempPathFactory, at: float, flip: int
) -> None:
    def change(file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[int(at * len(content))] ^= flip
        file.write_bytes(content)

    folder = tmp_path_factory.mktemp("forged") / "archive"
    forged = _forged(folder, _event(1, 1), _event(2, 2), change=change)
    try:
        archive = WholeArchive(archive_at(str(folder)))
        archive.check(quietly)
        assert len(list(archive.rows())) == 2
    except ArchiveRefused as refused:
        assert forged.name in str(refused)  # noqa: PT017  # one of both


@pytest.mark.parametrize("state", [b"", b"\xff\x00", b'{"timestamp":' + b"[" * 100_000, b'{"x":' + b"[" * 100_000])
def test_states_that_nobody_can_read_are_archived_and_restored_as_they_are(state: bytes, tmp_path: Path) -> None:
    with Detente(log_environment(f"sqlite:///{tmp_path}/log.db")) as log:
        _fill(log, 1)
        log.recorder.insert_events([_event(0, 1, "strange", state)])
        _archive(log, tmp_path / "archive")
        archived = everything(log)
    restored = restore_archive(f"sqlite:///{tmp_path}/new.db", str(tmp_path / "archive"), quietly)
    assert restored.notes[0].startswith("1 domain events cannot be read by this version")
    with Detente(log_environment(f"sqlite:///{tmp_path}/new.db")) as log:
        assert everything(log) == archived


# Spoiled


def _newer(folder: Path) -> None:
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text.replace('"version": 1', '"version": 2'))


def _without_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def _without_a_file(folder: Path) -> None:
    next((folder / "events").iterdir()).unlink()


@pytest.mark.parametrize(
    ("spoil", "archives", "restores"),
    [
        (_newer, "is of version 2, and this Détente knows version 1", "is of version 2"),
        (_without_manifest, "manifest.json is not there, but files of an archive are", "no archive"),
        (_without_a_file, "parquet: there is no such file. Put a copy of it back", "there is no such file"),
    ],
)
def test_what_is_wrong_with_an_archive_is_said_and_nothing_is_touched(
    spoil: Callable[[Path], None], archives: str, restores: str, tmp_path: Path
) -> None:
    url, folder = f"sqlite:///{tmp_path}/log.db", tmp_path / "archive"
    with Detente(log_environment(url)) as log:
        _fill(log, 1)
        _archive(log, folder)
        spoil(folder)
        _fill(log, 2)
        with pytest.raises(ArchiveRefused, match=archives):
            _archive(log, folder)
    with pytest.raises(ArchiveRefused, match=restores):
        restore_archive(f"sqlite:///{tmp_path}/new.db", str(folder), quietly)
    assert not list(tmp_path.glob("*new.db*"))


def test_a_place_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("of someone else")
    (tmp_path / "log").mkdir()
    with Detente(log_environment(f"sqlite:///{tmp_path}/log/log.db")) as log:
        with pytest.raises(ArchiveRefused, match="is no archive and not empty"):
            _archive(log, tmp_path)
        with pytest.raises(ArchiveRefused, match="Not a directory"):
            _archive(log, tmp_path / "notes.txt" / "archive")
        with pytest.raises(ArchiveRefused, match="an archive is in a folder"):
            archive_log(log, "htp://x/y", utc_now, lambda _position, _end: None, threading.Event())
        assert _archive(log, tmp_path / "empty").events == 0


@contextmanager
def _full_disk(file_bytes: int) -> Iterator[None]:
    """Let no file become larger."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("file_bytes", [100, 1000, 2000])
def test_a_full_disk_is_said_and_nothing_is_published(file_bytes: int, tmp_path: Path) -> None:
    url, folder = f"sqlite:///{tmp_path}/log.db", tmp_path / "archive"
    with Detente(log_environment(url)) as log:
        _archive(log, folder)
        _fill(log, 1)
        before = (folder / MANIFEST).read_bytes()
        with _full_disk(file_bytes), pytest.raises(ArchiveRefused, match=rf"{folder}.*File too large"):
            _archive(log, folder)
        assert (folder / MANIFEST).read_bytes() == before
        assert not list((folder / FILES).iterdir())
        assert _archive(log, folder).position == log.position()


def test_a_full_disk_leaves_no_half_of_a_restored_log(small_archive: Path, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path}/new.db"
    with _full_disk(10_000), pytest.raises(DATABASE_ERRORS, match=r"disk|large"):
        restore_archive(new, str(small_archive), quietly)
    assert not (tmp_path / "new.db").exists()
    assert restore_archive(new, str(small_archive), quietly).events == 6
