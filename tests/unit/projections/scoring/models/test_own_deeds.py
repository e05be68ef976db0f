"""The model of own deeds: what of the model of pressures is other in it, and what is not."""

import pytest

from projections.scoring.models import MODEL_2026_1, MODEL_2026_2


def test_no_pressure_damps_the_score_of_the_other() -> None:
    assert MODEL_2026_2.scores(10.0, 30.0, 0.0) == pytest.approx((50.0, 75.0))
    assert MODEL_2026_2.scores(10.0, 0.0, 0.0)[0] == MODEL_2026_2.scores(10.0, 1000.0, 0.0)[0]
    assert MODEL_2026_1.scores(10.0, 30.0, 0.0)[0] < 50


def test_incidents_weigh_as_under_the_first_model() -> None:
    assert MODEL_2026_2.weighs_like(MODEL_2026_1)
    assert MODEL_2026_1.weighs_like(MODEL_2026_2)
    assert not MODEL_2026_2.weighs_like(MODEL_2026_1.with_constants(doubt=0.4))


def test_its_other_constants_are_those_of_the_first_model() -> None:
    first, second = MODEL_2026_1.constants(), MODEL_2026_2.constants()
    assert {name for name, value in first.items() if second[name] != value} == {"damping"}
