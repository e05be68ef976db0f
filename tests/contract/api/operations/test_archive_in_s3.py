"""Archives in S3, by a server that speaks its protocol: as in a folder, and two that write to one notice."""

import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from s3fs import S3FileSystem

from api.operations.archive import archive_log, restore_archive
from api.running.service import utc_now
from domain.log.application import Detente
from domain.log.archives.archiver import KEPT, Archiver
from domain.log.archives.manifest import FILES, MANIFEST, ArchiveRefused, Manifest, file_name
from domain.log.archives.places import archive_at
from domain.log.archives.whole_archive import WholeArchive
from domain.log.database_url import log_environment
from tests.contract.api.operations.logs import everything, quietly
from tests.contract.s3_server import BUCKET, running_s3
from tests.language import clash, post, statement


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    with running_s3() as environment:
        yield environment


@pytest.fixture
def bucket(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What an empty bucket is asked through."""
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    files = S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    files.mkdir(BUCKET)
    yield files
    files.rm(BUCKET, recursive=True)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Detente]:
    with Detente(log_environment(f"sqlite:///{tmp_path}/log.db")) as log:
        yield log


ADDRESS = f"s3://{BUCKET}/of/our/log"


def _archive(log: Detente) -> Manifest:
    return archive_log(log, ADDRESS, utc_now, _silently, threading.Event())


def _silently(_position: int, _end: int) -> None:
    return


def _fill(log: Detente, *numbers: int) -> None:
    for number in numbers:
        log.post_article(post(f"a-{number}", clash(killed=number), statement()))


def _held(bucket: Any) -> set[str]:
    """Return the names of the files of the archive."""
    return {path.removeprefix(f"{BUCKET}/of/our/log/") for path in bucket.find(f"{BUCKET}/of/our/log")}


def test_an_archive_goes_on_and_is_restored_event_by_event(bucket: Any, log: Detente, tmp_path: Path) -> None:
    assert _archive(log).events == 0
    now = utc_now()
    for number in range(4):
        _fill(log, number)
        archiver = Archiver(log, archive_at(ADDRESS), lambda: now, full=6)
        archiver.begin()
        archiver.append(_silently)
    now += KEPT
    _fill(log, 4)
    archiver.begin()
    archiver.append(_silently)
    held, named = _held(bucket), {file.name for file in archiver.manifest.files}
    assert {MANIFEST, *named} <= held
    assert len(held) <= len(named) + 2, "what was replaced a day ago is gone"
    restored = restore_archive(f"sqlite:///{tmp_path}/new.db", ADDRESS, quietly)
    with Detente(log_environment(f"sqlite:///{tmp_path}/new.db")) as copy:
        assert everything(copy) == everything(log)
        assert restored.position == log.position()


def test_what_a_killed_run_added_is_removed_when_nobody_can_be_about_to_publish_it(
    bucket: Any, log: Detente
) -> None:
    _fill(log, 1)
    _archive(log)
    stray = file_name(1, 2, "0" * 64)
    bucket.pipe_file(f"{BUCKET}/of/our/log/{stray}", b"half")
    for later, is_there in ((timedelta(), True), (timedelta(days=1, minutes=1), False)):
        Archiver(log, archive_at(ADDRESS), lambda later=later: utc_now() + later).begin()  # type: ignore[misc]
        assert (stray in _held(bucket)) == is_there


@pytest.mark.parametrize("is_new", [True, False])
def test_of_two_archivers_at_once_one_is_refused(bucket: Any, log: Detente, is_new: bool) -> None:
    assert bucket.exists(BUCKET)
    if not is_new:
        _archive(log)
        _fill(log, 1)
    places = [archive_at(ADDRESS), archive_at(ADDRESS)]
    former = places[0].read_manifest()
    archivers = [Archiver(log, place, utc_now) for place in places]
    if is_new:
        for place in places:
            place.read_manifest = lambda: None  # type: ignore[method-assign]  # both look before one publishes
        archivers[0].begin()
        with pytest.raises(ArchiveRefused, match="changed meanwhile"):
            archivers[1].begin()
    else:
        for archiver in archivers:
            archiver.begin()
        archivers[0].append(_silently)
        published = places[0].read_manifest()
        with pytest.raises(ArchiveRefused, match="changed meanwhile"):
            archivers[1].append(_silently)
        assert published == archive_at(ADDRESS).read_manifest() != former


def test_a_manifest_that_is_published_between_look_and_write_is_not_written_over(
    bucket: Any, log: Detente
) -> None:
    _archive(log)
    ours, theirs = archive_at(ADDRESS), archive_at(ADDRESS)
    former = ours.read_manifest()
    look = ours.read_manifest

    def look_and_be_late() -> bytes | None:
        found = look()
        if found == former:
            theirs.publish_manifest(b"theirs", former)
        return found

    ours.read_manifest = look_and_be_late  # type: ignore[method-assign]
    with pytest.raises(ArchiveRefused, match="changed meanwhile"):
        ours.publish_manifest(b"ours", former)
    assert bucket.cat_file(f"{BUCKET}/of/our/log/{MANIFEST}") == b"theirs"


def test_a_damaged_file_is_refused_by_name(bucket: Any, log: Detente) -> None:
    _fill(log, 1)
    (file,) = _archive(log).files
    path = f"{BUCKET}/of/our/log/{file.name}"
    archive = WholeArchive(archive_at(ADDRESS))
    for content, says in ((b"short", "it has 5 bytes"), (b"other".ljust(file.bytes), "it was altered")):
        bucket.pipe_file(path, content)
        with pytest.raises(ArchiveRefused, match=f"{file.name}: {says}"):
            archive.check(quietly)
    bucket.rm_file(path)
    with pytest.raises(ArchiveRefused, match=f"{file.name}: there is no such file"):
        archive.check(quietly)


def test_places_that_are_none_are_said(bucket: Any, log: Detente, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.pipe_file(f"{BUCKET}/of/our/log/notes.txt", b"of someone else")
    with pytest.raises(ArchiveRefused, match=r"is no archive and not empty, it has notes\.txt"):
        _archive(log)
    for address, says in (
        ("s3://", "name a bucket and a prefix"),
        ("s3:///x", "name a bucket and a prefix"),
        (f"s3://{BUCKET}/a//b", "name a bucket and a prefix"),
        ("s3://nowhere/x", "s3://nowhere/x/manifest.json: The specified bucket does not exist"),
        ("gs://x/y", "an archive is in a folder, or at s3://BUCKET/PREFIX"),
        (f"s3://{BUCKET}/{FILES}", f"s3://{BUCKET}/{FILES}/manifest.json: there is no such file"),
    ):
        with pytest.raises(ArchiveRefused, match=says):
            WholeArchive(archive_at(address))
    for name, says in (
        ("AWS_ACCESS_KEY_ID", "Unable to locate credentials"),
        ("AWS_ENDPOINT_URL", "Could not connect"),
    ):
        with monkeypatch.context() as patched:
            patched.setenv(name, "http://127.0.0.1:1")
            if name == "AWS_ACCESS_KEY_ID":
                patched.delenv(name)
                patched.delenv("AWS_SECRET_ACCESS_KEY")
            with pytest.raises(ArchiveRefused, match=f"{says}.*Credentials, region and address are those of AWS"):
                WholeArchive(archive_at(ADDRESS))
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ArchiveRefused, match=r"pip install 'detente\[s3\]'"):
        archive_at(ADDRESS)
