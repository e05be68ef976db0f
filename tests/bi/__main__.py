"""Make a dataset and a chart of `detente.tension_daily` in a real Superset, and compare it with the API.

    make bi

PostgreSQL, the service and Superset run on this machine, and leave nothing behind. The role that Superset has is
made as docs/how-to/tools/superset.md says; in the end the projections are rebuilt, and the chart has to draw the
same.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from time import monotonic
from typing import Any, Final

import httpx
import psycopg

from tests.bi.superset import Superset, running_superset
from tests.docs.pages import ROOT, blocks, wait_until_folded
from tests.e2e.command import detente
from tests.postgres import Databases, running_postgres
from tests.server import running_server

PAGE: Final = ROOT / "docs" / "how-to" / "tools" / "superset.md"
PAIR: Final = ("SYR", "TUR")
FIRST, LAST = "2020-01-01", "2020-06-30"
CLOSE_ENOUGH: Final = 1e-9
#: The query of a line chart: a point a day of one pair.
QUERY: Final[dict[str, Any]] = {
    "columns": [{"columnType": "BASE_AXIS", "timeGrain": "P1D", "sqlExpression": "day", "label": "day",
                 "expressionType": "SQL"}],
    "metrics": [
        {"expressionType": "SIMPLE", "column": {"column_name": name}, "aggregate": "AVG", "label": name}
        for name in ("tension", "cooperation")
    ],
    "filters": [
        {"col": "a", "op": "==", "val": PAIR[0]},
        {"col": "b", "op": "==", "val": PAIR[1]},
        {"col": "day", "op": "TEMPORAL_RANGE", "val": f"{FIRST} : 2020-07-01"},
    ],
    "orderby": [["day", True]],
    "row_limit": 10_000,
}  # fmt: skip


class Steps:
    """Says what was done, and how long it took."""

    def __init__(self) -> None:
        self._since = monotonic()

    def done(self, what: str) -> None:
        """Print a step that is done, with its seconds."""
        print(f"{monotonic() - self._since:6.1f} s  {what}", flush=True)
        self._since = monotonic()


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("superset", type=Path, help="the `superset` command of an environment that has it")
    given = parser.parse_args(arguments)
    steps = Steps()
    with running_postgres() as postgres, tempfile.TemporaryDirectory(prefix="detente-bi-") as folder:
        databases = Databases(postgres)
        database_url = databases.make()
        with running_server(database_url, Path(folder) / "server.log", "--seed") as service:
            wait_until_folded(service)
            grant(database_url)
            steps.done("PostgreSQL and the service run, with the seeds and a role that reads")
            # Its own is on PostgreSQL, too: on SQLite its hundreds of migrations take an hour.
            with running_superset(
                given.superset, Path(folder), _by_psycopg2(databases.make()), _free_port(), steps.done
            ) as superset:
                steps.done("Superset is set up and runs")
                chart = make_chart(superset, database_url, steps)
                compare(superset.data_of(chart), service)
                steps.done("what the chart draws is the API's tension and cooperation")
                rebuilt = detente(database_url, "rebuild")
                assert rebuilt.returncode == 0, rebuilt.stderr
                compare(superset.data_of(chart), service)
                steps.done("and it is after `detente rebuild`, by the same grants")


def grant(database_url: str) -> None:
    """Make the role that the page tells to make."""
    (block,) = blocks(PAGE, "sql grants")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(block.code.encode())


def make_chart(superset: Superset, database_url: str, steps: Steps) -> int:
    """Connect the database, make a dataset of the view and a chart of it; return the chart's id."""
    uri = _by_psycopg2(database_url).replace("://postgres:@", "://bi:change%20me@")
    database = superset.add_database("Détente", uri)
    dataset = superset.add_dataset(database, "detente", "tension_daily")
    columns = superset.columns(dataset)
    steps.done(f"dataset {dataset}: detente.tension_daily, {', '.join(f'{n} {t}' for n, t in columns.items())}")
    assert (columns["day"], columns["tension"]) == ("DATE", "DOUBLE PRECISION")
    chart = superset.add_chart("Syria and Turkey", dataset, "echarts_timeseries_line", QUERY)
    steps.done(f"chart {chart}: tension and cooperation of {' and '.join(PAIR)}, {FIRST} to {LAST}")
    return chart


def compare(drawn: list[dict[str, Any]], service: httpx.Client) -> None:
    """Fail unless a chart draws, day by day, what the API answers."""
    asked = {"from": FIRST, "to": LAST, "interval": "day"}
    answer = service.get("/v1/relations/{}/{}/tension".format(*PAIR), params=asked).raise_for_status()
    points = {point["day"]: point for point in answer.json()["items"]}
    days = [_day(row["day"]) for row in drawn]
    assert days, "the chart draws nothing"
    assert set(days) <= points.keys(), "the chart draws days that were not asked for"
    before = [point for day, point in points.items() if day < days[0]]
    assert days == sorted(points)[len(before) :], "the chart leaves out days"
    assert not any(point["tension"] or point["cooperation"] for point in before)
    for day, row in zip(days, drawn, strict=True):
        for name in ("tension", "cooperation"):
            assert abs(row[name] - points[day][name]) <= CLOSE_ENOUGH, (day, name, row[name], points[day][name])
    highest = max(drawn, key=lambda row: float(row["tension"]))
    print(f"          {len(days)} days from {days[0]}; highest {highest['tension']:.3f} on {_day(highest['day'])}")


def _by_psycopg2(database_url: str) -> str:
    return database_url.replace("postgresql://", "postgresql+psycopg2://")


def _day(milliseconds: float) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(sys.argv[1:])
