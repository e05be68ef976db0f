"""`python -m benchmarks.lifelike.from_history URL HISTORY`: all pairs on a past day, from a build and from tables.

HISTORY is a build of an archive of the log at URL. The first question reads all incidents, later ones have them in
memory; what is compared is the processor time of the server, of the later ones the least of several. The answers
have to be equal.
"""

from datetime import date, timedelta
from typing import Annotated, Final, NamedTuple

import typer

from benchmarks.serving import family_cpu_seconds, served, wait_until_idle
from tests.server import ServerClient

_TIMES: Final = 4


class Taken(NamedTuple):
    """Seconds of the processor for the first question and for a later one, the answers, and their history."""

    first: float
    later: float
    bodies: list[bytes]
    history: str | None


def main(
    url: Annotated[str, typer.Argument(help="The database of a log, folded.")],
    history: Annotated[str, typer.Argument(help="A build of its history.")],
    day: Annotated[str, typer.Option(help="The first of the days that are asked for.")] = "2019-01-01",
) -> None:
    """Print what a past day of all pairs takes with a history and without."""
    days = [date.fromisoformat(day) - timedelta(days=number) for number in range(_TIMES)]
    from_history = _asked(url, days, history)
    from_tables = _asked(url, days, "")
    if from_history.bodies != from_tables.bodies:
        raise SystemExit("the answers are not equal")
    if from_history.history is None:
        raise SystemExit("the history was not used: the log of the server says why")
    typer.echo(f"history of position {from_history.history}, CPU seconds: from history, from tables")
    typer.echo(f"all pairs on a past day, the first time: {from_history.first:.2f}, {from_tables.first:.2f}")
    typer.echo(f"all pairs on a past day, then: {from_history.later:.2f}, {from_tables.later:.2f}")


def _asked(url: str, days: list[date], history: str) -> Taken:
    with served(url, history=history) as client:
        client.get("/v1/relations/RUS/TUR", timeout=600).raise_for_status()  # what a process reads once
        wait_until_idle(client.process_id)
        found = [_of_day(client, day) for day in days]
        seconds = [taken for taken, _, _ in found]
    return Taken(seconds[0], min(seconds[1:]), [body for _, body, _ in found], found[0][2])


def _of_day(client: ServerClient, day: date) -> tuple[float, bytes, str | None]:
    before = family_cpu_seconds(client.process_id)
    answer = client.get(f"/v1/relations?limit=100&as_of={day}", timeout=600)
    answer.raise_for_status()
    taken = family_cpu_seconds(client.process_id) - before
    return taken, answer.content, answer.headers.get("Detente-History-Position")


if __name__ == "__main__":
    typer.run(main)
