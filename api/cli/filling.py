"""`detente seed` and `detente import`: what fills the log."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from api.cli.console import (
    AsJson,
    NoFold,
    catch_up,
    err,
    failing_on,
    open_service,
    out,
    print_json,
    print_verbatim,
    read_settings,
)
from api.importing import command as importing
from api.importing import seeds as seeding
from api.importing.codes.schemes import CodeScheme
from api.importing.formats.recognition import DataFormat
from api.importing.importer import Options
from api.importing.summary import Summary
from api.importing.targets.database import DatabaseTarget
from api.importing.targets.target import TargetFailed
from api.importing.text_files import BadFile
from api.parsing.event_tables import template_csv
from api.running.logging import LogLevel
from domain.standards.text import check_text

_LONGEST_NAME: Final = 200  #: characters, as posts have it


def seed() -> None:
    """Load the seeds: the actors, and the Idlib article. What is there already stays as it is."""
    with open_service() as service:
        seeded = seeding.load_seeds(service)
        catch_up(service)
        out.print(f"{seeded.actors} actors and {seeded.articles} articles are new")


def print_template() -> None:
    """Print a table of events to fill in: a header, and two examples."""
    print_verbatim(out, template_csv().rstrip())


def _check_publisher(given: str | None) -> str | None:
    """Return a publisher that can be recorded. Raises what typer tells a person."""
    if given is None:
        return None
    try:
        text = check_text(given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if not 0 < len(text) <= _LONGEST_NAME:
        raise typer.BadParameter(f"a publisher's name has 1 to {_LONGEST_NAME} characters")
    return text


def import_files(
    files: Annotated[list[str], typer.Argument(help="Files, plain, .gz or .zip; - is standard input.")],
    file_format: Annotated[
        DataFormat | None, typer.Option("--format", help="What the files are, if their first lines do not tell.")
    ] = None,
    codes: Annotated[
        CodeScheme | None, typer.Option(help="The scheme of the codes, if the file does not tell.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Post to the server at this URL, not to the database.")
    ] = None,
    publisher: Annotated[
        str | None,
        typer.Option(help="Who published it, in place of what the rows say.", callback=_check_publisher),
    ] = None,
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
    explain_actors: Annotated[
        bool,
        typer.Option("--explain-actors", help="Only say which code is which actor, and why; record nothing."),
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="With --explain-actors: as CSV.")] = False,
    actors: Annotated[
        Path | None,
        typer.Option(help="A CSV of codes and the actors they are: --explain-actors --csv, edited."),
    ] = None,
    no_fold: NoFold = False,
    as_json: AsJson = False,
) -> None:
    """Import coded event data: KEDS, ICEWS, GDELT, POLECAT, ACLED, UCDP, our own table, or articles as NDJSON."""
    settings = read_settings(key=key)
    options = Options(file_format, publisher, strict_actors, settings.max_body_bytes, codes, actors)
    request = importing.Request(files, options, rejects)
    if explain_actors:
        _explain_actors(request, server, settings.key.get_secret_value(), as_csv=as_csv)
    with failing_on(BadFile, TargetFailed):
        if server is not None:
            summary = importing.import_to_server(server, request, err, settings.key.get_secret_value())
        else:
            summary = _import_into_database(request, fold=not no_fold)
    for line in summary.errors:
        print_verbatim(err, line, "red")
    if as_json:
        print_json(summary.as_dict())
    else:
        out.print(importing.as_text(summary), highlight=False, soft_wrap=True)
    raise typer.Exit(importing.exit_status(summary))


def _explain_actors(request: importing.Request, server: str | None, key: str, *, as_csv: bool) -> NoReturn:
    with failing_on(BadFile, TargetFailed), ExitStack() as stack:
        if server is not None:
            directory = stack.enter_context(importing.server_at(server, key)).directory
        else:
            directory = stack.enter_context(open_service(reads_only=True)).log.directory()
        importer = importing.explain_actors(directory, request, err)
    for line in importer.summary.errors:
        print_verbatim(err, line, "red")
    if unused := importing.unused_overrides(importer.summary):
        print_verbatim(err, unused, "yellow")
    table = importer.actors.as_csv().rstrip() if as_csv else importing.actors_as_text(importer.actors)
    print_verbatim(out, table)
    raise typer.Exit(importing.exit_status(importer.summary))


def _import_into_database(request: importing.Request, *, fold: bool) -> Summary:
    with open_service() as service:
        if fold and importing.is_long(request):
            service.fold_beside(LogLevel.WARNING)
        summary = importing.import_into(DatabaseTarget(service), request, err, service.clock)
        if fold and not summary.interrupted:
            catch_up(service)
    return summary
