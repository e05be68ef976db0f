"""Backups of the log: one portable file, taken while others write, that goes back into either database.

The file appears under its name once it is complete. Projections are not in it: they are made anew.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from domain.log.backups.backup_file import (
    Backup,
    BackupRefused,
    StepProgress,
    back_up_file,
    check_backup,
    open_backup,
    refuse_file_in_use,
    restore_file,
)
from domain.log.backups.backup_rows import back_up_rows, refuse_rows_in_use, restore_rows
from domain.log.backups.complete_files import complete_or_not_at_all
from domain.log.database_url import sqlite_file
from domain.log.sqlite_files import OWNER_ONLY
from projections.storage.store import Store


def write_backup(database_url: str, target: Path, progress: StepProgress, *, force: bool = False) -> Backup:
    """Write the log of a database to a file, as it stands at one moment; others may go on writing to it.

    The file appears once it is complete and on disk. Raises `BackupRefused`, also where there is a file already,
    unless `force`.
    """
    _refuse_to_overwrite(target, force=force)
    with complete_or_not_at_all(target, OWNER_ONLY) as unfinished:
        if (source := sqlite_file(database_url)) is not None:
            written = back_up_file(source, unfinished, progress)
        else:
            written = back_up_rows(database_url, unfinished, progress)
        with closing(open_backup(unfinished)):
            pass  # its pages were checked
        _refuse_to_overwrite(target, force=force)
    return written


def restore_backup(database_url: str, source: Path, progress: StepProgress, *, force: bool = False) -> Backup:
    """Make the log of a database what a backup holds, and empty its projections. Keys stay as they are.

    The backup is checked first. Raises `BackupRefused` where it is not whole, where the log is not empty and not
    `force`, and where others have the database open.
    """
    found = check_backup(source, progress)
    if (target := sqlite_file(database_url)) is not None:
        notes = _restore_file(database_url, source, target, progress, force=force)
        return replace(found, notes=found.notes + notes)
    refuse_rows_in_use(database_url, force=force)
    clear_projections(database_url)
    notes = restore_rows(database_url, source, progress)
    return replace(found, notes=found.notes + notes)


@contextmanager
def replacing_log(database_url: str, target: Path) -> Iterator[Path]:
    """Yield a file that becomes the log of an SQLite database once all went well; then empty the projections."""
    with complete_or_not_at_all(target, OWNER_ONLY) as unfinished:
        yield unfinished
        clear_projections(database_url)
        for ending in (
            "-wal",
            "-shm",
        ):  # what a log left that is gone would be taken for the new one's
            target.with_name(target.name + ending).unlink(missing_ok=True)


def clear_projections(database_url: str) -> None:
    """Empty the projections, before the log is another: they must never be of a log that is not there."""
    store = Store.open(database_url, mend=True)
    try:
        store.clear()
    finally:
        store.close()


def _restore_file(
    database_url: str, source: Path, target: Path, progress: StepProgress, *, force: bool
) -> tuple[str, ...]:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        if target.samefile(source):
            raise BackupRefused(f"{source} is the log itself: there is nothing to restore")
        refuse_file_in_use(target, force=force)
    with replacing_log(database_url, target) as unfinished:
        return restore_file(source, unfinished, target, progress)


def _refuse_to_overwrite(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise BackupRefused(f"{target} is there already: name another file, or --force")
