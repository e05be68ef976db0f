"""How well scores rank: closed forms, and the definitions written out over all pairs of cases."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.backtesting.metrics import auc, average_precision, brier, brier_skill, reliability, roc

CASES = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=40)


def columns(cases: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    scores, happened = zip(*cases, strict=True)
    return np.array(scores, dtype=np.float64), np.array(happened, dtype=np.bool_)


def test_a_perfect_a_reversed_and_a_constant_score() -> None:
    happened = np.array([False, False, True, True])
    assert auc(np.array([1.0, 2.0, 3.0, 4.0]), happened) == 1.0
    assert auc(np.array([4.0, 3.0, 2.0, 1.0]), happened) == 0.0
    assert auc(np.full(4, 7.0), happened) == 0.5
    assert average_precision(np.array([1.0, 2.0, 3.0, 4.0]), happened) == 1.0
    assert average_precision(np.full(4, 7.0), happened) == 0.5


def test_by_hand() -> None:
    scores, happened = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    assert auc(scores, happened) == 3 / 4
    assert average_precision(scores, happened) == pytest.approx((1 + 2 / 3) / 2)
    assert roc(scores, happened) == [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]


@pytest.mark.parametrize("happened", [True, False])
def test_what_cannot_be_told_apart_has_no_figure(happened: bool) -> None:
    scores, outcome = np.array([1.0, 2.0]), np.array([happened, happened])
    assert auc(scores, outcome) is None
    assert roc(scores, outcome) == []
    assert (average_precision(scores, outcome) is None) is not happened


def test_nothing_has_no_figure() -> None:
    none, nothing = np.array([]), np.array([], dtype=np.bool_)
    assert auc(none, nothing) is None
    assert average_precision(none, nothing) is None
    assert roc(none, nothing) == []
    with pytest.raises(ValueError, match="no forecast"):
        brier(none, nothing)


@given(CASES)
@settings(deadline=None)
def test_auc_is_how_often_what_happened_scores_higher(cases: list[tuple[float, bool]]) -> None:
    came = [score for score, happened in cases if happened]
    not_came = [score for score, happened in cases if not happened]
    duels = [(a > b) + 0.5 * (a == b) for a, b in itertools.product(came, not_came)]
    expected = sum(duels) / len(duels) if duels else None
    assert auc(*columns(cases)) == pytest.approx(expected)


@given(CASES)
@settings(deadline=None)
def test_average_precision_is_the_mean_over_what_happened(cases: list[tuple[float, bool]]) -> None:
    precisions = []
    for threshold in (score for score, happened in cases if happened):
        taken = [happened for score, happened in cases if score >= threshold]
        precisions.append(sum(taken) / len(taken))
    found = average_precision(*columns(cases))
    if not precisions:
        assert found is None
        return
    # Equal scores come in together, so each of them sees the precision after all of them: the mean is the same.
    assert found == pytest.approx(sum(precisions) / len(precisions))


@given(CASES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_cases_does_not_matter(cases: list[tuple[float, bool]], random: object) -> None:
    shuffled = list(cases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for figure in (auc, average_precision, roc):
        assert figure(*columns(cases)) == figure(*columns(shuffled))


@given(CASES)
@settings(deadline=None)
def test_the_area_under_the_roc_is_the_auc(cases: list[tuple[float, bool]]) -> None:
    scores, happened = columns(cases)
    points = roc(scores, happened, most=1000)
    if not points:
        assert auc(scores, happened) is None
        return
    area = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in itertools.pairwise(points))
    assert area == pytest.approx(auc(scores, happened))


def test_a_long_roc_is_thinned_and_keeps_its_ends() -> None:
    scores = np.arange(10_000, dtype=np.float64)
    happened = (np.arange(10_000) * 7919 % 10_000) < scores  # the higher, the likelier
    points = roc(scores, happened, most=100)
    assert 50 <= len(points) <= 100
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    area = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in itertools.pairwise(points))
    assert area == pytest.approx(auc(scores, happened), abs=0.002)


def test_brier_and_its_skill() -> None:
    forecasts, happened = np.array([0.8, 0.4]), np.array([True, False])
    assert brier(forecasts, happened) == pytest.approx((0.04 + 0.16) / 2)
    assert brier_skill(forecasts, happened, 0.5) == pytest.approx(1 - 0.1 / 0.25)
    assert brier_skill(np.array([0.5, 0.5]), happened, 0.5) == 0.0
    assert brier_skill(np.array([1.0]), np.array([True]), 1.0) is None


def test_reliability_counts_each_forecast_once() -> None:
    forecasts, happened = np.array([0.0, 0.05, 0.1, 0.55, 1.0]), np.array([False, True, False, True, True])
    found = reliability(forecasts, happened, np.linspace(0.0, 1.0, 11))
    assert [each[:3] for each in found] == [(2, 0.025, 0.5), (1, 0.1, 0.0), (1, 0.55, 1.0), (1, 1.0, 1.0)]
    assert [each.high for each in found] == pytest.approx([0.1, 0.2, 0.6, 1.0])
    assert [each.low for each in found] == pytest.approx([0.0, 0.1, 0.5, 0.9])
