"""The sums of the incidents of all pairs on a day, piece by piece: ten million take a sixth of a second.

What is left of an incident depends on its day and on whether it is a deed: so it is worked out once for each day
that there is, and looked up. In each sum the incidents are added in the order of the columns.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Floats, Ints
from projections.queries.question import Question
from projections.storage.columns.incident_columns import DIRECTIONS, IS_MATERIAL, AllIncidentColumns

_PIECE: Final = 65_536  # rows that are gone through at once, but for pairs that have more: they stay in the cache
_CELLS: Final = 6  # of a pair: three directions, two signs


class SumsByPair(NamedTuple):
    """Sums by pair: pressures by direction and sign, and the decayed number of incidents, where that matters."""

    pressures: Floats
    mass: Floats

    def at(self, places: Ints) -> "SumsByPair":
        """Return those of the pairs at some places."""
        return SumsByPair(self.pressures[places], self.mass[places])


def decayed_sums_by_pair(columns: AllIncidentColumns, question: Question) -> SumsByPair:
    """Return what the incidents of each pair come to on the day of a question, under its model."""
    pressures, mass = np.zeros(len(columns.pairs) * _CELLS), np.zeros(len(columns.pairs))
    lengths = np.diff(columns.starts)
    left = _Left(columns, question)
    for first, last in _pieces(columns):
        rows = slice(int(columns.starts[first]), int(columns.starts[last]))
        weight, kind = columns.weight[rows], columns.kind[rows]
        remaining = left.of(rows)
        own = np.repeat(np.arange(last - first), lengths[first:last])
        cell = own * _CELLS + _FIRST_CELL[kind] + (weight > 0)
        cells = (last - first) * _CELLS
        sums = np.bincount(cell, weights=np.abs(weight) * remaining, minlength=cells)
        pressures[first * _CELLS : last * _CELLS] = sums
        if question.model.uses_mass:
            mass[first:last] = np.bincount(own, weights=remaining, minlength=last - first)
    return SumsByPair(pressures.reshape(-1, 3, 2), mass)


_FIRST_CELL: Final = DIRECTIONS * 2


def _pieces(columns: AllIncidentColumns) -> Iterator[tuple[int, int]]:
    """Yield pieces of all pairs: from one until before another. A pair's sum is one piece's."""
    first, starts = 0, columns.starts
    while first < len(columns.pairs):
        last = int(np.searchsorted(starts, starts[first] + _PIECE, side="right")) - 1
        yield first, (last := max(last, first + 1))
        first = last


class _Left:
    """What is left of incidents on the day of a question, 0..1; nothing before their days."""

    def __init__(self, columns: AllIncidentColumns, question: Question) -> None:
        self._columns, self._question = columns, question
        self._by_day: Floats | None = None
        if not len(columns):
            return
        self._first, last = int(columns.day.min()), int(columns.day.max())
        self._days = last - self._first + 1
        if self._days <= len(columns):  # else fewer are worked out one by one
            ages = question.day - np.arange(self._first, last + 1)
            both = [np.full(self._days, material) for material in (False, True)]
            self._by_day = np.concatenate([question.model.remaining(ages, material) for material in both])

    def of(self, rows: slice) -> Floats:
        """Return what is left of the incidents of some rows."""
        day, kind = self._columns.day[rows], self._columns.kind[rows]
        if self._by_day is None:
            return self._question.model.remaining(self._question.day - day.astype(np.int64), IS_MATERIAL[kind])
        of_deeds = np.where(IS_MATERIAL, self._days, 0) - self._first
        left: Floats = self._by_day[day + of_deeds[kind]]
        return left
