"""The command line: `detente serve`, `work`, `seed`, `import`, `rebuild`, `status`."""

import json
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import psycopg
import typer
import uvicorn
from eventsourcing.persistence import PersistenceError
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from api.app import create_app
from api.connections import allow_many_connections, server_options
from api.importing import command as importing
from api.importing.files import BadFile
from api.importing.formats import Format
from api.importing.importer import Options, Summary
from api.importing.targets import DatabaseTarget, TargetFailed
from api.routes.health import Health, read_health
from api.seeding import seed as load_seeds
from api.service import Service
from api.settings import Settings
from projections.store import OutdatedTables

cli = typer.Typer(
    name="detente",
    help="Détente: diplomatic relations from reported events. Settings are environment variables DETENTE_*.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_KNOWN_TROUBLE = (OutdatedTables, PersistenceError, SQLAlchemyError, psycopg.Error, OSError)
_out = Console()
_err = Console(stderr=True)


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        cli()
    except _KNOWN_TROUBLE as error:
        _err.print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False)
        sys.exit(1)


def _settings(**overrides: object) -> Settings:
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        for problem in error.errors():
            name = "DETENTE_" + "_".join(str(part) for part in problem["loc"]).upper()
            _err.print(f"[red]{name}[/red]: {problem['msg'].removeprefix('Value error, ')}", highlight=False)
        raise typer.Exit(2) from None


@contextmanager
def _service() -> Iterator[Service]:
    service = Service.open(_settings())
    try:
        yield service
    finally:
        service.close()


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on; 0 takes a free one.")] = None,
    seed: Annotated[bool | None, typer.Option("--seed", help="Load the seeds into an empty log first.")] = None,
) -> None:
    """Serve the HTTP API, and fold the log unless DETENTE_PROJECTOR is false."""
    settings = _settings(host=host, port=port, seed=seed)
    # Once it has stopped in good order, uvicorn raises the signal again, for whoever listened before.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    allow_many_connections()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=30,
        **server_options(settings.request_timeout),
    )


@cli.command()
def work() -> None:
    """Fold the log into the projections, without serving HTTP, until stopped."""
    with _service() as service:

        def stop(_signal: int, _frame: FrameType | None) -> None:
            service.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        service.start_projector()
        _out.print(f"folding the log from position {service.store.position()}")
        service.wait()


@cli.command()
def seed() -> None:
    """Load the seeds: the actors, and the Idlib article. What is there already stays as it is."""
    with _service() as service:
        seeded = load_seeds(service)
        _catch_up(service, "Folding")
        _out.print(f"{seeded.actors} actors and {seeded.articles} articles are new")


@cli.command(name="import")
def import_files(
    files: Annotated[list[str], typer.Argument(help="Files, plain, .gz or .zip; - is standard input.")],
    file_format: Annotated[
        Format | None, typer.Option("--format", help="What the files are, if their first lines do not tell.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Post to the server at this URL, not to the database.")
    ] = None,
    publisher: Annotated[str | None, typer.Option(help="Who published it, in place of what the rows say.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Write the rows not imported here: .tsv, or NDJSON.")
    ] = None,
    strict_actors: Annotated[
        bool, typer.Option("--strict-actors", help="Reject actors that are not registered.")
    ] = False,
    no_fold: Annotated[bool, typer.Option("--no-fold", help="Leave the folding to a server or `work`.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Import coded event data: KEDS, ICEWS, GDELT, POLECAT, or articles as NDJSON."""
    settings = _settings()
    options = Options(file_format, publisher, strict_actors, settings.max_body_bytes)
    request = importing.Request(files, options, rejects)
    try:
        if server is not None:
            summary = importing.import_to_server(server, request, _err)
        else:
            summary = _import_into_database(request, fold=not no_fold)
    except (BadFile, TargetFailed) as error:
        _err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    for line in summary.errors:
        _err.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        _out.print_json(json.dumps(summary.as_dict()))
    else:
        _out.print(importing.as_text(summary), highlight=False, soft_wrap=True)
    raise typer.Exit(importing.exit_status(summary))


def _import_into_database(request: importing.Request, *, fold: bool) -> Summary:
    with _service() as service:
        summary = importing.import_into(DatabaseTarget(service), request, _err, service.clock)
        if fold and not summary.interrupted:
            _catch_up(service, "Folding")
    return summary


@cli.command()
def rebuild() -> None:
    """Make the projections anew from the log."""
    with _service() as service:
        service.store.clear()
        _catch_up(service, "Rebuilding")
        _out.print(f"rebuilt up to position {service.store.position()}")


def _catch_up(service: Service, title: str) -> None:
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task(title, total=service.log.position())
        service.projector.catch_up(lambda position, end: bar.update(task, completed=position, total=end))


@cli.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say how far the projections are behind the log, and which events are parked."""
    with _service() as service:
        health = read_health(service)
    if as_json:
        _out.print_json(json.dumps(health.model_dump()))
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
            len(projection.parked),
        )
        table.add_row(projection.name, *map(str, figures))
    _out.print(f"{health.status}; the log stands at position {health.log_position}")
    _out.print(table)
    for projection in health.projections:
        for event in projection.parked:
            _out.print(f"parked: position {event.position} ({event.type}): {event.error}", highlight=False)


if __name__ == "__main__":
    main()
