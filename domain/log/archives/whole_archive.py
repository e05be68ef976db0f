"""An archive as it is read: all of it, checked against its manifest, to be put into an empty log."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import psycopg
from eventsourcing.persistence import JSONTranscoder, Notification

from domain.log.archives.event_files import NotEvents, read_event_file
from domain.log.archives.fetched_files import describe_damaged_file, fetching_from
from domain.log.archives.manifest import MANIFEST, ArchivedFile, ArchiveRefused, Manifest, decode_manifest
from domain.log.archives.same_log import end_of
from domain.log.archives.storage import ArchivePlace
from domain.log.archives.trial_reading import try_reading
from domain.log.backups.backup_checksums import EventRow
from domain.log.backups.backup_file import StepProgress
from domain.log.mapper import UNREADABLE, EventMapper

_IN_NO_LOG: Final = (sqlite3.IntegrityError, psycopg.IntegrityError, psycopg.DataError, OverflowError)


class WholeArchive:
    """An archive, as its manifest had it when this was made. Whatever is wrong with it raises `ArchiveRefused`."""

    def __init__(self, place: ArchivePlace) -> None:
        self._place = place
        self._fetch = fetching_from(place)
        self._unreadable = 0
        self._first_unreadable = 0
        self._newest: str = MANIFEST
        content = place.read_manifest()
        if content is None:
            raise ArchiveRefused(f"{place.address}/{MANIFEST}: there is no such file, and so no archive")
        self.manifest: Manifest = decode_manifest(content, f"{place.address}/{MANIFEST}")

    def check(self, progress: StepProgress) -> None:
        """Read all files, and compare each with what the manifest says of it."""
        total = self.manifest.events
        done = 0
        for file in self.manifest.files:
            with self._fetch(file) as local, self._naming(file):
                try_reading(local)
            done += file.events
            progress("Checking", done, total)

    def rows(self) -> Generator[EventRow, None, None]:
        """Yield all events, in order, each file checked again as it is opened."""
        mapper = EventMapper(JSONTranscoder())
        for file in self.manifest.files:
            self._newest = file.name
            for event in self._events_of(file):
                self._note_if_unreadable(mapper, event)
                assert isinstance(event.originator_id, UUID)
                yield event.id, event.originator_id.hex, event.originator_version, event.topic, event.state

    def notes(self) -> tuple[str, ...]:
        """Return what whoever restored the rows should know."""
        if not self._unreadable:
            return ()
        return (
            f"{self._unreadable} domain events cannot be read by this version, the first at position"
            f" {self._first_unreadable}: they are in the log as they were archived; see `detente status`",
        )

    def _events_of(self, file: ArchivedFile) -> Iterator[Notification]:
        """Yield the events of a file, and see that they are those of which the manifest knows."""
        first, before, count = 0, file.first - 1, 0
        last: Notification | None = None
        with self._fetch(file) as local, self._naming(file):
            for batch in read_event_file(local):
                for last in batch:
                    if not before < last.id <= file.last:
                        raise NotEvents(f"position {last.id} does not follow {before}")
                    first, before, count = first or last.id, last.id, count + 1
                    yield last
            held = None if last is None else (first, before, count, end_of(last))
            if held != (file.first, file.last, file.events, file.end):
                raise NotEvents("its events are not those that the manifest says")

    @contextmanager
    def refusing_misfits(self) -> Iterator[None]:
        """Name the file up to which rows were taken where a log cannot have them, as one that is there twice."""
        try:
            yield
        except _IN_NO_LOG as error:
            fault = f"no log can have the events up to its end: {' '.join(str(error).split())}"
            raise ArchiveRefused(describe_damaged_file(self._place.address, self._newest, fault)) from error

    @contextmanager
    def _naming(self, file: ArchivedFile) -> Iterator[None]:
        try:
            yield
        except NotEvents as error:
            raise ArchiveRefused(describe_damaged_file(self._place.address, file.name, str(error))) from error

    def _note_if_unreadable(self, mapper: EventMapper, event: Notification) -> None:
        try:
            mapper.to_domain_event(event)
        except (*UNREADABLE, ValueError, RecursionError):
            self._unreadable += 1
            self._first_unreadable = self._first_unreadable or event.id
