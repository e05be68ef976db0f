"""The levels of pairs on the days of their incidents: what every day's tension is made of, by decay alone.

A row follows from the one before it and from the incidents of its day, so it has the same digits whatever the way
there, and what comes late makes anew only what is of its day or later.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from math import fsum
from operator import attrgetter, itemgetter
from typing import Final

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.bulk_rows import Row, insert_rows
from projections.storage.by_pair.since import delete_since, select_last_before, select_since
from projections.storage.tables import SUMMED_LEVELS, daily_levels, incidents

DAILY_LEVEL: Final = ("a", "b", "day", *SUMMED_LEVELS)  #: the columns of a row of `daily_levels`
_HALF_LIVES: Final = DEFAULT_MODEL.half_lives * 2  # of each level

_NEVER: Final = 2**31 - 1  # a day behind all others
_NOTHING: Final = 1e-30  # what decays on from here is nothing to anybody, and soon too small for a float


#: Of an incident: its pair, its day, what it weighs, whether it is a deed.
_Weight = tuple[str, str, int, float, bool]
_WEIGHT: Final = ("a", "b", "day", "weight", "material")  # its columns
_BY_PAIR: Final = itemgetter(0, 1)
_DAY: Final = itemgetter(2)
_OF_INCIDENT: Final = attrgetter(*_WEIGHT)


def first_days(changed: Iterable[Incident]) -> dict[Pair, int]:
    """Return by pair the first day of some incidents."""
    found: dict[Pair, int] = {}
    for incident in changed:
        pair = (incident.a, incident.b)
        found[pair] = min(found.get(pair, incident.day), incident.day)
    return found


def write_daily_levels(connection: Connection, since: Mapping[Pair, int], come: Iterable[Incident]) -> None:
    """Make the levels of some pairs anew from a day on, from the incidents that are stored.

    Of a pair of which all days with incidents are earlier, nothing is read: what has `come` is all there is since.
    """
    ever = [(*pair, _NEVER) for pair in since]
    last: dict[Pair, Row] = _by_pair(select_last_before(connection, daily_levels, DAILY_LEVEL, ever))
    later = {pair for pair, day in since.items() if pair not in last or last[pair][2] < day}
    rows = [row for pair, of_pair in _weights(come, later).items() for row in _rows(of_pair, last.get(pair))]
    wanted = [(*pair, day) for pair, day in sorted(since.items()) if pair not in later]
    before = _by_pair(select_last_before(connection, daily_levels, DAILY_LEVEL, wanted))
    delete_since(connection, daily_levels, wanted)
    read = groupby(select_since(connection, incidents, _WEIGHT, wanted), key=_BY_PAIR)
    rows += [row for pair, of_pair in read for row in _rows(of_pair, before.get(pair))]
    insert_rows(connection, daily_levels, DAILY_LEVEL, rows)


def _by_pair(rows: Iterable[Row]) -> dict[Pair, Row]:
    return {(row[0], row[1]): row for row in rows}


def _weights(found: Iterable[Incident], pairs: Collection[Pair]) -> dict[Pair, list[_Weight]]:
    """Return what the incidents of some pairs weigh, in the order of days."""
    by_pair: defaultdict[Pair, list[_Weight]] = defaultdict(list)
    for weight in map(_OF_INCIDENT, found):
        if (pair := (weight[0], weight[1])) in pairs:
            by_pair[pair].append(weight)
    for of_pair in by_pair.values():
        of_pair.sort(key=_DAY)
    return by_pair


def daily_level_rows(by_pair: Mapping[Pair, Sequence[Incident]], before: Mapping[Pair, Row]) -> list[Row]:
    """Return the rows of some pairs, whose incidents are in the order of days; `before` are their last before."""
    return [
        row for pair, of_pair in by_pair.items() for row in _rows(map(_OF_INCIDENT, of_pair), before.get(pair))
    ]


def _rows(weights: Iterable[_Weight], before: Row | None) -> Iterable[Row]:
    """Yield the rows of a pair's days, `before` being the last row that stays."""
    day, levels = (before[2], list(before[3:])) if before else (0, [0.0] * len(SUMMED_LEVELS))
    new: dict[int, float | list[float]] = {}  # what is added to each level on a day: as a rule it is one weight
    pair = ("", "")
    for a, b, today, weight, material in weights:
        if today != day:
            if new:
                yield (*pair, day, *_with(levels, new))
            if before or pair[0]:  # else there is nothing yet to decay
                left = [level * share for level, share in zip(levels, _shares(today - day), strict=True)]
                levels = [level if level > _NOTHING else 0.0 for level in left]
            day, pair, new = today, (a, b), {}
        elif not new:
            pair = (a, b)
        number = 2 * (weight > 0) + (1 if material else 0)
        known = new.get(number)
        if known is None:
            new[number] = abs(weight)
        elif isinstance(known, list):
            known.append(abs(weight))
        else:
            new[number] = [known, abs(weight)]
    if new:
        yield (*pair, day, *_with(levels, new))


def _with(levels: list[float], new: Mapping[int, float | list[float]]) -> list[float]:
    """Add to levels what is new on a day, each level's together first."""
    for number, added in new.items():
        levels[number] += fsum(added) if isinstance(added, list) else added
    return levels


@lru_cache(maxsize=65536)
def _shares(days: int) -> tuple[float, ...]:
    """Return what decay leaves of each level after some days."""
    return tuple(float(2.0 ** (-days / half_life)) for half_life in _HALF_LIVES)


def levels_after(levels: Floats, days: Ints) -> Floats:
    """Return what is left of rows of levels after some days of each, as rows of later days have it."""
    found, place = np.unique(days, return_inverse=True)
    left: Floats = levels * np.array([_shares(each) for each in found.tolist()])[place]
    left[left <= _NOTHING] = 0.0
    return left
