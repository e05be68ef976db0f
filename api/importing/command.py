"""What `detente import` does, between its options and its exit status."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from api.importing.actors.actor_table import MOST_CODES, ActorTable
from api.importing.importer import Importer, Options
from api.importing.rejects import open_rejects
from api.importing.summary import REDACTED, ImportHooks, Summary
from api.importing.targets.dry import DryTarget
from api.importing.targets.server import ServerTarget
from api.importing.targets.target import Target
from api.importing.text_files import size_of
from api.running.service import Clock, utc_now
from domain.actor_directory import ActorDirectory
from projections.folding.parallel_fill import collecting_seldom

LONG = 1_000_000  #: bytes of files from which on an import is folded meanwhile, and not after it
_WIDEST = 60  #: characters that a column of the table of actors keeps for each line
_UNUSED_SHOWN = 10
INTERRUPTED = 130  #: exit status after Ctrl-C, as shells have it


@dataclass(frozen=True)
class Request:
    """What a person asks for."""

    names: Sequence[str]
    options: Options
    rejects: Path | None


def is_long(request: Request) -> bool:
    """Return whether an import is worth a process beside it that folds what it records. Raises `BadFile`."""
    sizes = [size_of(name) for name in request.names]
    return None in sizes or sum(size or 0 for size in sizes) > LONG


def import_into(target: Target, request: Request, console: Console, clock: Clock = utc_now) -> Summary:
    """Import files; Ctrl-C ends it in good order. Raises `BadFile`, `TargetFailed`."""
    sizes = [size_of(name) for name in request.names]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    with ExitStack() as stack:
        on_reject = stack.enter_context(open_rejects(request.rejects))
        on_bytes, on_row = stack.enter_context(_progress(console, total))
        stop = stack.enter_context(_stop_on_interrupt())
        stack.enter_context(collecting_seldom())
        hooks = ImportHooks(on_reject, on_bytes, on_row, stop.is_set)
        return Importer(target, request.options, hooks, clock).run(request.names)


def import_to_server(url: str, request: Request, console: Console, key: str = "") -> Summary:
    """Import files by way of a server, with a key if it needs one. Raises `BadFile`, `TargetFailed`."""
    for name in request.names:
        size_of(name)
    with server_at(url, key) as target:
        return import_into(target, request, console)


@contextmanager
def server_at(url: str, key: str = "") -> Iterator[ServerTarget]:
    """Yield a server, with a key if it needs one. Raises `TargetFailed`."""
    target = ServerTarget(url, {"Authorization": f"Bearer {key}"} if key else None)
    try:
        yield target
    finally:
        target.close()


def explain_actors(directory: ActorDirectory, request: Request, console: Console) -> Importer:
    """Read files as an import would, recording nothing; the importer has the table of actors. Raises `BadFile`."""
    importer = Importer(DryTarget(directory), request.options)
    for name in request.names:
        size_of(name)
    importer.run(request.names)
    if importer.actors.is_full:
        console.print(f"only the first {MOST_CODES:,} codes are told apart")
    return importer


def actors_as_text(table: ActorTable) -> str:
    """Return the table of actors for a person."""
    lines = [tuple(cell if isinstance(cell, str) else f"{cell:,}" for cell in row) for row in table.rows()]
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def unused_overrides(summary: Summary) -> str:
    """Return which lines of the map of actors no row has had; nothing if each was needed."""
    codes = summary.unused_overrides
    if not codes:
        return ""
    named = ", ".join(codes[:_UNUSED_SHOWN]) + (", ..." if len(codes) > _UNUSED_SHOWN else "")
    return f"{len(codes):,} lines of the map match no code of the rows: {named}"


def exit_status(summary: Summary) -> int:
    """Return the exit status: 130 after Ctrl-C, 1 if a file could not be read, or none of its rows, else 0."""
    if summary.interrupted:
        return INTERRUPTED
    return 1 if summary.errors else 0


def as_text(summary: Summary) -> str:
    """Return a summary for a person."""
    lines = [
        f"{summary.read:,} rows: {summary.imported:,} imported in {summary.articles:,} articles,"
        f" {summary.duplicates:,} known already, {summary.rejected:,} rejected"
    ]
    if summary.repeated:
        lines.append(f"{summary.repeated:,} rows repeat another row of their document: they are one event")
    if summary.corrected:
        lines.append(f"{summary.corrected:,} events corrected, which the data set had otherwise before")
    if summary.kept_as_decided:
        kept = f"{summary.kept_as_decided:,} rows differ from what was recorded, and are left out"
        lines.append(f"{kept}: an analyst has corrected, retracted or ruled on their events")
    lines += _deletions(summary)
    if summary.doubtful_actors:
        named = ", ".join(f"{coded} ({rows:,})" for coded, rows in summary.doubtful_actors.items())
        lines.append(f"doubtful actors, with their rows: {named}; --explain-actors says all")
    if unused := unused_overrides(summary):
        lines.append(unused)
    lines += [f"  {count:>9,} {reason}" for reason, count in summary.reasons.most_common()]
    if summary.codes:
        lines.append(f"codes read as those of {', '.join(summary.codes)}")
    lines += [f"{count:,} rows mended: {what}" for what, count in summary.mended.most_common()]
    lines += [
        f"{count:,} rows without texts that were redacted"
        if what == REDACTED
        else f"{count:,} rows without their {what}: it is no good"
        for what, count in summary.left_out.most_common()
    ]
    if summary.registered_actors:
        lines.append(f"{summary.registered_actors:,} actors registered by their codes")
    if summary.cp1252_rows:
        lines.append(f"{summary.cp1252_rows:,} rows read as Windows-1252, not being UTF-8")
    if summary.interrupted:
        lines.append("interrupted: run the same command again to import the rest")
    return "\n".join(lines)


def _deletions(summary: Summary) -> Iterator[str]:
    """Yield what became of events that the data set has deleted."""
    if summary.retracted:
        yield f"{summary.retracted:,} events retracted, which the data set has deleted"
    if summary.deleted:
        yield f"{summary.deleted:,} rows left out: the data set has deleted their events"
    if summary.not_here:
        none = "; nothing that was read is here" if summary.not_here == summary.read else ""
        yield f"{summary.not_here:,} deleted events are not here, and never were{none}"


@contextmanager
def _stop_on_interrupt() -> Iterator[Event]:
    """Yield what is set by the first Ctrl-C; the second is as ever."""
    stop = Event()
    before = signal.getsignal(signal.SIGINT)

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(
    console: Console, total: int | None
) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Yield what takes the bytes and the rows read; shown on a terminal only."""
    if not console.is_terminal:
        yield (lambda _bytes: None), (lambda _rows: None)
        return
    columns = (
        TextColumn("Importing"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f}/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("import", total=total, rows=0, rate=0.0)

        def on_bytes(count: int) -> None:
            bar.update(task, advance=count)

        def on_row(rows: int) -> None:
            if rows % 1000 == 0:
                elapsed = bar.tasks[0].elapsed or 1.0
                bar.update(task, rows=rows, rate=rows / elapsed)

        yield on_bytes, on_row
