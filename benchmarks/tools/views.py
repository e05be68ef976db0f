"""The views for SQL: what a dashboard asks of a pair's days, by nothing but SQLite."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.duck import duck_of
from benchmarks.measurement import Measurement
from benchmarks.timing import in_turns
from projections.pairs import Pair
from projections.storage.store import Store
from projections.times import to_date

_YEAR = 365
_CLOSE = 1e-6
_OF_A_YEAR = (
    "SELECT day, tension, conflict_pressure, cooperation_pressure FROM tension_daily"
    " WHERE a = ? AND b = ? AND day BETWEEN ? AND ? ORDER BY day"
)


def measure_views(store: Store, pair: Pair, first: int) -> Measurement:
    """Measure a pair's year from a day on by the view of its days, beside DuckDB's from all incidents."""
    last = first + _YEAR - 1
    asked = (*pair, str(to_date(first)), str(to_date(last)))
    with (
        TemporaryDirectory() as folder,
        duck_of(store, Path(folder)) as duck,
        closing(sqlite3.connect(f"file:{store.place}?mode=ro", uri=True)) as connection,
    ):

        def by_view() -> list[tuple[str, float, float, float]]:
            return connection.execute(_OF_A_YEAR, asked).fetchall()

        _check_rows(by_view(), duck.series(pair, first, last))
        ours, peer = in_turns(by_view, lambda: duck.series(pair, first, last))
    name = f"a year of {'-'.join(pair)} by the view tension_daily, SQLite"
    return Measurement(name, "DuckDB, from Parquet", "answers/s", 1 / ours, 1 / peer, 0.5)


def _check_rows(
    found: list[tuple[str, float, float, float]], expected: list[tuple[int, float, float, float]]
) -> None:
    days = [str(to_date(day)) for day, *_ in expected]
    if [day for day, *_ in found] != days:
        raise AssertionError("the view has other days than the peer")
    for (day, *ours), (_, *theirs) in zip(found, expected, strict=True):
        if any(abs(one - other) > _CLOSE for one, other in zip(ours, theirs, strict=True)):
            raise AssertionError(f"the view has other figures on {day} than the peer: {ours}, {theirs}")
