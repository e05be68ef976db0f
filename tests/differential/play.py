"""Plays histories: `python -m tests.differential.play --seed 7` plays one, and says how little of it fails."""

import argparse
import copy
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx

from tests.differential.events import Json
from tests.differential.histories import ACTORS, make_history
from tests.differential.questions import ask
from tests.differential.run import Mismatch, Played, Tally
from tests.postgres import Databases, running_postgres
from tests.server import running_server
from tests.zygote import run

WRITES: Final = 40  #: of a history
_OF_A_SERVER: Final = 8  # histories: the more, the longer its lists

Rebuild = Callable[[], None]


def play(client: httpx.Client, history: Sequence[Json], rebuild: Rebuild) -> Tally:
    """Play a history under a name that nothing else has on the server. Raises `Mismatch`, which tells the item."""
    name = "H" + secrets.token_hex(4).upper()
    played = Played(client)
    for n, item in enumerate(json.loads(json.dumps(list(history)).replace("@", name))):
        try:
            if "ask" in item:
                ask(played, item)
            elif item["do"] == "rebuild":
                played.rebuild(rebuild)
            else:
                played.write(item)
        except Mismatch as mismatch:
            about = f"{item.get('ask', item.get('do'))} {mismatch.about}"
            raise Mismatch(f"{json.dumps(item)}\n{mismatch}", about, n) from None
    return played.tally


Fails = Callable[[Sequence[Json]], bool]


def shrunk(fails: Fails, history: Sequence[Json]) -> list[Json]:
    """Drop from a history what it fails without: items, then lines of batches, then events of articles."""
    left = _without_items(fails, history)
    for n, item in enumerate(left):
        for path in (("articles",), ("article", "events"), *((("articles", k, "events")) for k in range(5))):
            left = _without_parts(fails, left, n, path) if _part(item, path) else left
    return left


def _part(item: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        there = step in item if isinstance(item, dict) else isinstance(step, int) and step < len(item)
        if not there:
            return None
        item = item[step]
    return item


def _without_parts(fails: Fails, history: list[Json], n: int, path: Sequence[str | int]) -> list[Json]:
    k = 0
    while k < len(_part(history[n], path) or ()):
        fewer = copy.deepcopy(history)
        del _part(fewer[n], path)[k]
        if fails(fewer):
            history = fewer
        else:
            k += 1
    return history


def _without_items(fails: Fails, history: Sequence[Json]) -> list[Json]:
    left = list(history)
    size = len(left) // 2
    while size:
        start = ACTORS
        while start < len(left):
            fewer = left[:start] + left[start + size :]
            if fails(fewer):
                left = fewer
            else:
                start += size
        size //= 2
    return left


def play_or_shrink(client: httpx.Client, seed: int, writes: int, rebuild: Rebuild) -> Tally:
    """Play the history of a seed. If it fails, say how little of it fails, and how to play it again."""
    history = make_history(seed, writes)
    try:
        return play(client, history, rebuild)
    except Mismatch as first:
        again = f"python -m tests.differential.play --seed {seed} --writes {writes}"
        raise Mismatch(f"{again}\n{_shortest(client, history, rebuild, first)}", first.about) from None


def _shortest(client: httpx.Client, history: Sequence[Json], rebuild: Rebuild, first: Mismatch) -> str:
    said = [str(first)]

    def fails(fewer: Sequence[Json]) -> bool:
        try:
            play(client, fewer, rebuild)
        except Mismatch as mismatch:
            if mismatch.about == first.about:
                said.append(str(mismatch))
                return True
        return False

    alone = [*(item for item in history[: first.item] if "ask" not in item), history[first.item]]
    left = shrunk(fails, alone if fails(alone) else history)
    return "\n".join([*(json.dumps(item) for item in left), said[-1]])


# Servers


def rebuilder(database_url: str) -> Rebuild:
    """Return what rebuilds the projections of a database, in a process of its own."""

    def rebuild() -> None:
        done = run(["rebuild"], {**os.environ, "DETENTE_DATABASE_URL": database_url})
        if done.returncode:
            raise Mismatch(f"the rebuild failed: {done.stdout}{done.stderr}")

    return rebuild


@dataclass
class Differential:
    """Plays histories one after the other on servers of one kind of database, each server for a few."""

    new_database: Callable[[], str]
    folder: Path
    seed: int
    writes: int = WRITES
    tally: Tally = field(default_factory=lambda: Tally(histories=0))
    failures: list[str] = field(default_factory=list)

    def play_until(self, enough: Callable[[], bool]) -> None:
        """Play histories until it is enough. Failures are kept, and the others go on."""
        while not enough():
            url = self.new_database()
            with running_server(url, self.folder / "server.log") as client:
                for _ in range(_OF_A_SERVER):
                    if enough():
                        return
                    self._play(client, url)

    def _play(self, client: httpx.Client, url: str) -> None:
        try:
            self.tally += play_or_shrink(client, self.seed, self.writes, rebuilder(url))
        except Mismatch as mismatch:
            self.tally += Tally(histories=1)
            self.failures.append(str(mismatch))
        self.seed += 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Play histories; return the exit status: 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the first history")
    parser.add_argument("--writes", type=int, default=WRITES, help="of each history")
    parser.add_argument("--minutes", type=float, default=0, help="how long; by default one history")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL; else on SQLite")
    given = parser.parse_args(arguments)
    until = time.monotonic() + given.minutes * 60
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        numbers = count()
        new_database: Callable[[], str] = lambda: f"sqlite:///{folder}/log-{next(numbers)}.db"  # noqa: E731
        if given.postgresql:
            new_database = Databases(opened.enter_context(running_postgres())).make
        played = Differential(new_database, Path(folder), given.seed, given.writes)
        played.play_until(lambda: played.tally.histories > 0 and time.monotonic() > until)
    for failure in played.failures:
        print(failure, end="\n\n")
    print(played.tally, f"{len(played.failures)} failed")
    return 1 if played.failures else 0


if __name__ == "__main__":
    sys.exit(main())
