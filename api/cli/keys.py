"""`detente key create`, `list`, `revoke` and `sessions`: the keys with which clients ask, and who signed in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api.access.keys import Key, KeyRefused, Scope
from api.access.sessions import why_over
from api.cli.console import AsJson, err, failing_on, open_service, out, print_json


def create_key(
    name: Annotated[str, typer.Option(help="Whose it is; stands in the log with all that is recorded by it.")],
    scope: Annotated[
        Scope | None, typer.Option(help="What it may do; each may do what those before it may.")
    ] = None,
    read_token: Annotated[
        bool,
        typer.Option("--read-token", help="A token that reads, and may come in an address: for spreadsheets."),
    ] = False,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"],
            help="From when on it is of no use: the beginning of a day, or an instant, in UTC. By default never.",
        ),
    ] = None,
) -> None:
    """Make a key, or a read token, and print it, this once."""
    if scope is None and not read_token:
        raise typer.BadParameter("say what the key may do", param_hint="--scope")
    with open_service() as service, failing_on(KeyRefused):
        until = None if expires is None else expires.replace(tzinfo=UTC)
        made = service.keys.create(name, scope or Scope.READ, service.clock(), is_token=read_token, expires=until)
    typer.echo(made.text)
    err.print("Keep it well: it is not shown again.")


def list_keys(as_json: AsJson = False) -> None:
    """List all keys ever made, without their secrets."""
    with open_service(reads_only=True) as service:
        keys = service.keys.all()
    rows = [
        (key.id, key.name, _kind(key), key.scope.value, *map(_instant, (key.created, key.expires, key.revoked)))
        for key in keys
    ]
    columns = ("id", "name", "kind", "scope", "created", "expires", "revoked")
    _print_rows("keys", columns, rows, as_json=as_json)


def list_sessions(
    end: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="End the sessions of the key with this name or id, or one by its id."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List who is signed in in a browser, or end sessions. Running servers follow a second later."""
    with open_service(reads_only=end is None) as service, failing_on(KeyRefused):
        now, store = service.clock(), service.keys.sessions
        keys = {key.id: key for key in service.keys.all()}
        if end is not None:
            of_one = [session.id for session in store.all() if session.id == end]
            key = None if of_one else service.keys.named(end)
            store.end(of_one or [session.id for session in store.all() if key and session.key == key.id], now)
        found = [session for session in store.all() if why_over(session, keys, now) is None]
    rows = [(it.id, keys[it.key].name, *map(_instant, (it.created, it.last_used))) for it in found]
    _print_rows("sessions", ("id", "key", "created", "last_used"), rows, as_json=as_json)


def _kind(key: Key) -> str:
    return "read token" if key.is_token else "key"


def _print_rows(what: str, columns: Sequence[str], rows: Sequence[Sequence[str | None]], *, as_json: bool) -> None:
    if as_json:
        print_json({what: [dict(zip(columns, row, strict=True)) for row in rows]})
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(cell or "") for cell in row))
    out.print(table)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds").replace("+00:00", "Z")


def revoke_key(
    name_or_id: Annotated[str, typer.Argument(metavar="NAME", help="The key's name, or its id.")],
) -> None:
    """Revoke a key for ever. Running servers refuse it a second later."""
    with open_service() as service, failing_on(KeyRefused):
        key = service.keys.revoke(name_or_id, service.clock())
    out.print(Text(f"{key.name} ({key.id}) is revoked"))
