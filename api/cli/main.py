"""The command line: `detente serve`, `work`, `import`, `rebuild`, `retry`, `backup`, `restore`, `status`, ..."""

import sys
from importlib import import_module
from typing import Final

import typer

from api.cli.console import DAMAGED_LOG, EXPECTED_ERRORS, print_error
from api.running.settings import Settings
from domain.log.damage import describe_log_damage

_HELP: Final = "Détente: diplomatic relations from reported events. Settings are environment variables DETENTE_*."

#: The module and the function of each command, in the order of `detente --help`.
_COMMANDS: Final = {
    "serve": "serving.serve",
    "work": "serving.work",
    "seed": "filling.seed",
    "import": "filling.import_files",
    "template": "filling.print_template",
    "rebuild": "projections.rebuild",
    "retry": "projections.retry",
    "backup": "copies.backups.backup",
    "restore": "copies.backups.restore",
    "archive": "copies.archives.archive",
    "restore-archive": "copies.archives.restore_from_archive",
    "export": "copies.backups.export",
    "redact": "redactions.redact_article",
    "status": "projections.status",
    "backtest": "backtests.backtest",
    "fit-risk": "backtests.fit_risk",
}
_KEY_COMMANDS: Final = {
    "create": "keys.create_key",
    "list": "keys.list_keys",
    "revoke": "keys.revoke_key",
    "sessions": "keys.list_sessions",
}
_PUBLISHER_COMMANDS: Final = {
    "alias": "publishers.add_alias",
    "remove": "publishers.remove_alias",
    "list": "publishers.list_aliases",
}
_HISTORY_COMMANDS: Final = {"build": "history.build"}
_GROUPS: Final = {
    "history": ("Fold all of history outside of the database.", _HISTORY_COMMANDS),
    "key": ("Make, list and revoke the keys with which clients ask.", _KEY_COMMANDS),
    "publisher": ("Say which publishers count as which.", _PUBLISHER_COMMANDS),
}


def command_line(first_word: str = "") -> typer.Typer:
    """Return the command line; of it no more than what a word begins, if it begins anything.

    What all commands need takes a second to load, which an import would have to wait for.
    """
    known = first_word in _COMMANDS or first_word in _GROUPS
    cli = typer.Typer(
        name="detente", help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    cli.callback()(lambda: None)  # so that one command alone is called by its name, too
    _add(cli, {name: place for name, place in _COMMANDS.items() if not known or name == first_word})
    for name, (help_, places) in _GROUPS.items():
        if not known or name == first_word:
            group = typer.Typer(help=help_, no_args_is_help=True)
            _add(group, places)
            cli.add_typer(group, name=name)
    return cli


def _add(cli: typer.Typer, places: dict[str, str]) -> None:
    for name, place in places.items():
        module, _, function = place.rpartition(".")
        cli.command(name=name)(getattr(import_module(f"api.cli.{module}"), function))


def main() -> None:
    """Run the command line."""
    cli = command_line(*sys.argv[1:2])
    try:
        cli()
    except EXPECTED_ERRORS as error:
        if (damage := describe_log_damage(Settings().database_url, error)) is not None:
            print_error("damaged log", damage, soft_wrap=True)
            sys.exit(DAMAGED_LOG)
        print_error(type(error).__name__, error)
        sys.exit(1)
