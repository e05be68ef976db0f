"""The command line: `detente serve`, `work`, `import`, `rebuild`, `retry`, `backup`, `restore`, `status`, ..."""

import sys

import typer

from api.cli import backtests, backups, filling, keys, projections, publishers, redactions, serving
from api.cli.console import DAMAGED_LOG, EXPECTED_ERRORS, print_error
from api.running.settings import Settings
from domain.log.damage import describe_log_damage

cli = typer.Typer(
    name="detente",
    help="Détente: diplomatic relations from reported events. Settings are environment variables DETENTE_*.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# In the order of `detente --help`.
cli.command()(serving.serve)
cli.command()(serving.work)
cli.command()(filling.seed)
cli.command(name="import")(filling.import_files)
cli.command(name="template")(filling.print_template)
cli.command()(projections.rebuild)
cli.command()(projections.retry)
cli.command()(backups.backup)
cli.command()(backups.restore)
cli.command()(backups.export)
cli.command(name="redact")(redactions.redact_article)
cli.command()(projections.status)
cli.command()(backtests.backtest)
cli.command(name="fit-risk")(backtests.fit_risk)

_keys = typer.Typer(help="Make, list and revoke the keys with which clients ask.", no_args_is_help=True)
_keys.command(name="create")(keys.create_key)
_keys.command(name="list")(keys.list_keys)
_keys.command(name="revoke")(keys.revoke_key)
cli.add_typer(_keys, name="key")

_publishers = typer.Typer(help="Say which publishers count as which.", no_args_is_help=True)
_publishers.command(name="alias")(publishers.add_alias)
_publishers.command(name="remove")(publishers.remove_alias)
_publishers.command(name="list")(publishers.list_aliases)
cli.add_typer(_publishers, name="publisher")


def main() -> None:
    """Run the command line."""
    try:
        cli()
    except EXPECTED_ERRORS as error:
        if (damage := describe_log_damage(Settings().database_url, error)) is not None:
            print_error("damaged log", damage, soft_wrap=True)
            sys.exit(DAMAGED_LOG)
        print_error(type(error).__name__, error)
        sys.exit(1)
