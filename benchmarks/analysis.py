"""What an analyst asks of a long log: against DuckDB, answering the same from the same evidence."""

import math
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.duck import duck_of
from benchmarks.measurement import Measurement
from benchmarks.timing import in_turns
from projections.pairs import Pair
from projections.queries.explanations import explanation_of
from projections.queries.overview.movers import Mover, changes_of_all, movers
from projections.queries.overview.pair_columns import columns_behind
from projections.queries.question import Question
from projections.queries.relation_list import relations_at
from projections.queries.tension_series import Interval, tension_points
from projections.storage.incident_cache import IncidentCache
from projections.storage.store import Store
from projections.times import to_date

_YEAR = 365
_MOST_MOVERS = 5  # of each span, as on the overview
_CLOSE = 1e-6  # relative: the same sums in another order


def measure_all_relations(store: Store, day: int, what: str, target: float) -> Measurement:
    """Measure how all pairs stood on a day in the past."""
    question = Question(day)
    with TemporaryDirectory() as folder, duck_of(store, Path(folder)) as duck, store.reading() as connection:
        cached = IncidentCache().at
        _same_pressures(relations_at(connection, question, cached), duck.all_pressures(day))
        ours, peer = in_turns(lambda: relations_at(connection, question, cached), lambda: duck.all_pressures(day))
    name = f"all relations at a past day, {what}"
    return Measurement(name, "DuckDB, C and K of all pairs from Parquet", "answers/s", 1 / ours, 1 / peer, target)


def measure_series(store: Store, pair: Pair, first: int, last: int) -> list[Measurement]:
    """Measure a pair's daily series over all its years, and the explanation of one year's change beside it."""

    def daily() -> Sequence[Any]:
        return tension_points(connection, pair, question, first, Interval.DAY).points

    def explained() -> object:
        return explanation_of(connection, pair, Question(last - _YEAR), question, limit=10)

    question, years = Question(last), f"{to_date(first).year} to {to_date(last).year}"
    with TemporaryDirectory() as folder, duck_of(store, Path(folder)) as duck, store.reading() as connection:
        _same_series(daily(), duck.series(pair, first, last))
        ours, peer = in_turns(daily, lambda: duck.series(pair, first, last))
        explaining, again = in_turns(explained, daily)
    name = "-".join(pair)
    return [
        Measurement(
            f"daily series of {name}, {years}", "DuckDB, from Parquet", "answers/s", 1 / ours, 1 / peer, 0.5
        ),
        Measurement(
            f"explanation of a year of {name}",
            "its daily series, as above",
            "seconds",
            explaining,
            again,
            2.0,
            is_limit=True,
        ),
    ]


def _same_pressures(found: Any, expected: list[tuple[Any, ...]]) -> None:
    own = found.pressures.sum(axis=1)
    ours = {pair: tuple(own[index]) for index, pair in enumerate(found.pairs)}
    theirs = {(a, b): (c, k) for a, b, c, k in expected}
    _check(ours.keys() == theirs.keys(), "pairs")
    for pair, pressures in theirs.items():
        _check(all(map(_is_close, ours[pair], pressures)), f"pressures of {pair}")


def _same_series(points: Sequence[Any], expected: list[tuple[Any, ...]]) -> None:
    _check(len(points) == len(expected), "days")
    for point, (day, tension, conflict, cooperation) in zip(points, expected, strict=True):
        ours = (point.day, point.tension, point.conflict, point.cooperation_pressure)
        _check(all(map(_is_close, ours, (day, tension, conflict, cooperation))), f"day {day}")


def _is_close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=1e-9)


def _check(is_same: bool, what: str) -> None:
    if not is_same:
        raise AssertionError(f"the peer answers something else: {what}")


def opened(url: str) -> "closing[Store]":
    """Return the store of a database, to be closed."""
    return closing(Store.open(url))


def measure_movers(store: Store, day: int) -> Measurement:
    """Measure which pairs moved most until a day, and why, against the explanations of these pairs alone."""
    question = Question(day)
    with store.reading() as connection:
        cached = IncidentCache().at
        found = relations_at(connection, question, cached, from_incidents=True)
        columns = columns_behind(connection, found, cached)

        def moved() -> dict[int, list[Mover]]:
            return movers(changes_of_all(found, columns, question), found, columns, question, _MOST_MOVERS)

        moves = [each for of_span in moved().values() for each in of_span]

        def explained() -> None:
            for each in moves:
                explanation_of(connection, each.pair, each.before, each.after, limit=10)

        ours, peer = in_turns(moved, explained)
    name = f"what moved {len(moves)} times within a day, a week and a month, and why"
    return Measurement(name, "the explanations of these", "seconds", ours, peer, 1.5, is_limit=True)
