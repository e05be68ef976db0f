"""`detente backup`, `restore` and `export`: the log to a file, and back; its reported events as a table."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import (
    NoFold,
    err,
    failing_on,
    folding_bar,
    open_service,
    out,
    print_verbatim,
    progress_bar,
    read_settings,
    refuse_replica,
)
from api.operations.backup import restore_backup, write_backup
from api.operations.event_export import export_events
from domain.log.backups.backup_file import Backup, BackupRefused


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the backup.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Copy the log, as it stands at one moment, to a file; the service may go on meanwhile."""
    settings = read_settings()
    with failing_on(BackupRefused), progress_bar() as progress:
        written = write_backup(settings.database_url, file, progress, force=force)
    _print_backup(written)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    force: Annotated[bool, typer.Option("--force", help="Lose what is in a log that is not empty.")] = False,
    no_fold: NoFold = False,
) -> None:
    """Make the log what a backup holds, then the projections anew. The service has to be stopped."""
    settings = read_settings()
    refuse_replica(settings)
    with failing_on(BackupRefused), progress_bar() as progress:
        restored = restore_backup(settings.database_url, file, progress, force=force)
    finish_restoring(restored, no_fold=no_fold)


def export(
    data_set: Annotated[
        str | None,
        typer.Option(help="Only articles that this data set delivered, such as template, acled or gdelt."),
    ] = None,
) -> None:
    """Print the reported events that stand as CSV, in the columns of our own template."""
    with open_service(reads_only=True) as service:
        for line in export_events(service.log, data_set):
            typer.echo(line.encode(), nl=False)


def finish_restoring(restored: Backup, *, no_fold: bool) -> None:
    """Make the projections of a log that was restored, unless `no_fold`, and print what it holds."""
    if not no_fold:
        with open_service() as service, folding_bar("Rebuilding") as show:
            service.projector.rebuild(show)
    _print_backup(restored)


def _print_backup(backup: Backup) -> None:
    """Print what a backup or an archive holds, and what whoever asked for it should know."""
    for note in backup.notes:
        print_verbatim(err, f"note: {note}")
    print_verbatim(out, f"{backup.events} domain events, up to position {backup.position}")
    if backup.sha256 is not None:
        print_verbatim(out, f"sha256 {backup.sha256}")
