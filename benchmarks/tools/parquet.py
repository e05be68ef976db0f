"""All incidents as Parquet over HTTP, beside DuckDB's COPY from the same tables of SQLite."""

import json
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import duckdb

from benchmarks.analysis import opened
from benchmarks.lifelike.kept import FOLDER
from benchmarks.measurement import Measurement
from benchmarks.peers import parquet_from_sqlite
from benchmarks.serving import family_cpu_seconds, served
from benchmarks.timing import seconds
from benchmarks.tools.files import COLUMNS, INCIDENTS
from tests.server import ServerClient

_TURNS: Final = 9
_PROGRAM: Final = Path(parquet_from_sqlite.__file__)
#: What is in a row of a file without `columns`, but for the place, which no incident of Levant has.
_ROW: Final = """
    id, CASE direction WHEN 1 THEN b ELSE a END AS source, CASE direction WHEN 1 THEN a ELSE b END AS target,
    direction = 2 AS reciprocal, type, DATE '1970-01-01' + day::INTEGER AS day, publishers, reports,
    killed, killed_low, killed_high, wounded, wounded_low, wounded_high,
    coalesce(killed_high > 2 * killed, false) OR coalesce(wounded_high > 2 * wounded, false) AS disputed
"""
_ASKED: Final = f"SELECT {_ROW} FROM incidents ORDER BY day DESC, id"  # noqa: S608  # nothing of it is given


class _Taken(NamedTuple):
    """The seconds that an answer took, of processors and of the clock."""

    processor: float
    clock: float


def measure_parquet(url: str) -> list[Measurement]:
    """Measure all incidents of a log as Parquet over HTTP, beside DuckDB that copies the same rows in order.

    The peer is DuckDB's COPY to a file, with the same compression and one thread, from the SQLite tables that the
    server reads, by DuckDB's extension for SQLite; it has opened them before, in a process of its own. Ours is the
    answer over HTTP, written to a file; its processor time is that of all processes of the server. Of both, the
    least of several in turns. The files are compared row by row.
    """
    with opened(url) as store:
        tables = Path(store.place)
    with TemporaryDirectory() as folder:
        ours_file, its_file = (Path(folder) / name for name in ("ours.parquet", "its.parquet"))
        with served(url) as server, _copying(tables, its_file) as copy:
            turns = [(_ask(server, ours_file), copy()) for _ in range(1 + _TURNS)][1:]
        check_same_rows(ours_file, its_file)
    ours, its = (_Taken(*map(min, zip(*of_one, strict=True))) for of_one in zip(*turns, strict=True))
    name, against = "all incidents of Levant as Parquet over HTTP", "DuckDB's COPY from the same SQLite tables"
    return [
        Measurement(name, against, "answers/CPU s", 1 / ours.processor, 1 / its.processor, 0.5),
        Measurement(f"{name}, by the clock", against, "answers/s", 1 / ours.clock, 1 / its.clock, 0.5),
    ]


def _ask(server: ServerClient, file: Path) -> _Taken:
    """Ask for the incidents, and write the answer to a file."""

    def write() -> None:
        answer = server.get(INCIDENTS, params={"format": "parquet"}, headers={"Cache-Control": "no-store"})
        file.write_bytes(answer.raise_for_status().content)

    before = family_cpu_seconds(server.process_id)
    clock = seconds(write)
    return _Taken(family_cpu_seconds(server.process_id) - before, clock)


@contextmanager
def _copying(tables: Path, file: Path) -> Iterator[Callable[[], _Taken]]:
    """Yield what has DuckDB copy all incidents from SQLite's tables to a Parquet file, once each time."""
    command = [
        str(python_with(_PROGRAM.with_suffix(".txt"), FOLDER)),
        str(_PROGRAM),
        str(tables),
        _ASKED,
        str(file),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asking, answers = process.stdin, process.stdout

        def copy() -> _Taken:
            asking.write("\n")
            asking.flush()
            return _Taken(*json.loads(answers.readline()))

        yield copy


def python_with(wanted: Path, folder: Path) -> Path:
    """Return a Python that has what a file of requirements names: made once, and kept in a folder."""
    place = folder / f"duckdb-{blake2b(wanted.read_bytes(), digest_size=8).hexdigest()}"
    python, made = place / "bin" / "python", place / "made"
    if not made.exists():
        rmtree(place, ignore_errors=True)
        venv.create(place)
        pip = [sys.executable, "-m", "pip", "--python", str(python)]
        subprocess.run([*pip, "install", "--quiet", "--requirement", str(wanted)], check=True)
        made.touch()
    return python


def check_same_rows(ours: Path, its: Path) -> None:
    """Check that two files hold the same rows, in any order. Raises `AssertionError`."""
    names = ", ".join(COLUMNS)
    with duckdb.connect() as duck:
        different = duck.execute(
            f"SELECT count(*) FROM (SELECT {names} FROM '{ours}' EXCEPT ALL SELECT {names} FROM '{its}')"  # noqa: S608
        ).fetchone()
        counts = [duck.execute(f"SELECT count(*) FROM '{file}'").fetchone() for file in (ours, its)]  # noqa: S608
    if different != (0,) or counts[0] != counts[1]:
        raise AssertionError(f"the files differ: {different} rows are not in the peer's, of {counts}")
