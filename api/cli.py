"""The command line: `detente serve`, `work`, `import`, `rebuild`, `retry`, `backup`, `restore`, `status`, ..."""

import json
import logging
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Annotated, NoReturn

import psycopg
import typer
import uvicorn
from eventsourcing.persistence import PersistenceError
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from api import backtesting, logs
from api.app import create_app
from api.backtesting import BadOption, Profile
from api.backup import BackupRefused, restore_backup, write_backup
from api.connections import allow_many_connections, server_options
from api.importing import command as importing
from api.importing.files import BadFile
from api.importing.formats import Format
from api.importing.importer import Options, Summary
from api.importing.targets import DatabaseTarget, TargetFailed
from api.keys import KeyRefused, Scope
from api.loopback import binds_loopback
from api.pictures import NoPicture, Picture, check_picture, write_picture
from api.routes.health import Health, ProjectorHealth, read_health
from api.security import MAKE_ONE
from api.seeding import seed as load_seeds
from api.service import Service, has_keys
from api.settings import Settings
from api.worker import work as run_worker
from projections.backtest import NothingToTest, Plan
from projections.folding import NotParked
from projections.model import DEFAULT_MODEL, MODELS, ScoringModel
from projections.risk import BadArtefact, NotFitted, write_artefact
from projections.store import OutdatedTables, RebuildRunning

cli = typer.Typer(
    name="detente",
    help="Détente: diplomatic relations from reported events. Settings are environment variables DETENTE_*.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_keys = typer.Typer(help="Make, list and revoke the keys with which clients ask.", no_args_is_help=True)
cli.add_typer(_keys, name="key")
_KNOWN_TROUBLE = (
    OutdatedTables,
    RebuildRunning,
    NotParked,
    PersistenceError,
    SQLAlchemyError,
    psycopg.Error,
    sqlite3.Error,
    OSError,
)
_log = logging.getLogger("api.cli")
_out = Console()
_err = Console(stderr=True)


def main() -> None:
    """Run the command line."""
    try:
        cli()
    except _KNOWN_TROUBLE as error:
        _err.print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False)
        sys.exit(1)


def _settings(**overrides: object) -> Settings:
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        for problem in error.errors():
            name = "DETENTE_" + "_".join(str(part) for part in problem["loc"]).upper()
            _err.print(f"[red]{name}[/red]: {problem['msg'].removeprefix('Value error, ')}", highlight=False)
        raise typer.Exit(2) from None
    logs.configure(settings.log_format, settings.log_level)
    return settings


def _fail(message: str) -> NoReturn:
    _err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)


@contextmanager
def _service() -> Iterator[Service]:
    service = Service.open(_settings())
    try:
        yield service
    finally:
        service.close()


@contextmanager
def _trouble_in_the_log() -> Iterator[None]:
    """Let what ends a process that runs for long be a line of its log, and not of a terminal."""
    try:
        yield
    except _KNOWN_TROUBLE as error:
        _log.critical("%s: %s", type(error).__name__, error)
        raise typer.Exit(1) from None


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on; 0 takes a free one.")] = None,
    seed: Annotated[bool | None, typer.Option("--seed", help="Load the seeds into an empty log first.")] = None,
) -> None:
    """Serve the HTTP API, and fold the log in a process beside, unless DETENTE_PROJECTOR says otherwise."""
    settings = _settings(host=host, port=port, seed=seed)
    if not binds_loopback(settings.host) and not has_keys(settings):
        where = settings.host or "all addresses"
        _fail(f"a server on {where} is reached by others, and no keys have been made; {MAKE_ONE}")
    try:
        app = create_app(settings)
    except BadArtefact as error:
        _err.print(f"[red]DETENTE_RISK_MODEL[/red]: {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None
    # Once it has stopped in good order, uvicorn raises the signal again, for whoever listened before.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    allow_many_connections()
    try:
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=settings.shutdown_timeout,
            **server_options(settings.request_timeout),
        )
    finally:
        _give_up_on_threads()


def _give_up_on_threads() -> None:
    """End the process though threads of refused requests still wait, for a lock in the database for instance.

    What they have not committed is not recorded: the connections that they hold end with the process.
    """
    main_thread = threading.main_thread()
    waiting = [each for each in threading.enumerate() if not each.daemon and each is not main_thread]
    for each in waiting:
        each.join(timeout=1)
    if any(each.is_alive() for each in waiting):
        _log.warning("requests that still wait for the database are given up")
        logging.shutdown()
        os._exit(0)


@cli.command()
def work() -> None:
    """Fold the log into the projections, without serving HTTP, until stopped; stand by if another process does."""
    with _trouble_in_the_log():
        run_worker(
            _settings(),
            lambda service: _log.info("folding the log from position %s", _position(service)),
            signal.SIGTERM,
            signal.SIGINT,
        )


def _position(service: Service) -> int:
    with service.store.inspecting() as (_, standing):
        return standing.position


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
    key: Annotated[
        str | None,
        typer.Option(help="The key for --server; better set DETENTE_KEY, which other users do not see."),
    ] = None,
    no_fold: Annotated[bool, typer.Option("--no-fold", help="Leave the folding to a server or `work`.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Import coded event data: KEDS, ICEWS, GDELT, POLECAT, or articles as NDJSON."""
    settings = _settings(key=key)
    options = Options(file_format, publisher, strict_actors, settings.max_body_bytes)
    request = importing.Request(files, options, rejects)
    try:
        if server is not None:
            summary = importing.import_to_server(server, request, _err, settings.key.get_secret_value())
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
    """Make the projections anew from the log, beside the live ones, and swap them in when they are done."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: stop.set())
    with _service() as service, _folding("Rebuilding") as show:
        position = service.projector.rebuild(show, stop)
    if position is None:
        _err.print("stopped; the projections are as they were")
        raise typer.Exit(1)
    _out.print(f"rebuilt up to position {position}")


@cli.command()
def retry(
    positions: Annotated[
        list[int] | None, typer.Argument(help="Positions of parked events; by default all of them.")
    ] = None,
) -> None:
    """Fold parked events, once what was in the way is mended, with all that follows them in the same articles."""
    with _service() as service:
        tried = service.projector.retry(positions or ())
        service.projector.catch_up()
    _out.print(f"{len(tried.folded)} folded; {len(tried.parked)} still parked")
    for position, error in tried.parked.items():
        _err.print(f"position {position}: {error}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if tried.parked else 0)


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the backup.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Copy the log, as it stands at one moment, to a file; the service may go on meanwhile."""
    settings = _settings()
    with _refusals(), _bar() as progress:
        written = write_backup(settings.database_url, file, progress, force=force)
    _out.print(f"{written.events} domain events, up to position {written.position}", highlight=False)


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    force: Annotated[bool, typer.Option("--force", help="Lose what is in a log that is not empty.")] = False,
    no_fold: Annotated[bool, typer.Option("--no-fold", help="Leave the folding to a server or `work`.")] = False,
) -> None:
    """Make the log what a backup holds, then the projections anew. The service has to be stopped."""
    settings = _settings()
    with _refusals(), _bar() as progress:
        restored = restore_backup(settings.database_url, file, progress, force=force)
    if not no_fold:
        with _service() as service, _folding("Rebuilding") as show:
            service.projector.rebuild(show)
    _out.print(f"{restored.events} domain events, up to position {restored.position}", highlight=False)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except BackupRefused as error:
        _err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what moves a bar: it is told what is being done, how much is done, and of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda title, done, total: bar.update(task, description=title, completed=done, total=total)


@contextmanager
def _folding(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what moves a bar: it is told the position and the log's end."""
    with _bar() as show:
        yield lambda position, end: show(title, position, end)


def _catch_up(service: Service, title: str) -> None:
    with _folding(title) as show:
        service.projector.catch_up(show)


@cli.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say how far the projections are behind the log, who folds it, which events are parked, and what to do."""
    with _service() as service:
        health = read_health(service)
    if as_json:
        _out.print_json(json.dumps(health.model_dump()))
    else:
        _print_health(health)
    raise typer.Exit(0 if health.status == "ok" else 1)


@_keys.command(name="create")
def create_key(
    name: Annotated[str, typer.Option(help="Whose it is; stands in the log with all that is recorded by it.")],
    scope: Annotated[Scope, typer.Option(help="What it may do; each may do what those before it may.")],
) -> None:
    """Make a key, and print it, this once."""
    with _service() as service:
        try:
            made = service.keys.create(name, scope, service.clock())
        except KeyRefused as error:
            _fail(str(error))
    typer.echo(made.text)
    _err.print("Keep it well: it is not shown again.")


@_keys.command(name="list")
def list_keys(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """List all keys ever made, without their secrets."""
    with _service() as service:
        keys = service.keys.all()
    rows = [(key.id, key.name, key.scope.value, *map(_instant, (key.created, key.revoked))) for key in keys]
    columns = ("id", "name", "scope", "created", "revoked")
    if as_json:
        _out.print_json(json.dumps({"keys": [dict(zip(columns, row, strict=True)) for row in rows]}))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(cell or "") for cell in row))
    _out.print(table)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds").replace("+00:00", "Z")


@_keys.command(name="revoke")
def revoke_key(
    name_or_id: Annotated[str, typer.Argument(metavar="NAME", help="The key's name, or its id.")],
) -> None:
    """Revoke a key for ever. Running servers refuse it a second later."""
    with _service() as service:
        try:
            key = service.keys.revoke(name_or_id, service.clock())
        except KeyRefused as error:
            _fail(str(error))
    _out.print(Text(f"{key.name} ({key.id}) is revoked"))


First = Annotated[
    str | None, typer.Option("--from", help="First cutoff; by default a year after the first incident.")
]
Last = Annotated[str | None, typer.Option("--to", help="Last cutoff.")]
Every = Annotated[int, typer.Option(min=1, help="Days from one cutoff to the next.")]
MinIncidents = Annotated[int, typer.Option(min=1, help="Only pairs with as many incidents in the whole log.")]
ProfileOption = Annotated[
    Profile, typer.Option(help="The registry's actors as the service scores them, or countries as coded.")
]
PictureOption = Annotated[Path | None, typer.Option(help="Draw ROC and reliability: .svg or .png.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@cli.command()
def backtest(
    first: First = None,
    last: Last = None,
    horizon: Annotated[int, typer.Option(min=1, help="Days within which the ASSAULT comes.")] = 30,
    every: Every = 7,
    min_incidents: MinIncidents = 200,
    profile: ProfileOption = Profile.DEFAULT,
    model: Annotated[str, typer.Option(help="The scoring model.")] = DEFAULT_MODEL.name,
    as_json: AsJson = False,
    picture: PictureOption = None,
) -> None:
    """Test how well the score ranks the pairs that will see an ASSAULT above those that will not."""
    with _said(), _service() as service:
        days = backtesting.parse_range(first, last)
        scoring = {name: each for name, each in MODELS.items() if isinstance(each, ScoringModel)}
        if model not in scoring:
            raise BadOption(f"--model: {model!r} is not one of {', '.join(scoring)}")
        if picture is not None:
            check_picture(picture)
        found = backtesting.run_backtest(
            service.store, profile, Plan(*days, horizon, every, min_incidents), _err, scoring[model]
        )
        _draw(picture, lambda: backtesting.backtest_picture(found))
    if as_json:
        _out.print_json(json.dumps(backtesting.backtest_as_dict(found)))
    else:
        _out.print(backtesting.backtest_as_text(found), highlight=False)


@cli.command(name="fit-risk")
def fit_risk(
    out: Annotated[Path, typer.Option(help="Write the model here, as JSON.")],
    first: First = None,
    last: Last = None,
    share: Annotated[
        float | None, typer.Option(help="Fit on this share of the cutoffs, the earliest; 0.5 without --to.")
    ] = None,
    every: Every = 7,
    min_incidents: MinIncidents = 200,
    profile: ProfileOption = Profile.DEFAULT,
    as_json: AsJson = False,
    picture: PictureOption = None,
) -> None:
    """Fit the probability of an ASSAULT within 30 days on a part of the log, and evaluate it on the rest."""
    with _said(), _service() as service:
        days = backtesting.parse_range(first, last)
        if last is not None and share is not None:
            raise BadOption("give either --to or --share, not both")
        if picture is not None:
            check_picture(picture)
        plan = Plan(*days, every=every, min_incidents=min_incidents)
        part = 0.5 if last is None and share is None else share
        found = backtesting.run_fit(service.store, profile, plan, part, _err)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(write_artefact(found.model), "utf-8")
        _draw(picture, lambda: backtesting.fit_picture(found))
    if as_json:
        _out.print_json(json.dumps(backtesting.fit_as_dict(found)))
    else:
        _out.print(backtesting.fit_as_text(found), highlight=False)


def _draw(path: Path | None, picture: Callable[[], Picture]) -> None:
    if path is not None:
        write_picture(picture(), path)


@contextmanager
def _said() -> Iterator[None]:
    """Say in a line what a command cannot do with what it was given."""
    try:
        yield
    except (BadOption, NothingToTest, NotFitted, NoPicture) as error:
        _err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


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
    _out.print(f"projector: {_describe(health.projector)}", highlight=False)
    if health.rebuild is not None:
        _out.print(f"rebuild: position {health.rebuild.position} of {health.rebuild.end}", highlight=False)
    for projection in health.projections:
        for event in projection.parked:
            parked = f"parked: position {event.position} ({event.type}): {event.error}"
            _out.print(parked, markup=False, highlight=False, soft_wrap=True)
    for advice in health.advice:
        _out.print(advice, markup=False, highlight=False, soft_wrap=True)


def _describe(projector: ProjectorHealth) -> str:
    if projector.active == "none":
        return "none is active"
    return (
        f"{projector.active} process is active: {projector.process or 'unknown'} on {projector.host or 'unknown'}"
    )


if __name__ == "__main__":
    main()
