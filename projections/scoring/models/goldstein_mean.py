"""A reference model: the decayed mean of the incidents' intensities, -10 hostile .. 10 friendly.

It has one axis: its cooperation is what the tension leaves of 100.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from domain.standards.plover import intensity
from projections.scoring.models.base import (
    CLASHES,
    DAYS,
    LEAST_PRESSURE,
    POINTS,
    SLACK,
    TREND_DAYS,
    TREND_PRESSURE,
    TREND_RATIO,
    USUAL_DAYS,
    DecayingModel,
    Number,
    constant,
)

MIDDLE: Final = 50.0  #: the tension at a mean of 0, and where there is nothing to take the mean of
POINTS_PER_SCORE: Final = 5.0  #: of tension, for each unit of the mean


@dataclass(frozen=True, slots=True)
class GoldsteinMean(DecayingModel):
    """A decayed mean of intensities, as points of a tension that is 50 at a mean of 0."""

    family: ClassVar[str] = "goldstein-mean"
    description: ClassVar[str] = (
        "The decayed mean of the incidents' intensities, -10 to 10, as tension: 100 at -10, 50 at 0, 0 at 10."
    )
    uses_mass: ClassVar[bool] = True

    name: str
    half_life: int = constant(90, DAYS)
    unknown_below: float = constant(0.5, LEAST_PRESSURE)
    high: float = constant(75.0, POINTS)  # a mean of -5
    elevated: float = constant(62.5, POINTS)  # a mean of -2.5
    hysteresis: float = constant(2.0, SLACK)
    clash_window: int = constant(30, DAYS)
    clashes_for_conflict: int = constant(2, CLASHES)
    trend_window: int = constant(30, TREND_DAYS)
    trend_ratio: float = constant(1.5, TREND_RATIO)
    trend_least: float = constant(4.0, TREND_PRESSURE)  # of which an ASSAULT has 9
    usual_window: int = constant(1826, USUAL_DAYS)

    @property
    def half_lives(self) -> tuple[int, int]:
        """The half-life, which is that of words and of deeds, in days."""
        return self.half_life, self.half_life

    def weight(self, plover_type: str | None, publishers: int, killed: int | None, wounded: int | None) -> float:
        """Return the intensity, whoever tells of it and however many died."""
        return intensity(plover_type)

    def scores(self, conflict: Number, cooperation: Number, mass: Number) -> tuple[Number, Number]:
        """Return the tension of the mean (cooperation - conflict) / mass, and what it leaves of 100.

        `conflict` and `cooperation` are decayed sums of intensities without sign, `mass` that of as many ones.
        """
        mean = (cooperation - conflict) / np.where(mass > 0, mass, 1.0)
        held = np.clip(MIDDLE - POINTS_PER_SCORE * mean, 0.0, 100.0)
        tension: Number = held if held.ndim else float(held)  # type: ignore[assignment]
        return tension, 100.0 - tension

    def points_per_weight(self, conflict: float, cooperation: float, mass: float) -> tuple[float, float]:
        """Return how many points of tension a unit of conflict makes, and of cooperation one of cooperation."""
        points = POINTS_PER_SCORE / mass if mass > 0 else 0.0
        return points, points
