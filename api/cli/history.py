"""`detente history build`: the tables of all of history, folded from an archive into Parquet files."""

import os
import tempfile
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failing_on, out, print_verbatim, progress_bar
from api.history.build import OpenEngine, build_history
from api.history.engines import Engine
from api.running.service import utc_now
from domain.log.archives.manifest import ArchiveRefused, Manifest


class EngineName(StrEnum):
    """What folds."""

    LOCAL = "local"
    SPARK = "spark"


def build(
    archive: Annotated[str, typer.Argument(help="The archive: a folder, or s3://BUCKET/PREFIX.")],
    history: Annotated[str, typer.Argument(help="Where the history goes: as an archive, new or built before.")],
    engine: Annotated[
        EngineName, typer.Option(help="Processes of this machine, or Apache Spark.")
    ] = EngineName.LOCAL,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that fold; one for each processor if not given.")
    ] = None,
    scratch: Annotated[
        Path | None, typer.Option(help="A folder on a disk with room for a few times the archive.")
    ] = None,
) -> None:
    """Fold an archive into Parquet files of all tables, and publish them at once when they are all there."""
    opening = _opening(engine, workers or os.cpu_count() or 1, scratch or Path(tempfile.gettempdir()))
    with failing_on(ArchiveRefused), progress_bar() as progress:
        built = build_history(archive, history, opening, utc_now, progress)
    size = sum(file.bytes for file in built.files)
    print_verbatim(
        out,
        f"{built.events} domain events, up to position {built.position}, as tables in {len(built.files)} files of"
        f" {size} bytes",
    )


def _opening(name: EngineName, workers: int, scratch: Path) -> OpenEngine:
    if name is EngineName.SPARK:
        raise NotImplementedError

    def open_local(archive: str, manifest: Manifest, history: str) -> AbstractContextManager[Engine]:
        try:
            from api.history.local_engine import LocalEngine
        except ImportError as error:
            raise ArchiveRefused(f"{error.name} is not installed: pip install 'detente[history]'") from error
        return LocalEngine(archive, manifest, history, workers, scratch)

    return open_local
