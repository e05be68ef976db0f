"""`detente publisher alias`, `remove` and `list`: which publishers count as which."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api.cli.console import (
    AsJson,
    NoFold,
    catch_up,
    check_recorded_by,
    failing_on,
    open_service,
    out,
    print_json,
    print_verbatim,
)
from api.running.service import Service
from domain.errors import DetenteError
from domain.events import Provenance
from domain.log.writing.publisher_log import AliasCommand
from domain.publishers.alias import AddPublisherAlias, RemovePublisherAlias
from domain.publishers.register import counted_as
from domain.standards.text import check_text
from projections.publishers.alias_effects import effect_of

Alias = Annotated[str, typer.Argument(help="The publisher that counts as another, in any spelling.")]
Reason = Annotated[str | None, typer.Option(help="Why; kept in the log.")]
RecordedBy = Annotated[str, typer.Option("--by", help="Who says so; kept in the log.")]
OnlySay = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and record nothing.")]


def add_alias(
    alias: Alias,
    publisher: Annotated[str, typer.Argument(help="The publisher that it counts as.")],
    reason: Reason = None,
    recorded_by: RecordedBy = "command line",
    dry_run: OnlySay = False,
    no_fold: NoFold = False,
) -> None:
    """Count a publisher as another one: a re-print as its wire, an aggregator as whom it re-prints."""
    with failing_on(ValueError):
        names, why, who = (
            (check_text(alias), check_text(publisher)),
            _reason(reason),
            check_recorded_by(recorded_by),
        )
    with open_service() as service, failing_on(DetenteError):
        command = AddPublisherAlias(*names, Provenance(who, service.clock()), why)
        _do(service, command, dry_run=dry_run, no_fold=no_fold)


def remove_alias(
    alias: Alias,
    reason: Reason = None,
    recorded_by: RecordedBy = "command line",
    dry_run: OnlySay = False,
    no_fold: NoFold = False,
) -> None:
    """Count a publisher as itself again."""
    with failing_on(ValueError):
        name, why, who = check_text(alias), _reason(reason), check_recorded_by(recorded_by)
    with open_service() as service, failing_on(DetenteError):
        command = RemovePublisherAlias(name, Provenance(who, service.clock()), why)
        _do(service, command, dry_run=dry_run, no_fold=no_fold)


def list_aliases(as_json: AsJson = False) -> None:
    """List the publishers that count as others."""
    with open_service(reads_only=True) as service:
        register = service.log.publisher_register()
    columns = ("alias", "publisher", "reason", "recorded_by", "recorded")
    rows = [
        (e.added.alias, e.added.publisher, e.added.reason, e.added.recorded_by, e.added.timestamp.isoformat())
        for e in register.newest_first()
        if e.stood(None)
    ]
    if as_json:
        print_json({"aliases": [dict(zip(columns, row, strict=True)) for row in rows]})
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(cell or "") for cell in row))
    out.print(table)


def _reason(reason: str | None) -> str | None:
    return None if reason is None else check_text(reason) or None


def _do(service: Service, command: AliasCommand, *, dry_run: bool, no_fold: bool) -> None:
    """Record a command, or only say what it would change."""
    preview = service.log.preview_publisher_alias(command)
    before, after = counted_as(preview.before.aliases()), counted_as(preview.after.aliases())
    with service.store.reading() as connection:
        effect = effect_of(connection, before, after)
    if not dry_run:
        service.log.record_publisher_alias(command)
    weighed = f"{effect.incidents.total()} incidents of {len(effect.incidents)} pairs"
    done = "would change" if dry_run else "changed" if preview.changed else "was so already"
    print_verbatim(out, f"{preview.alias}: {done}; {effect.articles} articles, {weighed}")
    if not (dry_run or no_fold):
        catch_up(service)
