"""A daily series of 32 years through the client into a frame, against pandas that reads the same CSV from disk."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import pandas as pd
from detente_client import Client

from benchmarks.measurement import Measurement
from benchmarks.serving import served

_YEARS: Final = 32
_DAYS: Final = round(_YEARS * 365.25)
_TIMES: Final = 15


def measure_series(url: str, last: date) -> list[Measurement]:
    """Measure the most tense pair of a log on a day: a series that was asked for before, and one that was not.

    Of both, the fastest of several. Days are read as days by both; the client has categories and counts besides.
    """
    with served(url) as server, Client(str(server.base_url)) as client, TemporaryDirectory() as folder:
        then = client.at(as_of=last)
        (tense,) = then.relations(1)
        relation = then.relation(*tense.pair)
        first = last - timedelta(_DAYS)
        file = Path(folder) / "series.csv"
        days = {"from": first.isoformat(), "to": last.isoformat(), "as_of": last.isoformat(), "interval": "day"}
        answer = server.get(f"/v1/relations/{'/'.join(tense.pair)}/tension", params={**days, "format": "csv"})
        file.write_bytes(answer.raise_for_status().content)

        def again(_: int) -> int:
            return len(relation.series(first, last, "day").to_pandas())

        def anew(number: int) -> int:
            return len(relation.series(first + timedelta(number + 1), last, "day").to_pandas())

        def peer(_: int) -> int:
            return len(_read(file))

        fastest = _fastest(peer)
        name = f"daily series of {_YEARS} years into a frame of pandas"
        against = "pandas, the same CSV from disk"
        return [
            Measurement(name, against, "series/s", 1 / _fastest(again), 1 / fastest, 0.5),
            Measurement(f"{name}, first asked", against, "series/s", 1 / _fastest(anew), 1 / fastest, None),
        ]


def _read(file: Path) -> Any:
    return pd.read_csv(file, parse_dates=["day", "last_clash_day"])


def _fastest(read: Callable[[int], int]) -> float:
    """Return the seconds of the fastest of several reads, each of as many rows."""
    taken = []
    for number in range(_TIMES):
        began = perf_counter()
        rows = read(number)
        taken.append(perf_counter() - began)
        assert _DAYS - _TIMES <= rows <= _DAYS + 1, rows
    return min(taken)
