"""`python -m benchmarks`: measures, prints the table, and writes it to `benchmarks/results.json`."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.analysis import measure_all_relations, opened
from benchmarks.databases import Databases, postgresql, sqlite
from benchmarks.levant import FILE, measure_levant
from benchmarks.lifelike.kept import ENVIRONMENT, FOLDER, KeptLog, find, make
from benchmarks.lifelike.making import untold
from benchmarks.lifelike.neighbours import measure_neighbours
from benchmarks.lifelike.questions import measure_questions
from benchmarks.lifelike.rebuilding import measure_rebuild_memory
from benchmarks.lifelike.refreshing import measure_refresh
from benchmarks.log import filled, measure_memory, measure_posting, measure_rebuild, measure_sending_again
from benchmarks.measurement import Measurement
from benchmarks.reading.relations import measure_relation, measure_workers
from benchmarks.synthetic import DAYS, FIRST_DAY
from benchmarks.tools.files import measure_file_memory
from benchmarks.tools.series import measure_series
from projections.times import to_day

_RESULTS = Path(__file__).with_name("results.json")
_DATA = Path(__file__).parents[2] / "shared" / "data"

LONG, MIDDLE, MILLION, SHORT = 10_000_000, 2_000_000, 1_000_000, 200_000  # events of logs that look like life

Measure = Callable[[], list[Measurement]]


def main(
    events: Annotated[int, typer.Option(help="Events in the synthetic log.")] = 200_000,
    data: Annotated[Path, typer.Option(help=f"Folder that holds {FILE}.")] = _DATA,
    kept: Annotated[Path, typer.Option(help="Folder of logs that look like life.", envvar=ENVIRONMENT)] = FOLDER,
    only: Annotated[str, typer.Option(help="Measure only what has this in its name.")] = "",
) -> None:
    """Measure everything against its peer."""
    console = Console()
    rows: list[Measurement] = []
    with sqlite() as files, postgresql() as server:
        for name, measure in _measures(events, data, kept, files, server, console):
            if only in name:
                console.print(f"measuring: {name}")  # and no spinner, whose thread would be measured, too
                rows += measure()
                if not only:
                    _write(events, rows)  # after each: a run that is ended early has measured something, too
    console.print(_table(rows))


def _write(events: int, rows: list[Measurement]) -> None:
    results = {"events": events, "rows": [row.as_dict() for row in rows]}
    _RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def _measures(
    events: int, data: Path, kept: Path, files: Databases, server: Databases, console: Console
) -> Iterator[tuple[str, Measure]]:
    yield "posting", lambda: [measure_posting(events, files)]
    yield "posting on PostgreSQL", lambda: [measure_posting(events, server)]
    yield "sending again", lambda: measure_sending_again(files)
    yield "sending again on PostgreSQL", lambda: measure_sending_again(server)
    yield "memory", lambda: [measure_memory(events, files)]
    yield "rebuild", lambda: [measure_rebuild(filled(files, events), events)]
    yield "all relations", lambda: _all_relations(filled(files, events))
    if (data / FILE).exists():
        yield "levant", lambda: measure_levant(data)
    else:
        console.print(f"{FILE} is not in {data}: what is measured on it is left out")
    yield "series into a frame", lambda: measure_series(filled(files, events), FIRST_DAY + timedelta(days=DAYS))
    yield "whole lists", lambda: measure_file_memory(*(filled(files, count) for count in (events, 10 * events)))
    yield "workers", lambda: measure_workers(filled(files, events))
    yield "relation", lambda: measure_relation(filled(files, events), filled(files, 10 * events))
    yield "life: neighbours", lambda: [measure_neighbours(kept, untold)]
    for name, length, measure in (
        ("life: questions", LONG, measure_questions),
        ("life: questions at a million events", MILLION, measure_questions),
        ("life: states", MIDDLE, lambda long, short: [measure_refresh(long, short)]),
        ("life: memory of a rebuild", MIDDLE, lambda long, short: [measure_rebuild_memory(long, short)]),
    ):
        if long := find(length, kept):
            yield name, partial(_beside_short, measure, long, kept)
        else:
            made = f"python -m benchmarks.lifelike --events {length} --folder {kept}"
            console.print(
                f"there is no log of {length:,} events: what is measured on it is left out until `{made}`"
            )


def _beside_short(
    measure: Callable[[KeptLog, KeptLog], list[Measurement]], long: KeptLog, kept: Path
) -> list[Measurement]:
    return measure(long, make(SHORT, kept, untold))


def _all_relations(url: str) -> list[Measurement]:
    day = to_day(FIRST_DAY + timedelta(days=DAYS // 2))
    with opened(url) as store:
        return [measure_all_relations(store, day, "synthetic", 0.3)]


def _table(rows: list[Measurement]) -> Table:
    table = Table("what", "ours", "peer", "unit", "ratio", "target", "reached", "against")
    words = {True: "yes", False: "no", None: ""}
    for row in rows:
        figures = (_rounded(row.ours), _rounded(row.peer), row.unit, f"{row.ratio:.2f}")
        asked = "" if row.target is None else f"{'at most' if row.is_limit else 'at least'} {row.target:.2f}"
        table.add_row(row.name, *figures, asked, words[row.is_reached], row.peer_name)
    return table


def _rounded(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


if __name__ == "__main__":
    typer.run(main)
