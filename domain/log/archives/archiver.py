"""The archiver: appends what a log has recorded to an archive, a file at a time, each published by the manifest.

A file that others take the place of is named in the manifest until it is gone, so that a run that was killed
anywhere leaves nothing that the next one does not find.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from eventsourcing.persistence import Notification

from domain.log.archives.event_files import BATCH, write_event_file
from domain.log.archives.fetched_files import describe_damaged_file, fetching_from, sha256_of
from domain.log.archives.manifest import (
    MANIFEST,
    ArchivedFile,
    ArchiveRefused,
    Manifest,
    ReplacedFile,
    decode_manifest,
    encode_manifest,
    file_name,
    is_file_name,
    manifest_of,
)
from domain.log.archives.same_log import end_of, refuse_another_log
from domain.log.archives.storage import ArchivePlace
from domain.log.backups.complete_files import PART
from domain.log.reader import REDACTION_TOPICS, LogReader
from domain.log.recorders.aggregate_versions import version_at

FULL_EVENTS: Final = 2**20  #: a file that has as many is not joined with others
FULL_BYTES: Final = 2**28  #: of states in a file, before they are compressed
KEPT: Final = timedelta(days=1)  #: for whom a file is kept that others took the place of: who reads it still
_ABANDONED: Final = timedelta(days=1)  # what was added earlier and not published never will be

ArchiveProgress = Callable[[int, int], None]  #: gets the position that was reached, and the log's end


class Archiver:
    """Archives one log into one place, as the only one. Whatever it cannot do raises `ArchiveRefused`."""

    def __init__(
        self, log: LogReader, place: ArchivePlace, clock: Callable[[], datetime], full: int = FULL_EVENTS
    ) -> None:
        self._log = log
        self._place = place
        self._clock = clock
        self._full = full
        self._stored: bytes | None = None
        self.manifest = Manifest()

    def begin(self) -> None:
        """Read where the archive stands, or begin one where there is nothing; remove what earlier runs left."""
        self._stored = self._place.read_manifest()
        there = self._place.sizes()
        if self._stored is None:
            self._refuse_to_mix(there)
            self._publish(Manifest())
            return
        self.manifest = decode_manifest(self._stored, f"{self._place.address}/{MANIFEST}")
        for file in self.manifest.files:
            if file.name not in there:
                raise ArchiveRefused(
                    describe_damaged_file(self._place.address, file.name, "there is no such file")
                )
            if there[file.name] != file.bytes:
                fault = f"it has {there[file.name]} bytes, and the manifest says {file.bytes}"
                raise ArchiveRefused(describe_damaged_file(self._place.address, file.name, fault))
        self._check_log()
        self._sweep()

    def append(self, progress: ArchiveProgress, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Archive what was recorded by now. Ends early, with what was published, if it no more `goes_on`."""
        self._check_log()
        upto = self._log.position()
        with suppress(_ArchivingStopped):
            while self.manifest.position < upto:
                self._append_file(upto, progress, goes_on)

    def _append_file(self, upto: int, progress: ArchiveProgress, goes_on: Callable[[], bool]) -> None:
        """Publish one file more, in which the last ones may be taken in. Raises `_ArchivingStopped`."""
        kept = self._kept(upto - self.manifest.position)
        after = kept[-1].last if kept else 0
        with self._scratch() as part:
            seen = _write(part, self._newest(after, upto, progress, goes_on))
            if redacted := self._redacted_in(self.manifest.position, seen.last):
                seen = _write(part, self._stretch(after, seen.last))  # some of it may have been read before
            new = self._add(part, seen)
        files = [*(self._without(file, redacted) for file in kept), new]
        self._publish(manifest_of(files, self._replaced(files, at_once=bool(redacted))))
        self._remove_due()

    def _kept(self, pending: int) -> list[ArchivedFile]:
        """Return the files that the next one does not take in.

        It takes in the last one while that has no more events than it has itself. So how often an event is
        written, and how many files are not full, grows as the logarithm of a full file's size.
        """
        kept, taken = list(self.manifest.files), pending
        while kept and kept[-1].events <= taken and kept[-1].events + taken <= self._full:
            taken += kept.pop().events
        return kept

    def _newest(
        self, after: int, upto: int, progress: ArchiveProgress, goes_on: Callable[[], bool]
    ) -> Iterator[Sequence[Notification]]:
        """Yield what a file is to have: whole commands, until it is full or has what there was when it began."""
        position, events, size = after, 0, 0
        while position < upto:
            page = self._log.read_commands(position, min(BATCH, self._full))
            if not goes_on():
                raise _ArchivingStopped
            yield page
            position = page[-1].id
            progress(position, max(upto, position))
            events += len(page)
            size += sum(len(event.state) for event in page)
            if position >= self.manifest.position and (events >= self._full or size >= FULL_BYTES):
                return

    def _stretch(self, after: int, upto: int) -> Iterator[Sequence[Notification]]:
        while after < upto:
            until = min(after + BATCH, upto)
            if page := self._log.read_stretch(after, until):
                yield page
            after = until

    def _redacted_in(self, after: int, upto: int) -> set[UUID]:
        """Return the aggregates whose earlier events were rewritten by what was recorded behind a position."""
        found = self._log.read_topics(REDACTION_TOPICS, after, upto)
        return {event.originator_id for event in found if isinstance(event.originator_id, UUID)}

    def _without(self, file: ArchivedFile, redacted: set[UUID]) -> ArchivedFile:
        """Return a file, written anew from the log if it has events of an aggregate that was redacted."""
        recorder = self._log.recorder
        if not any(
            version_at(recorder, one, file.last) > version_at(recorder, one, file.first - 1) for one in redacted
        ):
            return file
        with self._scratch() as part:
            seen = _write(part, self._stretch(file.first - 1, file.last))
            if (seen.first, seen.last, seen.events, seen.end) != (file.first, file.last, file.events, file.end):
                raise ArchiveRefused(
                    f"{self._place.address}/{file.name} has other events than the log has there: the archive is"
                    " not of this log. Archive it into an empty place"
                )
            return self._add(part, seen)

    def _add(self, part: Path, seen: "_Written") -> ArchivedFile:
        sha256, size = sha256_of(part), part.stat().st_size
        name = file_name(seen.first, seen.last, sha256)
        self._place.add(part, name)
        return ArchivedFile(
            name=name,
            first=seen.first,
            last=seen.last,
            events=seen.events,
            bytes=size,
            sha256=sha256,
            end=seen.end,
        )

    def _replaced(self, files: Sequence[ArchivedFile], *, at_once: bool) -> list[ReplacedFile]:
        """Return the files that some others take the place of; what was redacted since may be in any of them."""
        now = self._clock()
        current = {file.name for file in files}
        ours = [ReplacedFile(file.name, now) for file in self.manifest.files]
        gone = [one for one in (*ours, *self.manifest.replaced) if one.name not in current]
        return [ReplacedFile(one.name, None) if at_once else one for one in gone]

    def _publish(self, manifest: Manifest) -> None:
        content = encode_manifest(manifest)
        self._place.publish_manifest(content, self._stored)
        self._stored, self.manifest = content, manifest

    def _remove_due(self) -> None:
        """Remove what was replaced, where nobody reads it any more; the next manifest no longer names it."""
        due = self._clock() - KEPT
        left = []
        for one in self.manifest.replaced:
            if one.since is None or one.since <= due:
                self._place.remove(one.name)
            else:
                left.append(one)
        self.manifest = msgspec.structs.replace(self.manifest, replaced=tuple(left))

    def _sweep(self) -> None:
        """Remove what a run that was killed has added and not published."""
        named = {file.name for file in self.manifest.files} | {old.name for old in self.manifest.replaced}
        for name in self._place.strays(self._clock() - _ABANDONED):
            if name not in named and is_file_name(name):
                self._place.remove(name)
        self._remove_due()

    def _check_log(self) -> None:
        refuse_another_log(self._log, self.manifest, self._place.address, fetching_from(self._place))

    def _refuse_to_mix(self, there: Iterable[str]) -> None:
        for name in there:
            if is_file_name(name):
                raise ArchiveRefused(
                    f"{self._place.address}/{MANIFEST} is not there, but files of an archive are, such as {name}:"
                    " put a copy of it back, or archive the log into an empty place"
                )
            raise ArchiveRefused(
                f"{self._place.address} is no archive and not empty, it has {name}: name an empty place"
            )

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """Yield where a file is made before it is added; what is left of it is removed."""
        folder = self._place.scratch()
        try:
            descriptor, name = tempfile.mkstemp(suffix=PART, dir=folder)
            os.close(descriptor)
            try:
                yield Path(name)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            where = folder or tempfile.gettempdir()
            raise ArchiveRefused(f"{where}: no file can be made there: {error.strerror or error}") from error


class _ArchivingStopped(Exception):
    """It no more goes on."""


class _Written(NamedTuple):
    first: int
    last: int
    events: int
    end: str


def _write(part: Path, pages: Iterable[Sequence[Notification]]) -> _Written:
    first, last, events = 0, None, 0

    def counted() -> Iterator[Sequence[Notification]]:
        nonlocal first, last, events
        for page in pages:
            first, last, events = first or page[0].id, page[-1], events + len(page)
            yield page

    write_event_file(part, counted())
    assert last is not None, "a file has events"
    return _Written(first, last.id, events, end_of(last))
