"""How sure a tension is: closed forms, and what must hold for any incidents."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.arrays import Floats
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty, uncertainties, uncertainty
from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.models import MODELS, Model

GOLDSTEIN, CLASHES = MODELS["goldstein-mean"], MODELS["clash-count"]

weights = st.lists(
    st.floats(-40, 40, allow_subnormal=False).filter(lambda w: w == 0 or abs(w) > 1e-6), max_size=150
)


def sure(given_weights: list[float], model: Model = MODEL) -> Uncertainty:
    array: Floats = np.array(given_weights, dtype=np.float64)
    return uncertainty(array, np.minimum(np.abs(array) / 40, 1.0), model)


def quantile_of_gamma(shape: int, probability: float) -> float:
    """Return a quantile of the gamma distribution of a whole shape: its tail is a Poisson sum."""
    low, high = 0.0, 10.0 * shape + 50
    for _ in range(200):
        middle = (low + high) / 2
        term = total = np.exp(-middle)
        for k in range(1, shape):
            term *= middle / k
            total += term
        low, high = (middle, high) if 1 - total < probability else (low, middle)
    return low


# Closed forms


@pytest.mark.parametrize("weight", [0.01, 1.0, 9.0, 36.0])
def test_of_one_incident_the_interval_is_that_of_the_exponential_distribution(weight: float) -> None:
    found = sure([-weight])
    expected = [MODEL.tension(-weight * np.log(1 - p), 0.0) for p in (0.1, 0.9)]
    assert found.interval == pytest.approx(expected, rel=1e-12)
    assert found.effective_incidents == 1


@pytest.mark.parametrize("number", [2, 5, 20, 64, 65, 300, 2000])
def test_of_equal_weights_it_is_that_of_the_gamma_distribution(number: int) -> None:
    found = sure([-1.5] * number)
    expected = [MODEL.tension(1.5 * quantile_of_gamma(min(number, 600), p), 0.0) for p in (0.1, 0.9)]
    if number > 600:  # where the gamma distribution is as good as normal
        expected = [MODEL.tension(1.5 * (number + z * np.sqrt(number)), 0.0) for z in (-1.2816, 1.2816)]
    assert found.interval == pytest.approx(expected, abs=1.0)
    assert found.effective_incidents == pytest.approx(number)


def test_the_effective_number_falls_to_one_where_one_outweighs_all() -> None:
    assert sure([-1e6, 1.0, -1.0, 2.0]).effective_incidents == pytest.approx(1.0, abs=1e-4)
    assert sure([-3.0, 1.0]).effective_incidents == pytest.approx(16 / 10)


def test_where_nothing_weighs_there_is_no_interval() -> None:
    assert sure([]) == sure([0.0, 0.0]) == NO_UNCERTAINTY
    assert NO_UNCERTAINTY == (None, 0.0)


def test_where_only_cooperation_weighs_there_is_no_tension_to_be_unsure_of() -> None:
    assert sure([2.5, 9.5]).interval == (0.0, 0.0)


def test_more_incidents_of_the_same_weight_in_all_make_a_narrower_interval() -> None:
    widths = [high - low for low, high in (sure([-20.0 / n] * n).interval or (0, 0) for n in (1, 4, 16, 256))]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 8


def test_clashes_counted_are_incidents_of_weight_one() -> None:
    ones = uncertainty(np.full(3, -1.0), np.ones(3), CLASHES)
    low, high = ones.interval or (0, 0)
    assert (low, high) == pytest.approx(
        [100 * g / (g + 3) for g in (quantile_of_gamma(3, p) for p in (0.1, 0.9))], abs=1.5
    )


def test_a_mean_of_one_score_is_the_same_however_often_it_counts() -> None:
    assert uncertainty(np.array([-4.5]), np.array([0.5]), GOLDSTEIN).interval == pytest.approx((95.0, 95.0))


def test_incidents_of_intensity_zero_pull_a_mean_to_the_middle() -> None:
    low, high = uncertainty(np.array([-9.0, 0.0, 0.0]), np.ones(3), GOLDSTEIN).interval or (0, 0)
    assert 50 < low < 65 < high < 95


def test_the_window_is_twenty_half_lives_and_for_a_count_its_days() -> None:
    assert MODEL.window == (600, 1800)
    assert GOLDSTEIN.window == (1800, 1800)
    assert CLASHES.window == (29, 29)


# What must hold for any incidents


@given(weights, st.randoms(use_true_random=False), st.sampled_from(list(MODELS.values())))
def test_the_order_of_the_incidents_is_of_no_matter(incidents: list[float], random: object, model: Model) -> None:
    shuffled = list(incidents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sure(shuffled, model) == sure(incidents, model)


@given(weights, st.sampled_from([0.125, 0.5, 2.0, 16.0]))
def test_only_the_size_of_the_weights_beside_the_prior_matters(incidents: list[float], scale: float) -> None:
    scaled = MODEL.with_constants("scaled", prior=MODEL.prior * scale)
    one, other = sure(incidents), sure([w * scale for w in incidents], scaled)
    assert other.effective_incidents == pytest.approx(one.effective_incidents)
    assert (one.interval is None) == (other.interval is None)
    if one.interval and other.interval:
        assert other.interval == pytest.approx(one.interval, rel=1e-9, abs=1e-9)


@given(weights, st.sampled_from(list(MODELS.values())))
def test_an_interval_lies_within_the_range_of_the_tension(incidents: list[float], model: Model) -> None:
    found = sure(incidents, model)
    weighing = sum(1 for w in incidents if w)
    if found.interval is None:
        assert not weighing
    else:
        assert 0 <= found.interval[0] <= found.interval[1] <= 100
        assert 1 - 1e-9 <= found.effective_incidents <= weighing + 1e-9


@given(st.lists(st.floats(-40, -0.01), min_size=1, max_size=80))
@settings(deadline=None)
def test_the_tension_of_conflict_alone_lies_in_its_interval(incidents: list[float]) -> None:
    low, high = sure(incidents).interval or (0, 0)
    assert low <= MODEL.tension(-sum(incidents), 0.0) <= high


def test_another_process_finds_the_same() -> None:
    code = (
        "import numpy as np; from projections.scoring.models import DEFAULT_MODEL as M;"
        "from projections.scoring.bootstrap import uncertainty;"
        "w = np.sin(np.arange(300.0)) * 9; print(repr(uncertainty(w, np.abs(w) / 9, M)))"
    )
    again = [
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    ]
    here = np.sin(np.arange(300.0)) * 9
    assert again == [f"{uncertainty(here, np.abs(here) / 9, MODEL)!r}\n"] * 2


@settings(max_examples=20)
@given(st.lists(weights, min_size=1, max_size=70), st.sampled_from([MODEL, GOLDSTEIN, CLASHES]))
def test_many_at_once_are_as_sure_as_each_is_alone(of_many: list[list[float]], model: Model) -> None:
    arrays = [np.array(each, dtype=np.float64) for each in of_many]
    found = uncertainties([(array, np.minimum(np.abs(array) / 40, 1.0)) for array in arrays], model)
    assert found == [sure(each, model) for each in of_many]
