"""`detente history build`: the tables of all of history, folded from an archive into Parquet files."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import err, failing_on, out, print_verbatim, progress_bar
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
    master: Annotated[
        str | None,
        typer.Option(
            help="Where Spark runs, as spark://HOST:7077: on this machine, with the workers, if not given."
        ),
    ] = None,
) -> None:
    """Fold an archive into Parquet files of all tables, and publish them at once when they are all there."""
    if master is not None and (engine is not EngineName.SPARK or workers is not None):
        raise typer.BadParameter("--master is for --engine spark, and instead of --workers")
    places = (workers or os.cpu_count() or 1, scratch or Path(tempfile.gettempdir()))
    opening = _on_spark(master, *places) if engine is EngineName.SPARK else _on_this_machine(*places)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with failing_on(ArchiveRefused), progress_bar() as progress:
            built = build_history(archive, history, opening, utc_now, progress)
    except KeyboardInterrupt:
        err.print("stopped; nothing was published")
        raise typer.Exit(1) from None
    size = sum(file.bytes for file in built.files)
    print_verbatim(
        out,
        f"{built.events} domain events, up to position {built.position}, as tables in {len(built.files)} files of"
        f" {size} bytes",
    )


def _on_this_machine(workers: int, scratch: Path) -> OpenEngine:
    def open_local(archive: str, manifest: Manifest, history: str) -> AbstractContextManager[Engine]:
        with _needing("history-local"):
            from api.history.local_engine import LocalEngine
        return LocalEngine(archive, manifest, history, workers, scratch)

    return open_local


def _on_spark(master: str | None, workers: int, scratch: Path) -> OpenEngine:
    def open_spark(archive: str, manifest: Manifest, history: str) -> AbstractContextManager[Engine]:
        with _needing("history"):
            from api.history.spark_engine import SparkEngine, SparkOptions
        return SparkEngine(archive, manifest, history, SparkOptions(master, workers, scratch))

    return open_spark


@contextmanager
def _needing(extra: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise ArchiveRefused(f"{error.name} is not installed: pip install 'detente[{extra}]'") from error
