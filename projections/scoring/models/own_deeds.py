"""The model of pressures in which cooperation lets tension be, and states look at what two actors do themselves.

What differs from the model of pressures is here, and nothing else: docs/score.md says why each of it is so.
"""

from dataclasses import dataclass
from typing import ClassVar

from projections.scoring.models.base import constant
from projections.scoring.models.pressure import PressureModel


@dataclass(frozen=True, slots=True)
class OwnDeedsModel(PressureModel):
    """A model of pressures: conflict of clients spills over, and no pressure damps the other's score."""

    description: ClassVar[str] = (
        "Decayed conflict and cooperation pressure, each a score of its own; conflict of clients spills over, but"
        " makes no state by itself."
    )

    damping: float = constant(0.0, (0, 10))  # of one pressure on the other's score
