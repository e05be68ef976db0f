"""Archives, on every kind of store: all of the log and only its own, whole at any moment, restored as it was."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from eventsourcing.persistence import Notification

from api.operations.archive import archive_log, restore_archive
from api.running.service import utc_now
from domain.log.application import Detente
from domain.log.archives.archiver import KEPT, Archiver
from domain.log.archives.manifest import MANIFEST, ArchiveRefused, Manifest
from domain.log.archives.places import archive_at
from domain.log.archives.storage import LocalArchive
from domain.log.archives.whole_archive import WholeArchive
from domain.log.backups.backup_file import BackupRefused
from domain.log.database_url import log_environment
from domain.redactions import RedactTexts
from tests.contract.api.operations.logs import opened, quietly
from tests.language import BY_ANN, clash, post, statement

NAME = "Jane Q. Public"


def _silently(_position: int, _end: int) -> None:
    return


def _archive(log: Detente, folder: Path) -> Manifest:
    return archive_log(log, str(folder), utc_now, _silently, threading.Event())


def _fill(log: Detente, *numbers: int) -> None:
    for number in numbers:
        log.post_article(post(f"a-{number}", clash(killed=number), statement(speaker=NAME)))


def _events(database_url: str) -> Sequence[Notification]:
    with Detente(log_environment(database_url)) as log:
        return log.read_log(0, 10**6)


def test_an_archive_is_restored_into_either_database_event_by_event(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    with opened(database_url) as service:
        _fill(service.log, *range(5))
        made = _archive(service.log, tmp_path / "archive")
        archived = service.log.read_log(0, 10**6)
        _fill(service.log, 9)
    restored = restore_archive(other_database_url, str(tmp_path / "archive"), quietly)
    assert (restored.events, restored.position, restored.notes) == (len(archived), made.position, ())
    assert _events(other_database_url) == archived
    with opened(other_database_url) as service:
        _fill(service.log, 10)
        assert service.log.position() == made.position + 3, "the log goes on behind the last one"
    with pytest.raises(BackupRefused, match="not empty"):
        restore_archive(other_database_url, str(tmp_path / "archive"), quietly)


def test_a_write_ahead_log_that_a_former_log_left_is_not_taken_for_the_restored_ones(tmp_path: Path) -> None:
    former, source = tmp_path / "former.db", tmp_path / "source.db"
    left = former.with_name("former.db-wal")
    with opened(f"sqlite:///{former}") as service:
        _fill(service.log, *range(7))
        kept = left.read_bytes()
    with opened(f"sqlite:///{source}") as service:
        _fill(service.log, 8)
        _archive(service.log, tmp_path / "archive")
        archived = service.log.read_log(0, 10**6)
    former.unlink()
    left.write_bytes(kept)
    restore_archive(f"sqlite:///{former}", str(tmp_path / "archive"), quietly)
    assert _events(f"sqlite:///{former}") == archived


def test_an_archive_goes_on_where_it_stopped_in_few_files_that_are_kept_for_their_readers(
    database_url: str, tmp_path: Path
) -> None:
    now = utc_now()
    folder = tmp_path / "archive"
    (folder / "events").mkdir(parents=True)
    with opened(database_url) as service:
        for number in range(24):
            _fill(service.log, number)
            archiver = Archiver(service.log, LocalArchive(folder), lambda: now, full=12)
            archiver.begin()
            before = WholeArchive(archive_at(str(folder)))
            archiver.append(_silently)
            assert len(list(before.rows())) == before.manifest.events, "who began to read can go on"
        files = archiver.manifest.files
        assert [file.events for file in files[:-1]] == [12] * (len(files) - 1)
        assert _archive(service.log, folder).files == files, "again is no change"
        _fill(service.log, 99)
        now += KEPT
        archiver.begin()
        archiver.append(_silently)
        held = {path.name for path in (folder / "events").iterdir()}
        assert {file.name.rpartition("/")[2] for file in archiver.manifest.files} <= held
        assert len(held) <= len(archiver.manifest.files) + 1, "what was replaced a day ago is gone"
        rows = list(WholeArchive(archive_at(str(folder))).rows())
        assert [row[0] for row in rows] == [event.id for event in service.log.read_log(0, 10**6)]


def test_what_cannot_be_read_stays_as_it_is_with_a_note(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    with opened(database_url) as service:
        _fill(service.log, 1)
        recorder = service.log.recorder
        stored = service.log.read_log(0, 1)[0]
        strange = Notification(
            id=0, originator_id=stored.originator_id, originator_version=99, topic="strange", state=b"\xff\x00"
        )
        recorder.insert_events([strange])
        _archive(service.log, tmp_path / "archive")
        archived = service.log.read_log(0, 10**6)
    restored = restore_archive(other_database_url, str(tmp_path / "archive"), quietly)
    assert _events(other_database_url) == archived
    (note,) = restored.notes
    assert note.startswith(
        f"1 domain events cannot be read by this version, the first at position {archived[-1].id}"
    )


def test_what_was_redacted_is_in_no_file_once_the_archive_has_gone_on(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    (folder / "events").mkdir(parents=True)
    with opened(database_url) as service:
        for number in range(6):
            _fill(service.log, number)
            _archive(service.log, folder)
        archiver = Archiver(service.log, LocalArchive(folder), utc_now, full=3)
        for number in range(6):
            service.log.redact(RedactTexts(f"a-{number}", None, (), "Asked.", BY_ANN))
        archiver.begin()
        archiver.append(_silently)
        rows = list(WholeArchive(archive_at(str(folder))).rows())
        assert [(row[0], row[4]) for row in rows] == [(e.id, e.state) for e in service.log.read_log(0, 10**6)]
        assert not any(NAME.encode() in row[4] for row in rows)
        named = {file.name.rpartition("/")[2] for file in archiver.manifest.files}
        assert {path.name for path in (folder / "events").iterdir()} == named, "no file from before is left"


def test_an_archive_of_another_log_is_refused_with_the_position_where_they_differ(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    with opened(database_url) as service:
        _fill(service.log, 1, 2)
        _archive(service.log, folder)
    restore_archive(other_database_url, str(folder), quietly)
    with opened(database_url) as service:
        _fill(service.log, 3)
        _archive(service.log, folder)
    before = (folder / MANIFEST).read_bytes()
    with opened(other_database_url) as service:
        with pytest.raises(ArchiveRefused, match="the log to 6, and they differ from position 7 on"):
            _archive(service.log, folder)
        _fill(service.log, 4, 5)
        with pytest.raises(ArchiveRefused, match=r"not of this log.*differ from position 7 on.*older state"):
            _archive(service.log, folder)
    assert (folder / MANIFEST).read_bytes() == before


def test_two_archivers_at_once_are_noticed(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    (folder / "events").mkdir(parents=True)
    with opened(database_url) as service:
        _fill(service.log, 1)
        with LocalArchive(folder).writing(), pytest.raises(ArchiveRefused, match="another process archives"):
            _archive(service.log, folder)
        first, second = (Archiver(service.log, LocalArchive(folder), utc_now) for _ in range(2))
        first.begin()
        second.begin()
        first.append(_silently)
        with pytest.raises(ArchiveRefused, match="changed meanwhile"):
            second.append(_silently)
        assert WholeArchive(archive_at(str(folder))).manifest == first.manifest


_KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from domain.log.application import Detente
from domain.log.archives import storage
from domain.log.archives.archiver import Archiver
from domain.log.database_url import log_environment
left = int(sys.argv[3])
def dying(real):
    def step(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*arguments, **named)
    return step
os.fsync = dying(os.fsync)
Path.replace, Path.unlink = dying(Path.replace), dying(Path.unlink)
place = storage.LocalArchive(Path(sys.argv[2]))
with Detente(log_environment(sys.argv[1])) as log, place.writing():
    archiver = Archiver(log, place, lambda: datetime.now(UTC))
    archiver.begin()
    archiver.append(lambda *_: None)
"""


def test_a_run_that_is_killed_at_any_step_leaves_no_lie_and_goes_on(tmp_path: Path) -> None:
    url, folder = f"sqlite:///{tmp_path}/log.db", tmp_path / "archive"
    statuses = []
    for step in range(0, 14, 2):
        with Detente(log_environment(url)) as log:
            _fill(log, step)
        died = subprocess.run([sys.executable, "-c", _KILLED, url, str(folder), str(step)], check=False)
        statuses.append(died.returncode)
        if (folder / MANIFEST).exists():
            WholeArchive(archive_at(str(folder))).check(quietly)
    assert set(statuses) == {0, 9}
    assert statuses.count(9) >= 4
    with Detente(log_environment(url)) as log:
        made = _archive(log, folder)
        assert made.position == log.position()
        rows = list(WholeArchive(archive_at(str(folder))).rows())
        assert [row[4] for row in rows] == [event.state for event in log.read_log(0, 10**6)]
    named = {file.name for file in made.files} | {file.name for file in made.replaced}
    assert {f"events/{file.name}" for file in (folder / "events").iterdir()} <= named
