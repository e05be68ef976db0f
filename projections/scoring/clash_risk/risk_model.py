"""What a clash risk model is, and the one that is used by default.

The risk of an ASSAULT within `HORIZON` days is 1 - exp(-L). The hazard L is a sum over incidents, so each has its
share of it. The formula is in docs/reference/scoring.md, how it was measured in docs/score.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, sqrt
from typing import Final, NamedTuple

from projections.scoring.models.base import Number

HORIZON: Final = 30  #: days within which the ASSAULT comes
CLASH_HALF_LIVES: Final = (7, 90, 365)  #: of the pair's own ASSAULTs, in days
CONFLICT_HALF_LIFE: Final = 90  #: of the pair's other conflict
ELSEWHERE_HALF_LIFE: Final = 30  #: of the ASSAULTs of either actor with others

#: The terms of the hazard, in the order of the coefficients.
TERMS: Final = (
    *(f"clashes_{days}" for days in CLASH_HALF_LIVES),
    f"other_conflict_{CONFLICT_HALF_LIFE}",
    f"elsewhere_{ELSEWHERE_HALF_LIFE}",
)


class ClashLevels(NamedTuple):
    """What the risk of a pair is made of on a day: sums of decayed weights without sign.

    `clashes` are the pair's own ASSAULTs under each of `CLASH_HALF_LIVES`, `other_conflict` its own conflict of
    other types, `elsewhere` the ASSAULTs of its first actor with others, and of its second.
    """

    clashes: tuple[float, ...]
    other_conflict: float
    elsewhere: tuple[float, float]

    @property
    def terms(self) -> tuple[float, ...]:
        """What the coefficients are multiplied by; that of `elsewhere` is the geometric mean of the two."""
        first, second = self.elsewhere
        return (*self.clashes, self.other_conflict, sqrt(first) * sqrt(second))


@dataclass(frozen=True, slots=True)
class RiskModel:
    """A clash risk model: the hazard of no news at all, and by how much a unit of each of `TERMS` raises it."""

    name: str
    constant: float
    coefficients: tuple[float, ...]

    def hazard(self, terms: Sequence[Number]) -> Number:
        """Return L of the values of `TERMS`, numbers or arrays."""
        total: Number = terms[0] * 0.0 + self.constant
        for coefficient, value in zip(self.coefficients, terms, strict=True):
            total = total + coefficient * value
        return total

    def risk(self, levels: ClashLevels) -> float:
        """Return the probability, 0..1, of an ASSAULT within `HORIZON` days."""
        return -expm1(-self.hazard(levels.terms))


#: Fitted on pairs with 20 incidents or more. What one publisher tells without casualties weighs half of its
#: intensity: so an ASSAULT 4.5, and other conflict 0.5 for each point.
DEFAULT_RISK_MODEL: Final = RiskModel(
    name="clash-risk-2026.2",
    constant=0.0020,
    coefficients=(0.118 / 4.5, 0.029 / 4.5, 0.0155 / 4.5, 0.0031 / 0.5, 0.00065),
)
