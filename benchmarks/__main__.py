"""`python -m benchmarks`: measures, prints the table, and writes it to `benchmarks/results.json`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.log import measure_posting, measure_rebuild
from benchmarks.reads import measure_relation
from benchmarks.row import Row

_RESULTS = Path(__file__).with_name("results.json")


def main(
    events: Annotated[int, typer.Option(help="Events in the synthetic log.")] = 200_000,
) -> None:
    """Measure everything against its peer."""
    console = Console()
    measures: list[Callable[[], Row]] = [
        lambda: measure_posting(events),
        lambda: measure_rebuild(events),
        measure_relation,
    ]
    table = Table("what", "ours", "peer", "unit", "ratio", "target", "against")
    rows = []
    for measure in measures:
        with console.status("measuring"):
            row = measure()
        rows.append(row)
        figures = (f"{row.ours:,.0f}", f"{row.peer:,.0f}", row.unit, f"{row.ratio:.2f}", f"{row.target:.2f}")
        table.add_row(row.name, *figures, row.peer_name)
    console.print(table)
    results = {"events": events, "rows": [row.as_dict() for row in rows]}
    _RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
