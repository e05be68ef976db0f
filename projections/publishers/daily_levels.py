"""The levels of pairs on the days of their incidents: what every day's tension is made of, by decay alone.

A row follows from the one before it and from the incidents of its day, so it has the same digits whatever the way
there, and what comes late makes anew only what is of its day or later.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import fsum
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple

from sqlalchemy import Connection

from projections.pairs import Pair
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.bulk_rows import Row, delete_since, insert_rows, select_last_before, select_since
from projections.storage.tables import SUMMED_LEVELS, daily_levels, incidents

DAILY_LEVEL: Final = ("a", "b", "day", *SUMMED_LEVELS)  #: the columns of a row of `daily_levels`

_HALF_LIVES: Final = DEFAULT_MODEL.half_lives * 2  # of each level
_NOTHING: Final = 1e-30  # what decays on from here is nothing to anybody, and soon too small for a float


class _Weight(NamedTuple):
    """What an incident adds to the levels of its pair on its day."""

    a: str
    b: str
    day: int
    weight: float
    material: bool


_BY_PAIR: Final = itemgetter(0, 1)
_OF_INCIDENT: Final = attrgetter(*_Weight._fields)


def first_days(changed: Iterable[Incident]) -> dict[Pair, int]:
    """Return by pair the first day of some incidents."""
    found: dict[Pair, int] = {}
    for incident in changed:
        pair = (incident.a, incident.b)
        found[pair] = min(found.get(pair, incident.day), incident.day)
    return found


def write_daily_levels(connection: Connection, since: Mapping[Pair, int]) -> None:
    """Make the levels of some pairs anew from a day on, from the incidents that are stored."""
    wanted = [(*pair, day) for pair, day in sorted(since.items())]
    stored = select_last_before(connection, daily_levels, DAILY_LEVEL, wanted)
    before: dict[Pair, Row] = {(row[0], row[1]): row for row in stored}
    delete_since(connection, daily_levels, wanted)
    weights = map(_Weight._make, select_since(connection, incidents, _Weight._fields, wanted))
    by_pair = groupby(weights, key=_BY_PAIR)
    rows = [row for pair, of_pair in by_pair for row in _rows(of_pair, before.get(pair))]
    insert_rows(connection, daily_levels, DAILY_LEVEL, rows)


def daily_level_rows(by_pair: Mapping[Pair, Sequence[Incident]]) -> list[Row]:
    """Return all rows of some pairs, whose incidents are all there and in the order of days."""
    return [
        row for of_pair in by_pair.values() for row in _rows((_Weight(*_OF_INCIDENT(i)) for i in of_pair), None)
    ]


def _rows(weights: Iterable[_Weight], before: Row | None) -> Iterable[Row]:
    """Yield the rows of a pair's days, `before` being the last row that stays."""
    day, levels = (before[2], before[3:]) if before else (0, (0.0,) * len(SUMMED_LEVELS))
    for today, of_day in groupby(weights, key=attrgetter("day")):
        new: list[list[float]] = [[] for _ in SUMMED_LEVELS]
        pair = ("", "")
        for a, b, _, weight, material in of_day:
            pair = a, b
            new[2 * (weight > 0) + bool(material)].append(abs(weight))
        levels = tuple(
            _faded(level, today - day, half_life) + (fsum(added) if added else 0.0)
            for level, half_life, added in zip(levels, _HALF_LIVES, new, strict=True)
        )
        day = today
        yield (*pair, day, *levels)


def _faded(level: float, days: int, half_life: int) -> float:
    left = level * 2.0 ** (-days / half_life) if level else 0.0
    return left if left > _NOTHING else 0.0
