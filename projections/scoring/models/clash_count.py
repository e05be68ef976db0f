"""A reference model: the number of clashes in the last days. It knows no cooperation."""

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from domain.standards.plover import TYPES, Kind
from projections.arrays import Bools, Floats, Ints
from projections.scoring.decay import sums_within, weeks_within, within
from projections.scoring.models.base import (
    CLASHES,
    DAYS,
    LEAST_PRESSURE,
    POINTS,
    PRIOR,
    SLACK,
    TREND_DAYS,
    TREND_PRESSURE,
    TREND_RATIO,
    USUAL_DAYS,
    Model,
    Number,
    constant,
)

_CLASH_TYPES: Final = frozenset(TYPES[Kind.CLASH])


@dataclass(frozen=True, slots=True)
class ClashCount(Model):
    """A count of clash incidents: those of the last `clash_window` days."""

    family: ClassVar[str] = "clash-count"
    description: ClassVar[str] = (
        "The number n of clash incidents in the last days, as tension 100 n / (n + prior)."
    )

    name: str
    prior: float = constant(3.0, PRIOR)  # clashes at which the tension reaches half of its range
    unknown_below: float = constant(0.5, LEAST_PRESSURE)
    high: float = constant(50.0, POINTS)
    elevated: float = constant(25.0, POINTS)
    hysteresis: float = constant(2.0, SLACK)
    clash_window: int = constant(30, DAYS)
    clashes_for_conflict: int = constant(2, CLASHES)
    trend_window: int = constant(30, TREND_DAYS)
    trend_ratio: float = constant(1.5, TREND_RATIO)
    trend_least: float = constant(2.0, TREND_PRESSURE)  # clashes
    usual_window: int = constant(1826, USUAL_DAYS)

    def weight(self, plover_type: str | None, publishers: int, killed: int | None, wounded: int | None) -> float:
        """Return what an incident counts: -1 (it is conflict) for a clash, else 0."""
        return -1.0 if plover_type in _CLASH_TYPES else 0.0

    def remaining(self, age: Ints, material: Bools) -> Floats:
        """Return 1 for each age within the window, else 0."""
        return within(age, self.clash_window)

    def daily_sums(self, days: Ints, weights: Floats, material: Bools, on: Ints) -> tuple[Floats, Floats]:
        """Return the numbers of clashes and of cooperation on each of some days, which are in order."""
        hostile = weights < 0
        clashes, others = (
            sums_within(days[chosen], np.abs(weights[chosen]), self.clash_window, on)
            for chosen in (hostile, ~hostile)
        )
        return clashes, others

    def weekly_conflict(
        self, row: Ints, days: Ints, weights: Floats, material: Bools, rows: int, on: Ints
    ) -> Floats:
        """Return the number of clashes of each of some rows on each of some days that are a week apart."""
        total = np.zeros(rows * len(on))
        for chosen, at, _ in weeks_within(days, self.clash_window, on):
            total += np.bincount(row[chosen] * len(on) + at, weights=np.abs(weights[chosen]), minlength=len(total))
        return total.reshape(rows, len(on))

    @property
    def window(self) -> tuple[int, int]:
        """How many days back an incident still counts: the day itself is one of the window."""
        return self.clash_window - 1, self.clash_window - 1

    def forgotten_after(self, days: Ints, weights: Floats, on: Ints) -> Ints:
        """Return after how many days the incidents until each of some days are out of the window."""
        return np.full(len(on), self.clash_window + 1)

    def scores(self, conflict: Number, cooperation: Number, mass: Number) -> tuple[Number, Number]:
        """Return the tension of a number of clashes, and no cooperation."""
        return 100.0 * conflict / (conflict + self.prior), 0.0 * conflict

    def points_per_weight(self, conflict: float, cooperation: float, mass: float) -> tuple[float, float]:
        """Return how many points of tension a clash makes."""
        return 100.0 / (conflict + self.prior), 0.0
