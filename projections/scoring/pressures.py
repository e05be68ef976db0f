"""Incidents as columns, and the pressures that they come to.

Days are whole numbers, days since 1970-01-01 (UTC). A weight carries the sign of its incident's intensity:
below zero is conflict, above is cooperation.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from domain.standards.plover import ASSAULT
from projections.arrays import Bools, Floats, Ints
from projections.scoring.decay import sums_within
from projections.scoring.incidents import Incident
from projections.scoring.models import Model
from projections.scoring.models.state_rules import NEVER


class Pressures(NamedTuple):
    """Conflict and cooperation pressure, both at least 0."""

    conflict: float
    cooperation: float


class Weighed(Protocol):
    """Incidents as columns, as far as their weights go."""

    @property
    def day(self) -> Ints:
        """Their days."""

    @property
    def weight(self) -> Floats:
        """What they weigh on their days, with their signs."""

    @property
    def material(self) -> Bools:
        """Which are deeds."""


@dataclass(frozen=True, slots=True)
class WeighedColumns:
    """Incidents as columns: nothing but their weights."""

    day: Ints
    weight: Floats
    material: Bools


NO_INCIDENTS: Final[Weighed] = WeighedColumns(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_))


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
        return cls.of_columns(*(zip(*rows, strict=True) if rows else ((),) * 5))

    @classmethod
    def of_columns(
        cls,
        day: Sequence[int],
        weight: Sequence[float],
        material: Sequence[bool],
        direction: Sequence[int],
        assault: Sequence[bool],
    ) -> "IncidentColumns":
        """Return the columns that hold these."""
        return cls(
            np.asarray(day, dtype=np.int64),
            np.asarray(weight, dtype=np.float64),
            np.asarray(material, dtype=np.bool_),
            np.asarray(direction, dtype=np.int64),
            np.asarray(assault, dtype=np.bool_),
        )

    @classmethod
    def joined(cls, parts: Collection["IncidentColumns"]) -> "IncidentColumns":
        """Return the columns of some parts, one behind the other."""
        names = [each.name for each in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

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

    def with_inserted(self, places: Sequence[int], others: "IncidentColumns") -> "IncidentColumns":
        """Return the incidents with others, each before the one that is at its place now."""
        names = [each.name for each in fields(self)]
        return IncidentColumns(*(np.insert(getattr(self, name), places, getattr(others, name)) for name in names))

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

    def daily(self, on: Ints, model: Model) -> tuple[Floats, Floats]:
        """Return conflict and cooperation pressure on each of some days, which are in order."""
        return model.daily_sums(self.day, self.weight, self.material, on)

    def daily_mass(self, on: Ints, model: Model) -> Floats:
        """Return the decayed number of incidents on each of some days; zeros where the scores do not need it."""
        return model.daily_mass(self.day, self.material, on)

    def assaults_within(self, on: Ints, window: int) -> Ints:
        """Return for each of some days, in order, how many ASSAULTs are of it and the `window - 1` days before."""
        days = self.day[self.assault]
        if not len(days):
            return np.zeros(len(on), dtype=np.int64)
        return sums_within(days, np.ones(len(days)), window, on).astype(np.int64)

    def quiet_days(self, on: Ints) -> Ints:
        """Return for each of some days how many have gone by since the last conflict; `NEVER` before the first."""
        days = np.sort(self.day[self.weight < 0])
        if not len(days):
            return np.full(len(on), NEVER)
        place = np.searchsorted(days, on, side="right") - 1
        quiet: Ints = np.where(place >= 0, on - days[place], NEVER)
        return quiet


def columns_of(incidents: Sequence[Incident]) -> IncidentColumns:
    """Return incidents as columns."""
    return IncidentColumns.of([(i.day, i.weight, i.material, i.direction, i.type == ASSAULT) for i in incidents])
