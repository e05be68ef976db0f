"""`detente-query`: how two actors stand, from the command line. Tables in a terminal, CSV into a pipe.

Exit status: 0 done, 1 the service refused what was asked, 2 the command is not right, 3 no service answers.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Final, TextIO

from detente_client.answers.problems import ProblemError
from detente_client.client import Client
from detente_client.errors import DetenteClientError, NoAnswerError, ProblemAnswerError, UnexpectedAnswerError
from detente_client.query.answering import ANSWERS, Output
from detente_client.query.tables import Terminal, plain

_REFUSED: Final = 1
_WRONG: Final = 2
_NO_ANSWER: Final = 3
_INTERRUPTED: Final = 130
_EXAMPLES: Final = """examples:
  detente-query relation Russia Turkey --as-of 2020-03-06
  detente-query relations --state hostile --state open_conflict
  detente-query explain RUS TUR --start 2020-02-01 --end 2020-03-06
  detente-query series RUS TUR --interval day > series.csv
"""
_DEFAULT_URL: Final = "http://127.0.0.1:8000"
#: Options of all commands where they are not given; of `url` the environment has a word before.
_DEFAULTS: Final = {
    **dict.fromkeys(("url", "key_file", "format", "as_of", "known_at", "published_by", "model")),
    "timeout": 60.0,
}
#: Parameters of the service whose options have other names; of all others an option has the name.
_OPTIONS: Final = {"from": "start", "to": "end"}
_STATES: Final = (
    "open_conflict", "hostile", "strained", "strained_cooperation", "cooperative", "cordial", "neutral", "aligned",
    "unknown",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command, and end the process with its status."""
    if isinstance(sys.stdout, TextIOWrapper):  # CSV is UTF-8 wherever; a terminal may lack letters
        asks_terminal = sys.stdout.isatty()
        sys.stdout.reconfigure(
            encoding=None if asks_terminal else "utf-8", errors="replace" if asks_terminal else None
        )
    sys.exit(run(arguments, sys.stdout, sys.stderr))


def run(arguments: Sequence[str] | None, out: TextIO, err: TextIO) -> int:
    """Run a command; return its exit status."""
    options = _parsed(arguments)
    try:
        _answer(options, out)
        out.flush()
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (DetenteClientError, ValueError, OSError) as error:
        print(f"detente-query: {_said(error)}", file=err)
        return _status(error)
    return 0


def _answer(options: argparse.Namespace, out: TextIO) -> None:
    as_table = options.format == "table" or (options.format is None and out.isatty())
    terminal = Terminal(out) if as_table else None
    url = options.url or os.environ.get("DETENTE_URL") or _DEFAULT_URL
    with Client(url, key=_key(options), timeout=options.timeout) as client:
        asking = client.at(
            as_of=options.as_of,
            known_at=options.known_at,
            published_by=options.published_by,
            model=options.model,
        )
        ANSWERS[options.command](asking, options, Output(out, terminal))


def _key(options: argparse.Namespace) -> str | None:
    """Return the key: of a file, or of the environment, as others on the machine can read a command line."""
    if options.key_file is not None:
        return Path(options.key_file).read_text("utf-8").strip()
    return os.environ.get("DETENTE_KEY") or None


def _said(error: Exception) -> str:
    if isinstance(error, ProblemAnswerError):
        return "\n  ".join(map(_said_of_one, error.errors)) or plain(str(error))
    text = plain(str(error))
    if isinstance(error, NoAnswerError):
        text += "\nIs the service running there? Name another with --url, or DETENTE_URL."
    return text


def _said_of_one(error: ProblemError) -> str:
    """Return what is wrong with an option by the option's name."""
    prefix = f"{error.parameter}: "
    if error.parameter is None or not error.detail.startswith(prefix):
        return plain(error.detail)
    option = _OPTIONS.get(error.parameter, error.parameter).replace("_", "-")
    return plain(f"--{option}: {error.detail.removeprefix(prefix)}")


def _status(error: Exception) -> int:
    if isinstance(error, NoAnswerError | UnexpectedAnswerError):
        return _NO_ANSWER
    return _REFUSED if isinstance(error, DetenteClientError) else _WRONG


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options: those that all commands have may stand before the command as well as behind it."""
    return _parser().parse_args(arguments, argparse.Namespace(**_DEFAULTS))


def _parser() -> argparse.ArgumentParser:
    common = _common()
    parser = argparse.ArgumentParser(
        prog="detente-query",
        parents=[common],
        description="How two actors stand, how tense it is, and why. CSV where it is piped.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"detente-query {version('detente-client')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    relation = commands.add_parser("relation", parents=[common], help="how two actors stand")
    _add_pair(relation)

    series = commands.add_parser("series", parents=[common], help="tension over time")
    _add_pair(series)
    _add_days(series)
    series.add_argument("--interval", choices=("day", "week", "month"), help="by default what fits")

    relations = commands.add_parser(
        "relations", parents=[common], help="how all pairs stand, the most tense first"
    )
    relations.add_argument("--state", action="append", choices=_STATES, help="only these; may be given again")
    relations.add_argument("--actor", help="only pairs with this actor")
    relations.add_argument("--region", help="only pairs with a country of this region, such as western-asia")
    relations.add_argument("--min-tension", type=float, help="only pairs at least as tense, 0 to 100")
    _add_limit(relations)

    explain = commands.add_parser("explain", parents=[common], help="why tension changed between two days")
    _add_pair(explain)
    _add_days(explain)

    incidents = commands.add_parser("incidents", parents=[common], help="what a relation is made of")
    _add_pair(incidents)
    _add_limit(incidents)
    return parser


def _common() -> argparse.ArgumentParser:
    """Return the options of all commands: without defaults, which would undo what stands before a command."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--url", help=f"the service, by default {_DEFAULT_URL}, or DETENTE_URL")
    common.add_argument("--key-file", help="a file with the key; or put the key into DETENTE_KEY")
    common.add_argument("--timeout", type=float, help="seconds; 60 by default")
    common.add_argument("--format", choices=("table", "csv"), help="by default a table in a terminal, else CSV")
    common.add_argument("--as-of", help="as things stood on this day")
    common.add_argument("--known-at", help="by what was known then")
    common.add_argument("--published-by", help="by what was published by this day")
    common.add_argument("--model", help="the scoring model")
    return common


def _add_pair(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", help="a code or a name")
    parser.add_argument("b", help="the other actor")


def _add_days(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--start", help="the first day")
    parser.add_argument("--end", help="the last day")


def _add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=_at_least_one, help="most rows; by default 20 in a terminal, all as CSV")


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows: give 1 or more, or leave it out")
    return int(text)
