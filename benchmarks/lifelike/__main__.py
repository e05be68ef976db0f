"""`python -m benchmarks.lifelike --events 10000000`: makes a log that looks like life, and keeps it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from benchmarks.lifelike.kept import ENVIRONMENT, FOLDER, make


def main(
    events: Annotated[int, typer.Option(help="Events that articles tell, in all.")] = 200_000,
    folder: Annotated[Path, typer.Option(help="Where logs are kept.", envvar=ENVIRONMENT)] = FOLDER,
) -> None:
    """Make a log that looks like life, unless it is kept already: an hour and 15 GB for 10 million events."""
    with Progress() as progress:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what)
            progress.update(tasks[what], completed=done, total=total)

        kept = make(events, folder, report)
    typer.echo(kept.url)


if __name__ == "__main__":
    typer.run(main)
