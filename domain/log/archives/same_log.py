"""Whether an archive is of a log, and not of another, or of one that was since put back to an older state."""

import hashlib
from bisect import bisect_left
from contextlib import suppress
from typing import Final

from eventsourcing.persistence import Notification

from domain.log.archives.event_files import NotEvents, read_event_file
from domain.log.archives.fetched_files import FetchFile
from domain.log.archives.manifest import ArchivedFile, ArchiveRefused, Manifest
from domain.log.archives.trial_reading import try_reading
from domain.log.reader import LogReader
from domain.log.recorders.record_time import instant_of

_TO_DO: Final = (
    "Nothing was archived. If this is the right log, it was restored to an older state: archive it into an empty"
    " place; the archive stays as it is"
)


def end_of(event: Notification) -> str:
    """Return the SHA-256 of what tells an event from that of any other log.

    That is all of it but the facts in its state, which a redaction rewrites.
    """
    told = (event.id, event.originator_id, event.originator_version, event.topic, instant_of(event.state))
    return hashlib.sha256(" ".join(map(str, told)).encode()).hexdigest()


def refuse_another_log(log: LogReader, manifest: Manifest, address: str, fetch: FetchFile) -> None:
    """Raise `ArchiveRefused`, with where they differ, unless the log goes on where an archive ends."""
    if not manifest.files or _has_end(log, manifest.files[-1]):
        return
    differing = bisect_left(manifest.files, True, key=lambda file: not _has_end(log, file))
    where = _difference(log, manifest.files[differing], fetch)
    raise ArchiveRefused(
        f"{address} is not of this log: the archive goes up to position {manifest.position}, the log to"
        f" {log.position()}, and they differ from {where} on. {_TO_DO}"
    )


def _has_end(log: LogReader, file: ArchivedFile) -> bool:
    return [end_of(event) for event in log.read_stretch(file.last - 1, file.last)] == [file.end]


def _difference(log: LogReader, file: ArchivedFile, fetch: FetchFile) -> str:
    """Return the first position of a file at which the log has another event, or none."""
    with suppress(ArchiveRefused, NotEvents), fetch(file) as local:
        try_reading(local)
        for batch in read_event_file(local):
            there = {event.id: end_of(event) for event in log.read_stretch(batch[0].id - 1, batch[-1].id)}
            for event in batch:
                if there.get(event.id) != end_of(event):
                    return f"position {event.id}"
    return f"a position between {file.first} and {file.last}"
