"""Archives of the log: appended to while others write, once or until stopped, and put into an empty log."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import Final

from api.operations.backup import clear_projections, replacing_log
from domain.log.archives.archiver import ArchiveProgress, Archiver
from domain.log.archives.manifest import Manifest
from domain.log.archives.places import archive_at
from domain.log.archives.whole_archive import WholeArchive
from domain.log.backups.backup_file import Backup, StepProgress, refuse_file_in_use, write_log_file
from domain.log.backups.backup_rows import refuse_rows_in_use, write_log_rows
from domain.log.database_url import sqlite_file
from domain.log.reader import LogReader

_EMPTY_ONLY: Final = "An archive goes into an empty log only"


def archive_log(
    log: LogReader,
    address: str,
    clock: Callable[[], datetime],
    progress: ArchiveProgress,
    stop: Event,
    every: float | None = None,
) -> Manifest:
    """Archive what a log has recorded, and if `every` is given again after as many seconds, until stopped.

    Returns the archive as it was published last. Raises `ArchiveRefused`.
    """
    place = archive_at(address)
    with place.writing():
        archiver = Archiver(log, place, clock)
        archiver.begin()
        while True:
            archiver.append(progress, lambda: not stop.is_set())
            if every is None or stop.wait(every):
                return archiver.manifest


def restore_archive(database_url: str, address: str, progress: StepProgress) -> Backup:
    """Put an archive into an empty log, all of it or nothing, and empty its projections. Keys stay as they are.

    All files are checked first. Raises `ArchiveRefused`, and `BackupRefused` where the log is not empty or in use.
    """
    archive = WholeArchive(archive_at(address))
    held = Backup(archive.manifest.events, archive.manifest.position)
    notes: tuple[str, ...] = ()
    target = sqlite_file(database_url)
    if target is None:
        refuse_rows_in_use(database_url, force=False, way_out=_EMPTY_ONLY)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            refuse_file_in_use(target, force=False, way_out=_EMPTY_ONLY)
    archive.check(progress)
    with archive.refusing_misfits(), closing(archive.rows()) as rows:
        if target is None:
            clear_projections(database_url)
            write_log_rows(database_url, rows, held, progress)
        else:
            with replacing_log(database_url, target) as unfinished:
                notes = write_log_file(unfinished, target, rows, held.events, progress)
    return replace(held, notes=(*archive.notes(), *notes))
