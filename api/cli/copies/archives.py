"""`detente archive` and `restore-archive`: the log as Parquet files, and back into an empty log."""

import signal
from math import isnan
from threading import Event
from typing import Annotated, Final

import typer

from api.cli.console import (
    NoFold,
    failing_on,
    folding_bar,
    open_service,
    out,
    print_verbatim,
    progress_bar,
    read_settings,
    refuse_replica,
)
from api.cli.copies.backups import finish_restoring
from api.operations.archive import archive_log, restore_archive
from domain.log.archives.manifest import ArchiveRefused
from domain.log.backups.backup_file import BackupRefused

_EVERY: Final = 60  # seconds


def archive(
    place: Annotated[
        str, typer.Argument(help="A folder, or s3://BUCKET/PREFIX: new, or an archive to go on with.")
    ],
    follow: Annotated[bool, typer.Option("--follow", help="Go on until stopped.")] = False,
    every: Annotated[
        float | None,
        typer.Option(min=0.1, max=86_400, help="With --follow: seconds between two looks; 60 if not given."),
    ] = None,
) -> None:
    """Append what the log has recorded to an archive of Parquet files; the service may go on meanwhile."""
    if every is not None and (not follow or isnan(every)):
        raise typer.BadParameter("--every is a number of seconds, and goes with --follow")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: stop.set())
    with (
        failing_on(ArchiveRefused),
        open_service(reads_only=True) as service,
        folding_bar("Archiving") as show,
    ):
        pause = (every or _EVERY) if follow else None
        made = archive_log(service.log, place, service.clock, show, stop, pause)
    size = sum(file.bytes for file in made.files)
    print_verbatim(
        out,
        f"{made.events} domain events, up to position {made.position}, in {len(made.files)} files of {size} bytes",
    )
    if stop.is_set() and not follow:
        raise typer.Exit(1)


def restore_from_archive(
    place: Annotated[str, typer.Argument(help="The folder of an archive, or s3://BUCKET/PREFIX.")],
    no_fold: NoFold = False,
) -> None:
    """Put an archive into an empty log, then make the projections. The service has to be stopped."""
    settings = read_settings()
    refuse_replica(settings)
    with failing_on(ArchiveRefused, BackupRefused), progress_bar() as progress:
        restored = restore_archive(settings.database_url, place, progress)
    finish_restoring(restored, no_fold=no_fold)
