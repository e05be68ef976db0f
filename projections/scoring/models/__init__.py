"""The scoring models that can be asked for, under the names that answers carry.

A model is a subclass of `base.Model`; here stand the instances. How to add one is described in
docs/how-to/maintain/add-a-scoring-model.md. The references are what the field uses, to be compared with.
"""

from collections.abc import Iterable
from typing import Final, TypeVar

from projections.scoring.models.base import IncidentRules, Model
from projections.scoring.models.clash_count import ClashCount
from projections.scoring.models.goldstein_mean import GoldsteinMean
from projections.scoring.models.own_deeds import OwnDeedsModel
from projections.scoring.models.pressure import PressureModel

__all__ = [
    "CLASH_MODEL",
    "DEFAULT_MODEL",
    "MODELS",
    "MODEL_2026_1",
    "MODEL_2026_2",
    "PRESSURE_MODELS",
    "IncidentRules",
    "Model",
    "PressureModel",
]

_ModelT = TypeVar("_ModelT", bound=Model)


def _by_name(models: Iterable[_ModelT]) -> dict[str, _ModelT]:
    return {model.name: model for model in models}


MODEL_2026_1: Final = PressureModel(name="2026.1")
MODEL_2026_2: Final = OwnDeedsModel(name="2026.2")
DEFAULT_MODEL: Final = MODEL_2026_2
#: Ranks who is about to clash a little better than the first: chosen on half of a log, tested on the other half.
CLASH_MODEL: Final = MODEL_2026_1.with_constants(
    "2026.1-clash", half_life_verbal=45, half_life_material=105, damping=0.0
)
#: The models that a backtest is made of.
PRESSURE_MODELS: Final[dict[str, PressureModel]] = _by_name((MODEL_2026_2, MODEL_2026_1, CLASH_MODEL))

MODELS: Final[dict[str, Model]] = _by_name(
    (
        *PRESSURE_MODELS.values(),
        GoldsteinMean(name="goldstein-mean"),
        ClashCount(name="clash-count"),
    )
)
