"""The scoring models: every constant of the score, immutable, under a name that answers carry.

Source of the constants: the project's design, section 5; chosen by predicting armed clashes on 32 years of KEDS
Levant events.
"""

from dataclasses import dataclass, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class ScoringModel:
    """The constants of one scoring model. Half-lives and windows in days, thresholds in points (0..100)."""

    name: str
    half_life_verbal: int = 30
    half_life_material: int = 90
    doubt: float = 0.5  # left over by each publisher: confidence is 1 - doubt^publishers
    wounded_share: float = 0.25  # of a person killed
    magnitude_cap: float = 4.0
    prior: float = 10.0  # pressure at which a score reaches half of its range
    damping: float = 0.25  # of one pressure on the other's score
    spillover: float = 0.3  # of a client's direct conflict pressure
    unknown_below: float = 0.5  # conflict plus cooperation pressure
    high: float = 50.0
    elevated: float = 25.0
    hysteresis: float = 2.0
    clash_window: int = 30
    clashes_for_conflict: int = 2

    def with_constants(self, name: str, **constants: Any) -> "ScoringModel":
        """Return a model of another name with some constants changed."""
        return replace(self, name=name, **constants)


DEFAULT_MODEL: Final = ScoringModel(name="2026.1")
#: Ranks who is about to clash a little better than the default: chosen on half of a log, tested on the other half.
CLASH_MODEL: Final = DEFAULT_MODEL.with_constants(
    "2026.1-clash", half_life_verbal=45, half_life_material=105, damping=0.0
)
MODELS: Final[dict[str, ScoringModel]] = {model.name: model for model in (DEFAULT_MODEL, CLASH_MODEL)}
