"""Incidents as columns, and the pressures that they come to.

Days are whole numbers, days since 1970-01-01 (UTC). A weight carries the sign of its incident's intensity:
below zero is conflict, above is cooperation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints
from projections.scoring.incidents import Incident
from projections.scoring.models import Model


class Pressures(NamedTuple):
    """Conflict and cooperation pressure, both at least 0."""

    conflict: float
    cooperation: float


@dataclass(frozen=True, slots=True)
class IncidentColumns:
    """Incidents as columns. `direction`: 0 from the pair's first actor to its second, 1 back, 2 mutual."""

    day: Ints
    weight: Floats
    material: Bools
    direction: Ints
    assault: Bools

    @classmethod
    def of(cls, rows: list[tuple[Any, ...]]) -> "IncidentColumns":
        """Return the columns of rows of (day, weight, material, direction, assault)."""
        day, weight, material, direction, assault = zip(*rows, strict=True) if rows else ((),) * 5
        return cls(
            np.asarray(day, dtype=np.int64),
            np.asarray(weight, dtype=np.float64),
            np.asarray(material, dtype=np.bool_),
            np.asarray(direction, dtype=np.int64),
            np.asarray(assault, dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.day)

    def at(self, places: Ints | slice) -> "IncidentColumns":
        """Return the incidents at some places."""
        return IncidentColumns(
            self.day[places],
            self.weight[places],
            self.material[places],
            self.direction[places],
            self.assault[places],
        )

    def remaining_on(self, day: int, model: Model) -> Floats:
        """Return the share that is left of each incident's weight on a day, 0..1; 0 before its day."""
        return model.remaining(day - self.day, self.material)

    def weights_on(self, day: int, model: Model) -> Floats:
        """Return each incident's decayed weight w on a day, with its sign."""
        return self.weight * self.remaining_on(day, model)

    def mass_on(self, day: int, model: Model) -> float:
        """Return the decayed number of incidents; 0 where the model's scores do not need it."""
        return float(self.remaining_on(day, model).sum()) if model.uses_mass else 0.0

    def pressures_on(self, day: int, model: Model) -> Pressures:
        """Return the pressures that the incidents exert on a day."""
        weights = self.weights_on(day, model)
        return Pressures(abs(float(weights[weights < 0].sum())), float(weights[weights > 0].sum()))

    def directed_on(self, day: int, model: Model) -> tuple[Pressures, Pressures]:
        """Return the pressures of each direction; what is mutual stands in both."""
        weights = self.weights_on(day, model)
        both = []
        for direction in (0, 1):
            seen = weights[(self.direction == direction) | (self.direction == 2)]
            both.append(Pressures(abs(float(seen[seen < 0].sum())), float(seen[seen > 0].sum())))
        return both[0], both[1]

    def daily(self, first: int, last: int, model: Model) -> tuple[Floats, Floats]:
        """Return conflict and cooperation pressure for each day from `first` to `last`, both included."""
        return model.daily_sums(self.day, self.weight, self.material, first, last)

    def daily_mass(self, first: int, last: int, model: Model) -> Floats:
        """Return the decayed number of incidents for each day; zeros where the model's scores do not need it."""
        return model.daily_mass(self.day, self.material, first, last)

    def assaults_within(self, first: int, last: int, window: int) -> Ints:
        """Return for each day the number of ASSAULT incidents on it and the `window - 1` days before."""
        length = max(last - first + 1, 0)
        days = self.day[self.assault & (self.day <= last) & (self.day > first - window)] - (first - window + 1)
        if not len(days):
            return np.zeros(length, dtype=np.int64)
        running = np.concatenate(([0], np.cumsum(np.bincount(days, minlength=length + window - 1))))
        return running[window : window + length] - running[:length]


def columns_of(incidents: Sequence[Incident]) -> IncidentColumns:
    """Return incidents as columns."""
    return IncidentColumns.of([(i.day, i.weight, i.material, i.direction, i.type == "ASSAULT") for i in incidents])
