"""`detente rebuild`, `detente retry` and `detente status`: the projections, and how they stand."""

import signal
from threading import Event
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import (
    AsJson,
    err,
    failing_on,
    folding_bar,
    open_service,
    out,
    print_json,
    print_verbatim,
)
from api.operations.health import Health, ProjectorHealth, read_health
from domain.log.archives.manifest import ArchiveRefused
from domain.log.damage import check_log_pages
from projections.history.loading.load_build import LoadBuild
from projections.history.loading.opened_build import OpenedBuild


def rebuild(
    from_history: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Load what `detente history build` made in a folder or at s3://BUCKET/PREFIX; fold the rest.",
        ),
    ] = None,
) -> None:
    """Make the projections anew from the log, beside the live ones, and swap them in when they are done."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: stop.set())
    with (
        open_service(mend=True) as service,
        failing_on(ArchiveRefused),
        folding_bar("Rebuilding") as show,
    ):
        load = None if from_history is None else LoadBuild(service.log, OpenedBuild(from_history))
        position = service.projector.rebuild(show, stop, load)
    if position is None:
        err.print("stopped; the projections are as they were")
        raise typer.Exit(1)
    out.print(f"rebuilt up to position {position}")


def retry(
    positions: Annotated[
        list[int] | None, typer.Argument(help="Positions of parked events; by default all of them.")
    ] = None,
) -> None:
    """Fold parked events, once what was in the way is mended, with all that follows them in the same articles."""
    with open_service() as service:
        tried = service.projector.retry(positions or ())
        service.projector.catch_up()
    out.print(f"{len(tried.folded)} folded; {len(tried.parked)} still parked")
    for position, error in tried.parked.items():
        print_verbatim(err, f"position {position}: {error}")
    raise typer.Exit(1 if tried.parked else 0)


def status(as_json: AsJson = False) -> None:
    """Say how far the projections are behind the log, who folds it, which events are parked, and what to do."""
    with open_service(reads_only=True) as service:
        check_log_pages(service.settings.database_url)
        health = read_health(service, thorough=True)
    if as_json:
        print_json(health.model_dump())
    else:
        _print_health(health)
    raise typer.Exit(0 if health.status == "ok" else 1)


def _print_health(health: Health) -> None:
    table = Table("projection", "version", "position", "lag", "stale states", "parked")
    for projection in health.projections:
        figures = (
            projection.version,
            projection.position,
            projection.lag,
            projection.stale,
            projection.parked_events,
        )
        table.add_row(projection.name, *map(str, figures))
    out.print(f"{health.status}; the log stands at position {health.log_position}")
    out.print(table)
    out.print(f"projector: {_describe(health.projector)}", highlight=False)
    if health.rebuild is not None:
        out.print(f"rebuild: position {health.rebuild.position} of {health.rebuild.end}", highlight=False)
    for projection in health.projections:
        for event in projection.parked:
            print_verbatim(out, f"parked: position {event.position} ({event.type}): {event.error}")
    print_verbatim(out, f"views for SQL: {health.views or 'as the tables'}")
    for name in health.shared_names.overruled:
        print_verbatim(
            out, f"{name.name}: a name of {' and '.join(name.of)}, and the code of {name.means}, which wins"
        )
    for advice in health.advice:
        print_verbatim(out, advice)


def _describe(projector: ProjectorHealth) -> str:
    if projector.active == "none":
        return "none is active"
    return (
        f"{projector.active} process is active: {projector.process or 'unknown'} on {projector.host or 'unknown'}"
    )
