"""The clash risk: the fit against what defines it, and an artefact that is what it says."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from projections.backtesting.backtest import Cases, Plan, cases_of
from projections.backtesting.clash_risk import (
    LONGEST,
    VERSION,
    BadArtefact,
    NotFitted,
    RiskModel,
    Training,
    feature_names,
    features_of,
    fit,
    logistic_regression,
    parse_artefact,
    risk_on,
    write_artefact,
)
from projections.backtesting.incident_table import IncidentTable

TRAINING = Training("default", "1980-01-01", "1990-01-01", 7, 100, 2, 200, 200)
PAIRS = [("A", "B"), ("A", "C")]


def some_incidents() -> IncidentTable:
    """Return two pairs: one clashes in one year and rests in the next, the other hardly ever."""
    rows: list[tuple[Any, ...]] = []
    for day in range(0, 3000, 6):
        name, weight = ("ASSAULT", -4.5) if day // 365 % 2 else ("ACCUSE", -1.5)
        rows.append(("A", "B", day, name, weight, name == "ASSAULT"))
        rows.append(("A", "C", day, "CONSULT", 1.25, False))
    rows.append(("A", "C", 1500, "ASSAULT", -4.5, True))
    return IncidentTable.of(rows, PAIRS)


@pytest.fixture(scope="module")
def cases() -> Cases:
    return cases_of(some_incidents(), Plan(min_incidents=1))


@pytest.fixture(scope="module")
def model(cases: Cases) -> RiskModel:
    return fit(features_of(cases.table, cases.cutoffs), cases, TRAINING)


# The fit


def test_without_features_it_is_the_base_rate() -> None:
    happened = np.array([True] * 3 + [False] * 7)
    (intercept,) = logistic_regression(np.zeros((10, 0)), happened, 1.0)
    assert 1 / (1 + np.exp(-intercept)) == pytest.approx(0.3)


def test_a_feature_of_two_values_forecasts_the_share_of_each() -> None:
    feature = np.array([[0.0]] * 10 + [[1.0]] * 10)
    happened = np.array([True] * 2 + [False] * 8 + [True] * 7 + [False] * 3)
    intercept, slope = logistic_regression(feature, happened, 0.0)
    assert intercept == pytest.approx(np.log(0.2 / 0.8))
    assert intercept + slope == pytest.approx(np.log(0.7 / 0.3))


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-1000, 1000), st.booleans()), min_size=4, max_size=30).filter(
        lambda rows: 0 < sum(row[2] for row in rows) < len(rows)
    ),
    st.floats(0.1, 10),
)
@example([(0.0, 0.0, False), (0.0, 0.0, True), (0.0, -1.0, False), (0.0, -826.0, False)], 0.25)
@settings(max_examples=50, deadline=None)
def test_at_the_fit_the_slope_of_the_penalised_loss_is_nothing(rows: Any, penalty: float) -> None:
    features = np.array([row[:2] for row in rows])
    happened = np.array([row[2] for row in rows])
    weights = logistic_regression(features, happened, penalty)
    forecast = np.exp(-np.logaddexp(0.0, -(weights[0] + features @ weights[1:])))  # 1 / (1 + e^-x), for any x
    assert sum(forecast) == pytest.approx(sum(happened), abs=1e-5)
    slope = features.T @ (happened - forecast) - penalty * weights[1:]
    np.testing.assert_allclose(slope, 0.0, atol=1e-3)


def test_what_separates_perfectly_stays_finite() -> None:
    weights = logistic_regression(np.array([[-1.0], [1.0]]), np.array([False, True]), 1.0)
    assert np.isfinite(weights).all()


def test_cases_all_alike_cannot_be_fitted(cases: Cases) -> None:
    none = Cases(cases.table, cases.cutoffs, 30, np.zeros_like(cases.happened), cases.recent, 0)
    with pytest.raises(NotFitted, match="ASSAULT"):
        fit(features_of(none.table, none.cutoffs), none, TRAINING)


def test_forecasts_are_probabilities_that_add_up_to_what_happened(cases: Cases, model: RiskModel) -> None:
    forecasts = model.probabilities(features_of(cases.table, cases.cutoffs))
    assert ((forecasts > 0) & (forecasts < 1)).all()
    assert forecasts.mean() == pytest.approx(cases.base_rate, abs=1e-4)  # coefficients are rounded
    assert forecasts[0].mean() > 5 * forecasts[1].mean()


# Features


def test_features_of_a_pair_of_which_nothing_hostile_is_known() -> None:
    found = features_of(IncidentTable.of([], PAIRS), np.array([100]))
    assert found.shape == (2, 1, len(feature_names()))
    assert (found[:, 0, :-1] == 0).all()
    assert found[0, 0, -1] == np.log1p(LONGEST)


def test_a_clash_on_the_day_itself_counts_in_full() -> None:
    table = IncidentTable.of([("A", "B", 100, "ASSAULT", -4.5, True)])
    found = features_of(table, np.array([99, 100, 107]))[0]
    np.testing.assert_allclose(found[1], [*[np.log1p(4.5)] * 6, 0.0])
    assert found[0, 0] == 0.0
    assert found[2, 0] == pytest.approx(np.log1p(2.25))
    assert found[2, -1] == pytest.approx(np.log1p(7))


@given(st.integers(400, 2900))
@settings(max_examples=30, deadline=None)
def test_what_is_served_on_a_day_is_what_a_backtest_would_say(day: int) -> None:
    table = some_incidents()
    until = table.where((table.day <= day) & (table.weight < 0))
    served = features_of(until, np.array([day]))
    tested = features_of(table, np.array([300, day, 2950]))
    np.testing.assert_allclose(served[:, 0], tested[:, 1], rtol=1e-9, atol=1e-12)


def test_the_risk_rises_with_a_clash(model: RiskModel) -> None:
    clashing, resting = risk_on(model, some_incidents(), 2900), risk_on(model, some_incidents(), 2550)
    assert clashing.shape == (2,)
    assert clashing[0] > 0.5 > resting[0]
    assert clashing[0] > clashing[1]


# The artefact


def test_an_artefact_comes_back_as_it_was(model: RiskModel) -> None:
    text = write_artefact(model)
    assert parse_artefact(text) == model
    assert write_artefact(parse_artefact(text)) == text
    assert model.name.startswith(f"clash-risk-{VERSION}-")


def test_another_training_is_another_name(cases: Cases, model: RiskModel) -> None:
    other = fit(features_of(cases.table, cases.cutoffs), cases, TRAINING._replace(pairs=3))
    assert other.name != model.name
    assert other.coefficients == model.coefficients


def renamed(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], str]:
    """Return what changes an artefact and gives it the name that fits, as another version of it would have."""

    def apply(content: dict[str, Any]) -> str:
        from projections.backtesting.clash_risk import _name_of

        change(content)
        content["name"] = _name_of(content)
        return json.dumps(content)

    return apply


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda content: json.dumps(content)[:-40], "not JSON"),
        (lambda _: "[]", "not a clash risk model"),
        (lambda _: '{"format": "other"}', "not a clash risk model"),
        (lambda content: json.dumps({**content, "version": 2}), "version is 2, and this service reads version 1"),
        (lambda content: json.dumps({**content, "intercept": 0.0}), "changed or cut short"),
        (lambda content: json.dumps({**content, "name": "mine"}), "changed or cut short"),
        (renamed(lambda content: content.update(scoring_model="1999.1")), "scoring model '1999.1'"),
        (renamed(lambda content: content.pop("features")), "incomplete"),
        (renamed(lambda content: content["features"].pop()), "incomplete"),
        (renamed(lambda content: content.update(horizon=7)), "incomplete"),
        (renamed(lambda content: content.update(intercept=float("nan"))), "not finite"),
        (renamed(lambda content: content["features"][0].update(scale=0.0)), "not finite"),
        (renamed(lambda content: content["training"].update(surprise=1)), "incomplete"),
    ],
)
def test_what_is_no_artefact_of_this_version_is_refused(
    model: RiskModel, damage: Callable[[dict[str, Any]], str], problem: str
) -> None:
    with pytest.raises(BadArtefact, match=problem):
        parse_artefact(damage(json.loads(write_artefact(model))))
