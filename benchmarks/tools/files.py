"""Whole lists as files, over HTTP: a frame of pandas, and a long list against a short one."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import httpx
import pandas as pd
from detente_client import Client

from benchmarks.analysis import opened
from benchmarks.measurement import Measurement
from benchmarks.serving import family, family_cpu_seconds, peak_memory, served
from benchmarks.timing import in_turns
from projections.times import to_date

INCIDENTS: Final = "/v1/incidents"
COLUMNS: Final = (
    *("id", "source", "target", "reciprocal", "type", "day", "publishers", "reports"),
    *("killed", "killed_low", "killed_high", "wounded", "wounded_low", "wounded_high", "disputed"),
)
#: Rows, few and many, of formats in which reports are not looked for. XLSX takes ten times as long for each.
_ROWS: Final = {
    **dict.fromkeys(("parquet", "arrow", "csv"), (100_000, 1_000_000)),
    "xlsx": (100_000, 300_000),
}


def measure_frame(url: str) -> Measurement:
    """Measure all incidents of a log through the client into a frame, beside pandas that reads them from CSV."""
    with served(url) as server, Client(str(server.base_url)) as client, TemporaryDirectory() as folder:
        file = Path(folder) / "incidents.csv"
        columns = ",".join(("place", *COLUMNS))
        asked = {"limit": "all", "format": "csv", "columns": columns}
        file.write_bytes(server.get(INCIDENTS, params=asked, timeout=None).raise_for_status().content)

        def from_disk() -> int:
            return len(pd.read_csv(file, parse_dates=["day"]))

        def by_client() -> int:
            return len(client.incidents().to_pandas())

        if by_client() != from_disk():
            raise AssertionError("the frames have other lengths")
        ours, peer = in_turns(by_client, from_disk)
    name = "all incidents of Levant into a frame of pandas"
    return Measurement(name, "pandas, the same CSV from disk", "frames/s", 1 / ours, 1 / peer, None)


def measure_file_memory(url: str, long: str) -> list[Measurement]:
    """Measure long lists over HTTP beside short ones: peak memory, and processor time a row.

    Those of NDJSON are incidents of the long log, with their reports, up to a day. Of other formats, in which
    reports are only where they are asked for, they are those of the other log, and copies of them under other ids
    without reports. Memory and time are those of the server's processes together.
    """
    counts = {count for of_form in _ROWS.values() for count in of_form}
    with TemporaryDirectory() as folder:
        copied = {
            count: _Asked(_with_rows(url, Path(folder) / str(count), count), count) for count in sorted(counts)
        }
        rows = [
            each
            for form, (few, many) in _ROWS.items()
            for each in _beside(f"incidents as {form}", form, copied[few], copied[many])
        ]
    few, many = (_up_to_a_day(long, count) for count in _ROWS["parquet"])
    return rows + _beside("incidents with their reports as ndjson", "ndjson", few, many)


class _Asked(NamedTuple):
    """A database, how many of its incidents are asked for, and up to which day, None for all."""

    url: str
    rows: int
    last: date | None = None


def _up_to_a_day(url: str, count: int) -> _Asked:
    """Return the incidents of a log up to the day on which there are so many, or more for the first time."""
    with opened(url) as store, closing(sqlite3.connect(store.place)) as connection:
        ordered = "SELECT day FROM incidents ORDER BY day LIMIT 1 OFFSET ?"
        (last,) = connection.execute(ordered, (count - 1,)).fetchone()
        (found,) = connection.execute("SELECT count(*) FROM incidents WHERE day <= ?", (last,)).fetchone()
    return _Asked(url, found, to_date(last))


def _beside(what: str, form: str, short: _Asked, long: _Asked) -> list[Measurement]:
    """Return the rows for a format, given what few and many incidents are asked for."""
    few, many = short.rows, long.rows
    few_memory, few_time = _asked_of(short, form)
    memory, time = _asked_of(long, form)
    name, against = f"{many:,} {what} over HTTP", f"{few:,}"
    per_row = time / many * 1e6, few_time / few * 1e6
    return [
        Measurement(f"peak memory: {name}", against, "MiB", memory, few_memory, 1.2, is_limit=True),
        Measurement(f"CPU time a row: {name}", against, "us", *per_row, 1.2, is_limit=True),
    ]


def _asked_of(asked: _Asked, form: str) -> tuple[float, float]:
    """Return the peak memory of a new server in MiB, its processes together, and their seconds for an answer."""
    with served(asked.url) as server:
        _read_all(server, form, limit="1")  # what is done once is done
        before = family_cpu_seconds(server.process_id)
        _read_all(server, form, limit="all", **({} if asked.last is None else {"to": str(asked.last)}))
        taken = family_cpu_seconds(server.process_id) - before
        return sum(map(peak_memory, family(server.process_id))) / 2**20, taken


def _read_all(server: httpx.Client, form: str, **asked: str) -> None:
    with server.stream("GET", INCIDENTS, params={"format": form, **asked}, timeout=None) as answer:
        answer.raise_for_status()
        for _ in answer.iter_raw():
            pass


def _with_rows(url: str, folder: Path, count: int) -> str:
    """Return the URL of a copy of a log whose projections hold so many incidents."""
    folder.mkdir()
    place = Path(url.removeprefix("sqlite:///"))
    for file in place.parent.glob(f"{place.stem}.*"):
        if file.suffix == ".db" and not file.is_symlink():
            copy(file, folder / file.name)
    with opened(f"sqlite:///{folder / place.name}") as store:
        tables = store.place
    with closing(sqlite3.connect(tables)) as connection, connection:
        names = [name for _, name, *_ in connection.execute("PRAGMA table_info(incidents)")]
        copied = ", ".join("id || '#' || number" if name == "id" else name for name in names)
        there = connection.execute("SELECT count(*) FROM incidents").fetchone()[0]
        copies = "SELECT 1 AS number UNION ALL SELECT number + 1 FROM copies WHERE number * ? < ?"
        added = f"SELECT {copied} FROM copies CROSS JOIN incidents LIMIT max(? - ?, 0)"  # noqa: S608
        connection.execute(
            f"WITH RECURSIVE copies AS ({copies}) INSERT INTO incidents {added}",
            (there, count, count, there),
        )
        surplus = "SELECT id FROM incidents ORDER BY id LIMIT max(? - ?, 0)"
        connection.execute(f"DELETE FROM incidents WHERE id IN ({surplus})", (there, count))  # noqa: S608
    return f"sqlite:///{folder / place.name}"
