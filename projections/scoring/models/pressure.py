"""The service's own first model: decayed conflict and cooperation pressure, each a score of its own.

Its formulas are those of docs/reference/scoring.md; how its constants were chosen is described in docs/score.md.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from domain.standards.plover import intensity
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
    DecayingModel,
    IncidentRules,
    Model,
    Number,
    constant,
)


@dataclass(frozen=True, slots=True)
class PressureModel(DecayingModel):
    """A model of pressures: conflict of clients spills over, and each pressure damps the other's score."""

    family: ClassVar[str] = "pressure"
    description: ClassVar[str] = (
        "Decayed conflict and cooperation pressure, each a score of its own; conflict of clients spills over."
    )
    explains_changes: ClassVar[bool] = True
    incident_rules: ClassVar[IncidentRules] = IncidentRules.BY_DAY

    name: str
    half_life_verbal: int = constant(30, DAYS)
    half_life_material: int = constant(90, DAYS)
    doubt: float = constant(0.5, (0, 0.99))  # left over by each publisher: confidence is 1 - doubt^publishers
    wounded_share: float = constant(0.25, (0, 1))  # of a person killed
    magnitude_cap: float = constant(4.0, (1, 10))
    prior: float = constant(10.0, PRIOR)  # pressure at which a score reaches half of its range
    damping: float = constant(0.25, (0, 10))  # of one pressure on the other's score
    spillover: float = constant(0.3, (0, 1))  # of a client's direct conflict pressure
    unknown_below: float = constant(0.5, LEAST_PRESSURE)  # conflict plus cooperation pressure
    high: float = constant(50.0, POINTS)
    elevated: float = constant(25.0, POINTS)
    hysteresis: float = constant(2.0, SLACK)
    clash_window: int = constant(30, DAYS)
    clashes_for_conflict: int = constant(2, CLASHES)
    trend_window: int = constant(30, TREND_DAYS)
    trend_ratio: float = constant(1.5, TREND_RATIO)
    trend_least: float = constant(2.0, TREND_PRESSURE)  # conflict pressure
    usual_window: int = constant(1826, USUAL_DAYS)

    @property
    def half_lives(self) -> tuple[int, int]:
        """The half-lives of words and of deeds, in days."""
        return self.half_life_verbal, self.half_life_material

    @property
    def spillover_share(self) -> float:
        """The share of a client's conflict pressure that spills over to its patron's pair."""
        return self.spillover

    @property
    def settled_below(self) -> float:
        """The pressure below which nothing is known, and tension does not rise without news.

        It can rise while cooperation K, of words, fades faster than the conflict, of deeds: as long as
        damping K (slow / fast - 1) > prior, where `slow` and `fast` are the half-lives.
        """
        faster = self.damping * (max(self.half_lives) / min(self.half_lives) - 1.0)
        return min(self.unknown_below, self.prior / faster) if faster else self.unknown_below

    # Incidents

    def confidence(self, publishers: int) -> float:
        """Return how far `publishers` independent publishers are believed, 0..1."""
        return 1.0 - self.doubt**publishers

    def magnitude(self, killed: int | None, wounded: int | None) -> float:
        """Return how much heavier a clash weighs for its casualties, 1..`magnitude_cap`."""
        casualties = (killed or 0) + self.wounded_share * (wounded or 0)
        return min(self.magnitude_cap, 1.0 + float(np.log10(1.0 + casualties)))

    def weight(self, plover_type: str | None, publishers: int, killed: int | None, wounded: int | None) -> float:
        """Return confidence times magnitude times intensity."""
        return self.confidence(publishers) * self.magnitude(killed, wounded) * intensity(plover_type)

    def weighs_like(self, other: Model) -> bool:
        """Return whether the other is a model of pressures with the same constants of a weight."""
        names = ("doubt", "wounded_share", "magnitude_cap")
        return isinstance(other, PressureModel) and all(
            getattr(self, name) == getattr(other, name) for name in names
        )

    # Scores

    def divisor(self, conflict: Number, cooperation: Number) -> Number:
        """Return D, where the tension is 100 C / D."""
        return conflict + self.prior + self.damping * cooperation

    def tension(self, conflict: Number, cooperation: Number) -> Number:
        """Return the tension, 0..100, of a conflict and a cooperation pressure."""
        return 100.0 * conflict / self.divisor(conflict, cooperation)

    def cooperation(self, conflict: Number, cooperation: Number) -> Number:
        """Return the cooperation, 0..100, of a conflict and a cooperation pressure."""
        return 100.0 * cooperation / self.divisor(cooperation, conflict)

    def scores(self, conflict: Number, cooperation: Number, mass: Number) -> tuple[Number, Number]:
        """Return tension and cooperation, 0..100; `mass` does not matter."""
        return self.tension(conflict, cooperation), self.cooperation(conflict, cooperation)

    def points_per_weight(self, conflict: float, cooperation: float, mass: float) -> tuple[float, float]:
        """Return how many points of tension a unit of conflict makes, and of cooperation one of cooperation."""
        return 100.0 / self.divisor(conflict, cooperation), 100.0 / self.divisor(cooperation, conflict)

    def points_of_change(
        self, conflict: tuple[float, float], cooperation: tuple[float, float]
    ) -> tuple[float, float]:
        """Return the points of a unit of conflict and of cooperation: the product rule, taken in the middle."""
        before, after = (self.divisor(c, k) for c, k in zip(conflict, cooperation, strict=True))
        product = before * after
        per_conflict = 100.0 * (self.prior + self.damping * sum(cooperation) / 2) / product
        per_cooperation = -100.0 * self.damping * sum(conflict) / 2 / product
        return per_conflict, per_cooperation
