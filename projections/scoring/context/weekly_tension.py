"""The tension of many pairs on some days at once, such as the ends of a year's weeks. Pure arrays.

It is what each pair's own series comes to: incidents are added up by pair and day, and what they come to decays
from one of the days to the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.scoring.decay import WEEK
from projections.scoring.models import Model

_SUNDAY: Final = 3  # day 3, 1970-01-04, was one


@dataclass(frozen=True, slots=True)
class IncidentsOfRows:
    """Incidents of several pairs as columns: `row` says of which pair each is, by its place."""

    row: Ints
    day: Ints
    weight: Floats
    material: Bools


class SpillPath(NamedTuple):
    """That the conflict of one row spills over to another one: on each of some days which share of it."""

    row: int
    client_row: int
    share: Floats


def tension_on_days(
    incidents: IncidentsOfRows, rows: int, paths: Iterable[SpillPath], on: Ints, model: Model
) -> Floats:
    """Return the tension of each of some rows on each of some days, which are in order: [row, day], 0..100."""
    row, day, material = incidents.row, incidents.day, incidents.material
    amounts, sign = np.abs(incidents.weight), (incidents.weight > 0).astype(np.int64)
    own, cooperation = model.sums_of_rows(sign * rows + row, day, amounts, material, 2 * rows, on).reshape(
        2, rows, len(on)
    )
    conflict = own.copy()
    for path in paths:
        conflict[path.row] += own[path.client_row] * path.share
    mass = np.zeros(conflict.shape)
    if model.uses_mass:
        mass = model.sums_of_rows(row, day, np.ones(len(amounts)), material, rows, on)
    return model.scores(conflict, cooperation, mass)[0]


def week_ends(day: int, weeks: int) -> Ints:
    """Return the ends of the last weeks until a day: Sundays, and last of all the day itself."""
    last = day - 1 - (day - 1 - _SUNDAY) % WEEK
    return np.append(np.arange(last - (weeks - 2) * WEEK, last + 1, WEEK), day)
