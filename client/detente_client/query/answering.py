"""What each command asks, and how it is written: as a table, or as CSV."""

import argparse
import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import chain, islice
from typing import Any, Final, NamedTuple, TextIO

from detente_client.answers.base import Answer
from detente_client.answers.incidents import Incident
from detente_client.answers.relations import ListedRelation, Part, TensionPoint
from detente_client.answers.shown import signed
from detente_client.client import Client
from detente_client.frames.cells import csv_rows
from detente_client.frames.columns import COLUMNS
from detente_client.query.tables import Terminal, sparkline

_ROWS: Final = 20  # of a table, where no limit is given
_YEAR: Final = timedelta(days=364)
_LINE: Final = 13  # characters of the line of a year: four weeks each


class Output(NamedTuple):
    """Where the answer goes: to a terminal as tables, or else as CSV."""

    out: TextIO
    terminal: Terminal | None

    def write_csv(self, item: type[Answer], items: Iterable[Answer]) -> None:
        """Write a row for each item, as they come; nothing, not even a header, of what is refused."""
        writer = csv.writer(self.out, lineterminator="\n")
        columns = COLUMNS[item]
        coming = iter(items)
        first = list(islice(coming, 1))
        writer.writerow([column.name for column in columns])
        writer.writerows(csv_rows(columns, chain(first, coming)))


def relation(client: Client, options: argparse.Namespace, output: Output) -> None:
    """Write how two actors stand."""
    found = client.relation(options.a, options.b)
    if output.terminal is None:
        output.write_csv(ListedRelation, [found.answer])
        return
    year = client.at(as_of=found.as_of).relation(*found.pair).series(found.as_of - _YEAR, found.as_of, "week")
    output.terminal.heading(f"{found.pair[0]} – {found.pair[1]}, {found.as_of}")
    output.terminal.table(
        ["state", "since", "tension", "cooperation", "trend", "last year"],
        [
            [
                found.state, found.since, found.tension, found.cooperation, found.trend,
                _line(year),
            ]
        ],
    )  # fmt: skip
    output.terminal.text(found.summary)


def series(client: Client, options: argparse.Namespace, output: Output) -> None:
    """Write tension over time."""
    asked = client.relation(options.a, options.b).series(options.start, options.end, options.interval)
    if output.terminal is None:
        output.write_csv(TensionPoint, asked)
        return
    points = list(asked)
    pair = " – ".join(asked.answer.pair)
    if not points:
        output.terminal.heading(f"{pair}: no points ({_words(asked.answer.empty_because or '')})")
        return
    output.terminal.heading(f"{pair}, tension by {asked.interval}, {points[0].day} to {points[-1].day}")
    output.terminal.text(sparkline(_known(points), output.terminal.width))
    output.terminal.table(
        ["day", "state", "tension", "peak", "cooperation", "trend"],
        [
            [point.day, point.state, point.tension, point.peak, point.cooperation, point.trend]
            for point in points[-_ROWS:]
        ],
    )
    if len(points) > _ROWS:
        output.terminal.text(f"These are the last {_ROWS} of {len(points)} points; --format csv has all.")
    if not asked.is_complete:
        output.terminal.text("The series begins later than there is something to tell: name its start.")


def relations(client: Client, options: argparse.Namespace, output: Output) -> None:
    """Write how all pairs stand."""
    given = {
        "state": options.state,
        "actor": options.actor,
        "region": options.region,
        "min_tension": options.min_tension,
    }
    filters: Any = {name: value for name, value in given.items() if value is not None}
    if output.terminal is None:
        output.write_csv(ListedRelation, client.relations(options.limit, **filters))
        return
    limit = options.limit or _ROWS
    found = list(client.relations(limit + 1, **filters))
    shown = found[:limit]
    if not found:
        day = client.relations(**filters).head().as_of
        output.terminal.text(f"There are none on {day}; --as-of names another day.")
        return
    lines = _lines_of_a_year(client, shown)
    output.terminal.table(
        ["pair", "state", "since", "tension", "cooperation", "last year"],
        [
            [
                " – ".join(each.pair), each.state, each.since, each.tension, each.cooperation,
                lines.get(each.pair, ""),
            ]
            for each in shown
        ],
    )  # fmt: skip
    _tell_of_more(output.terminal, found, limit)


def explain(client: Client, options: argparse.Namespace, output: Output) -> None:
    """Write why tension changed."""
    found = client.relation(options.a, options.b).explain(options.start, options.end)
    if output.terminal is None:
        output.write_csv(Part, found.items)
        return
    output.terminal.heading(found.sentence)
    output.terminal.table(
        ["part", "by way of", "points", "incidents", "first of all"],
        [
            [
                part.part, part.via, signed(part.change, 1), part.incident_count,
                part.incidents[0].id if part.incidents else None,
            ]
            for part in found.items
        ],
    )  # fmt: skip


def incidents(client: Client, options: argparse.Namespace, output: Output) -> None:
    """Write what a relation is made of."""
    asked = client.relation(options.a, options.b)
    if output.terminal is None:
        output.write_csv(Incident, asked.incidents(options.limit))
        return
    limit = options.limit or _ROWS
    found = list(asked.incidents(limit + 1))
    output.terminal.heading(f"{asked.pair[0]} – {asked.pair[1]}, {asked.as_of}: tension {asked.tension:.1f}")
    if not found:
        output.terminal.text(f"There are none ({_words(asked.empty_because or 'by_that_day')}).")
        return
    output.terminal.table(
        ["day", "type", "source", "target", "place", "killed", "reports", "points", "by way of"],
        [
            [
                each.day, each.type, each.source, each.target, each.place, each.killed, each.reports,
                each.contribution, each.via,
            ]
            for each in found[:limit]
        ],
    )  # fmt: skip
    _tell_of_more(output.terminal, found, limit)


ANSWERS: Final[dict[str, Callable[[Client, argparse.Namespace, Output], None]]] = {
    "relation": relation,
    "series": series,
    "relations": relations,
    "explain": explain,
    "incidents": incidents,
}


def _lines_of_a_year(client: Client, shown: Sequence[ListedRelation]) -> dict[tuple[str, str], str]:
    end: date = shown[0].as_of
    found = client.at(as_of=end).series([each.pair for each in shown], end - _YEAR, end, "week")
    return {each.pair: _line(each.items) for each in found}


def _line(points: Iterable[TensionPoint]) -> str:
    return sparkline(_known(points), _LINE)


def _known(points: Iterable[TensionPoint]) -> list[float | None]:
    return [None if point.state == "unknown" else point.tension for point in points]


def _words(code: str) -> str:
    return code.replace("_", " ")


def _tell_of_more(terminal: Terminal, found: Sequence[object], limit: int) -> None:
    if len(found) > limit:
        terminal.text(f"These are the first {limit}; there are more: --limit {limit * 5}, or all as CSV.")
