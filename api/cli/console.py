"""What the commands share: where they write, how they fail, how they open the service and show progress."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.running import logging as logs
from api.running.service import Service
from api.running.settings import Settings
from domain.log.archives.manifest import ArchiveRefused
from domain.log.servers.server_kind import UnfitServer
from domain.log.servers.standby import ServerIsStandby
from domain.standards.text import check_text
from projections.folding.log_identity import TablesOfAnotherLog
from projections.folding.parked import NotParked
from projections.storage.damage import DamagedTables, NoTablesYet
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.generation_schemas import ForeignTables
from projections.storage.reading.tables_state import OutdatedTables
from projections.storage.store import RebuildRunning

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
NoFold = Annotated[bool, typer.Option("--no-fold", help="Leave the folding to a server or `work`.")]

#: What may end any command and says by itself what is wrong.
EXPECTED_ERRORS: Final = (
    UnfitServer,
    ServerIsStandby,
    NoTablesYet,
    ForeignTables,
    OutdatedTables,
    DamagedTables,
    TablesOfAnotherLog,
    RebuildRunning,
    NotParked,
    ArchiveRefused,
    *DATABASE_ERRORS,
)

DAMAGED_LOG: Final = 3  #: the exit status of a command that finds the log damaged

out: Final = Console()
err: Final = Console(stderr=True)


def print_verbatim(console: Console, line: str, style: str | None = None) -> None:
    """Print a line as it is: nothing in it is markup, and it is not broken to the width of a terminal."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def print_json(value: dict[str, Any]) -> None:
    """Print the one object that `--json` asks for."""
    out.print_json(json.dumps(value))


def print_error(name: str, error: object, *, soft_wrap: bool = False) -> None:
    """Say in a line what is wrong with a thing, a setting for instance, its name in red."""
    err.print(f"[red]{escape(name)}[/red]: {escape(str(error))}", highlight=False, soft_wrap=soft_wrap)


def fail(message: str) -> NoReturn:
    """Say in a red line why a command does not do what it was asked, and exit with 1."""
    print_verbatim(err, message, "red")
    raise typer.Exit(1)


@contextmanager
def failing_on(*refusals: type[Exception]) -> Iterator[None]:
    """Let a command fail with what some exceptions say."""
    try:
        yield
    except refusals as error:
        fail(str(error))


def check_recorded_by(text: str) -> str:
    """Return the name of who does something, as the log keeps it. Raises `ValueError` if it is none."""
    if not (name := check_text(text)):
        raise ValueError("--by names who it is: it is blank")
    return name


def refuse_replica(settings: Settings) -> None:
    """Exit with 1 if the settings are those of a replica, where nothing is recorded, folded or made anew."""
    if settings.is_replica:
        fail("DETENTE_ROLE is replica, and a replica only reads: run this with the database of the primary")


def read_settings(**overrides: object) -> Settings:
    """Return the settings, with what options override unless None, and log as they say; exit with 2 if bad."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        for problem in error.errors():
            name = "DETENTE_" + "_".join(str(part) for part in problem["loc"]).upper()
            print_error(name, problem["msg"].removeprefix("Value error, "))
        raise typer.Exit(2) from None
    logs.configure(settings.log_format, settings.log_level)
    return settings


@contextmanager
def open_service(*, mend: bool = False, reads_only: bool = False) -> Iterator[Service]:
    """Yield the service of the settings, and close it. `mend` is for `Service.open`.

    Unless it `reads_only`, a replica is refused.
    """
    settings = read_settings()
    if not reads_only:
        refuse_replica(settings)
    service = Service.open(settings, mend=mend)
    try:
        yield service
    finally:
        service.close()


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what moves a bar: it is called with what is being done, how much is done, and of how much.

    The bar has no thread of its own, beside which a rebuild could not fork its workers.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = err.is_terminal
    with Progress(*columns, console=err, transient=True, disable=not shown, auto_refresh=False) as bar:
        task = bar.add_task("", total=None)

        def show(title: str, done: int, total: int) -> None:
            bar.update(task, description=title, completed=done, total=total, refresh=True)

        yield show


@contextmanager
def folding_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what moves a bar: it is called with the position and the log's end."""
    with progress_bar() as show:
        yield lambda position, end: show(title, position, end)


def catch_up(service: Service) -> None:
    """Fold what the projections lack."""
    with folding_bar("Folding") as show:
        service.projector.catch_up(show)
