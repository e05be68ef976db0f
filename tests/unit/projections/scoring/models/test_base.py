"""What every scoring model is: its constants and their ranges, and what a subclass may leave to the base."""

from dataclasses import FrozenInstanceError, dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.arrays import Floats
from projections.scoring.models import DEFAULT_MODEL, MODELS, Model
from projections.scoring.models.base import DAYS, LEAST_PRESSURE, DecayingModel, Number, constant

EVERY = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@dataclass(frozen=True, slots=True)
class Mean(DecayingModel):
    """A mean with two half-lives: the least that a model has to say, and a mass besides."""

    family: ClassVar[str] = "mean"
    description: ClassVar[str] = "A mean."
    uses_mass: ClassVar[bool] = True

    name: str
    words: int = constant(10, DAYS)
    deeds: int = constant(20, DAYS)
    unknown_below: float = constant(0.5, LEAST_PRESSURE)
    clash_window: int = constant(30, DAYS)

    @property
    def half_lives(self) -> tuple[int, int]:
        return self.words, self.deeds

    def weight(self, plover_type: str | None, publishers: int, killed: int | None, wounded: int | None) -> float:
        return -1.0

    def scores(self, conflict: Number, cooperation: Number, mass: Number) -> tuple[Number, Number]:
        return conflict / mass, cooperation / mass

    def points_per_weight(self, conflict: float, cooperation: float, mass: float) -> tuple[float, float]:
        return 1 / mass, 1 / mass


MEAN = Mean(name="mean")


@EVERY
def test_every_constant_has_a_range_and_none_can_be_changed(model: Model) -> None:
    assert model.constants().keys() == model.ranges().keys()
    assert "name" not in model.constants()
    with pytest.raises(FrozenInstanceError):
        setattr(model, "high", 1.0)  # noqa: B010  # as nobody should


@EVERY
def test_changed_constants_make_another_model_under_the_same_name_or_another(model: Model) -> None:
    changed = model.with_constants(high=99.0)
    assert (changed.name, changed.high, changed == model) == (model.name, 99.0, False)
    assert model.with_constants("other", high=model.high).name == "other"
    assert model.with_constants() == model


@EVERY
def test_a_model_weighs_like_itself_and_like_none_of_another_family(model: Model) -> None:
    assert model.weighs_like(model.with_constants(high=99.0))
    assert not model.weighs_like(MEAN)
    assert not MEAN.weighs_like(model)


def test_weights_depend_on_three_constants_of_a_model_of_pressures() -> None:
    assert not DEFAULT_MODEL.weighs_like(DEFAULT_MODEL.with_constants(doubt=0.9))
    assert not DEFAULT_MODEL.weighs_like(DEFAULT_MODEL.with_constants(wounded_share=0.9))
    assert not DEFAULT_MODEL.weighs_like(DEFAULT_MODEL.with_constants(magnitude_cap=1.5))
    assert DEFAULT_MODEL.weighs_like(DEFAULT_MODEL.with_constants(prior=1.0, half_life_verbal=1))


def test_the_mass_of_words_and_deeds_is_what_is_left_of_both() -> None:
    days, material = np.array([0, 3, 3, 50]), np.array([False, True, False, True])
    daily = MEAN.daily_mass(days, material, np.arange(61))
    for day in (0, 3, 49, 60):
        assert daily[day] == pytest.approx(MEAN.remaining(day - days, material).sum())


@EVERY
def test_a_model_explains_changes_or_says_that_it_does_not(model: Model) -> None:
    if model.explains_changes:
        assert 100 * 3.0 / model.divisor(3.0, 2.0) == model.scores(3.0, 2.0, 0.0)[0]
        (before, _), (after, _) = model.scores(3.0, 2.0, 0.0), model.scores(7.0, 1.0, 0.0)
        per_conflict, per_cooperation = model.points_of_change((3.0, 7.0), (2.0, 1.0))
        assert per_conflict * 4 + per_cooperation * -1 == pytest.approx(after - before)
    else:
        with pytest.raises(NotImplementedError, match=model.family):
            model.divisor(3.0, 2.0)
        with pytest.raises(NotImplementedError, match=model.family):
            model.points_of_change((3.0, 7.0), (2.0, 1.0))


@EVERY
@given(
    st.lists(st.tuples(st.integers(0, 9000), st.floats(-20, -0.01), st.booleans()), max_size=30),
    st.lists(st.tuples(st.integers(0, 9000), st.floats(0, 20), st.booleans()), min_size=1, max_size=30),
)
def test_sums_of_conflict_alone_are_those_beside_cooperation(
    model: Model, conflict: list[tuple[int, float, bool]], cooperation: list[tuple[int, float, bool]]
) -> None:
    on = np.arange(9000)

    def sums(incidents: list[tuple[int, float, bool]]) -> tuple[Floats, Floats]:
        days, weights, material = zip(*incidents, strict=True) if incidents else ((), (), ())
        columns = np.array(days, np.int64), np.array(weights, np.float64), np.array(material, np.bool_)
        return model.daily_sums(*columns, on)

    alone, nothing = sums(conflict)
    assert alone.tolist() == sums([*cooperation, *conflict])[0].tolist()
    assert not nothing.any()
