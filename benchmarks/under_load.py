"""`python -m benchmarks.under_load`: how long readers wait while others write, and a few ask of a past day.

Each reader asks again as soon as it is answered. Printed are the median and the 99th percentile of the waits of
each kind of request, in milliseconds, and the processor time that the server's processes took meanwhile.
"""

import asyncio
import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.databases import sqlite
from benchmarks.log import filled
from benchmarks.serving import family_cpu_seconds, served
from benchmarks.synthetic import ACTORS, DAYS, FIRST_DAY, articles

OTHERS: Final = "reads of a pair"
PAST: Final = "lists of a past day"
WRITES: Final = "posts"


@dataclass
class Waits:
    """How long requests took, in seconds, by kind; and how they were answered."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {OTHERS: [], PAST: [], WRITES: []})
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        """Yield a line for each kind of request."""
        for kind, waited in self.seconds.items():
            answered = {status: n for (of_kind, status), n in sorted(self.statuses.items()) if of_kind == kind}
            yield f"{kind:22} {_figures(waited)}   {len(waited):6} answered {answered}"


def main(
    events: Annotated[int, typer.Option(help="Events in the synthetic log.")] = 100_000,
    readers: Annotated[int, typer.Option(help="Connections that read.")] = 500,
    writers: Annotated[int, typer.Option(help="Connections that post.")] = 16,
    past: Annotated[float, typer.Option(help="Share of the reads that are lists of a past day.")] = 0.05,
    seconds: Annotated[float, typer.Option(help="How long.")] = 20.0,
    database: Annotated[Path | None, typer.Option(help="File of a filled log, made where there is none.")] = None,
) -> None:
    """Measure how long readers wait."""
    with _database(events, database) as url:
        with served(url) as client:
            address = client.base_url.host, client.base_url.port or 0
            before = family_cpu_seconds(client.process_id)
            waits = asyncio.run(_load(*address, readers, writers, past, seconds))
            spent = family_cpu_seconds(client.process_id) - before
        typer.echo("\n".join(waits.lines()))
        answered = waits.statuses.total()
        each = 1000 * spent / max(1, answered)
        typer.echo(f"{spent:.1f} s of processor time for {answered} requests, {each:.2f} ms each")


@contextmanager
def _database(events: int, kept: Path | None) -> Iterator[str]:
    """Yield the URL of a filled database, which may be a copy of one that is kept."""
    with sqlite() as files:
        if kept is None:
            yield filled(files, events)
            return
        if not kept.exists():
            made = Path(filled(files, events).removeprefix("sqlite:///"))
            for file in made.parent.glob(f"{made.stem}*"):
                shutil.copy(file, kept.with_name(file.name.replace(made.stem, kept.stem, 1)))
        copy = Path(files.new().removeprefix("sqlite:///"))
        for file in kept.parent.glob(f"{kept.stem}*"):
            shutil.copy(file, copy.with_name(file.name.replace(kept.stem, copy.stem, 1)))
        yield f"sqlite:///{copy}"


async def _load(host: str, port: int, readers: int, writers: int, past: float, seconds: float) -> Waits:
    waits = Waits()
    until = time.perf_counter() + seconds
    posts = _posts()
    chances = [random.Random(number) for number in range(readers)]  # noqa: S311  # the same in every run
    clients = [_ask(host, port, _reads(chance, past), waits, until) for chance in chances]
    clients += [_ask(host, port, posts, waits, until) for _ in range(writers)]
    await asyncio.gather(*clients)
    return waits


_Request = tuple[str, bytes]  # its kind, and what is sent


def _reads(chance: random.Random, past: float) -> Iterator[_Request]:
    while True:
        if chance.random() < past:
            day = FIRST_DAY + timedelta(days=chance.randrange(DAYS // 2, DAYS))
            yield PAST, _get(f"/v1/relations?as_of={day}")
        else:
            one, other = chance.sample(range(ACTORS), 2)
            yield OTHERS, _get(f"/v1/relations/B{one:03}/B{other:03}")


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def _posts() -> Iterator[_Request]:
    """Yield posts of articles with an event each, today's."""
    for number, article in enumerate(articles(2_000_000)):
        article |= {"id": f"load-{number}", "events": article["events"][:1]}
        body = json.dumps(article).encode()
        head = "POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        yield WRITES, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _ask(host: str, port: int, requests: Iterator[_Request], waits: Waits, until: float) -> None:
    """Ask over one connection, one request after the other, until it is time."""
    reader, writer = await asyncio.open_connection(host, port)
    while (start := time.perf_counter()) < until:
        kind, request = next(requests)
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        waits.seconds[kind].append(time.perf_counter() - start)
        waits.statuses[kind, int(head.split(b" ", 2)[1])] += 1
    writer.close()


def _figures(waited: list[float]) -> str:
    if not waited:
        return "-"
    ordered = sorted(waited)
    median, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"p50 {1000 * median:8.1f} ms   p99 {1000 * high:8.1f} ms   max {1000 * ordered[-1]:8.1f} ms"


if __name__ == "__main__":
    typer.run(main)
