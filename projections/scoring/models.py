"""The scoring models: every constant of the score, immutable, under a name that answers carry.

Source of the default model's constants: the project's design, section 5; chosen by predicting armed clashes on 32
years of KEDS Levant events. The references are what the field uses; they are here to be compared with.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Final


@dataclass(frozen=True, slots=True)
class ScoringModel:
    """The constants of a model of pressures. Half-lives and windows in days, thresholds in points (0..100)."""

    family: ClassVar[str] = "pressure"
    description: ClassVar[str] = (
        "Decayed conflict and cooperation pressure, each a score of its own; conflict of clients spills over."
    )

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


@dataclass(frozen=True, slots=True)
class GoldsteinMean:
    """The constants of a decayed mean of intensities. Days, and points of a tension that is 50 at a mean of 0."""

    family: ClassVar[str] = "goldstein-mean"
    description: ClassVar[str] = (
        "The decayed mean of the incidents' intensities, -10 to 10, as tension: 100 at -10, 50 at 0, 0 at 10."
    )

    name: str
    half_life: int = 90
    unknown_below: float = 0.5
    high: float = 75.0  # a mean of -5
    elevated: float = 62.5  # a mean of -2.5
    hysteresis: float = 2.0
    clash_window: int = 30
    clashes_for_conflict: int = 2


@dataclass(frozen=True, slots=True)
class ClashCount:
    """The constants of a count of clash incidents: those of the last `clash_window` days."""

    family: ClassVar[str] = "clash-count"
    description: ClassVar[str] = (
        "The number n of clash incidents in the last days, as tension 100 n / (n + prior)."
    )

    name: str
    prior: float = 3.0  # clashes at which the tension reaches half of its range
    unknown_below: float = 0.5
    high: float = 50.0
    elevated: float = 25.0
    hysteresis: float = 2.0
    clash_window: int = 30
    clashes_for_conflict: int = 2


Model = ScoringModel | GoldsteinMean | ClashCount

DEFAULT_MODEL: Final = ScoringModel(name="2026.1")
#: Ranks who is about to clash a little better than the default: chosen on half of a log, tested on the other half.
CLASH_MODEL: Final = DEFAULT_MODEL.with_constants(
    "2026.1-clash", half_life_verbal=45, half_life_material=105, damping=0.0
)
_REFERENCES: Final = (GoldsteinMean(name="goldstein-mean"), ClashCount(name="clash-count"))
MODELS: Final[dict[str, Model]] = {model.name: model for model in (DEFAULT_MODEL, CLASH_MODEL, *_REFERENCES)}

#: The lowest and the highest value of a constant that a question may ask for.
RANGES: Final[dict[str, tuple[float, float]]] = {
    "half_life_verbal": (1, 3650),
    "half_life_material": (1, 3650),
    "half_life": (1, 3650),
    "doubt": (0, 0.99),
    "wounded_share": (0, 1),
    "magnitude_cap": (1, 10),
    "prior": (0.1, 1000),
    "damping": (0, 10),
    "spillover": (0, 1),
    "unknown_below": (0.01, 100),
    "high": (1, 100),
    "elevated": (1, 100),
    "hysteresis": (0, 25),
    "clash_window": (1, 3650),
    "clashes_for_conflict": (1, 1000),
}


def constants_of(model: Model) -> dict[str, int | float]:
    """Return a model's constants by name."""
    return {field.name: getattr(model, field.name) for field in fields(model) if field.name != "name"}
