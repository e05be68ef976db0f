"""`detente backup` and `detente restore`: the log to a file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import NoFold, failing_on, folding_bar, open_service, out, progress_bar, read_settings
from api.operations.backup import restore_backup, write_backup
from domain.log.backup_file import BackupRefused


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the backup.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Copy the log, as it stands at one moment, to a file; the service may go on meanwhile."""
    settings = read_settings()
    with failing_on(BackupRefused), progress_bar() as progress:
        written = write_backup(settings.database_url, file, progress, force=force)
    out.print(f"{written.events} domain events, up to position {written.position}", highlight=False)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    force: Annotated[bool, typer.Option("--force", help="Lose what is in a log that is not empty.")] = False,
    no_fold: NoFold = False,
) -> None:
    """Make the log what a backup holds, then the projections anew. The service has to be stopped."""
    settings = read_settings()
    with failing_on(BackupRefused), progress_bar() as progress:
        restored = restore_backup(settings.database_url, file, progress, force=force)
    if not no_fold:
        with open_service() as service, folding_bar("Rebuilding") as show:
            service.projector.rebuild(show)
    out.print(f"{restored.events} domain events, up to position {restored.position}", highlight=False)
