"""The clash risk: the fit against what defines it, and an artefact that is what it says."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.backtesting.backtest import Cases, Plan, cases_of
from projections.backtesting.clash_risk import (
    VERSION,
    BadArtefact,
    NotFitted,
    RiskArtefact,
    Training,
    fit,
    hazard_coefficients,
    hazard_terms,
    parse_artefact,
    risks_of,
    write_artefact,
)
from projections.backtesting.incident_table import ASSAULT_NUMBER, IncidentTable
from projections.scoring.clash_risk.levels import clashes_by_actor, elsewhere_of, levels_of
from projections.scoring.clash_risk.risk_model import DEFAULT_RISK_MODEL, TERMS
from projections.scoring.pressures import IncidentColumns

TRAINING = Training("default", "1980-01-01", "1990-01-01", 7, 100, 2, 20, 200)
PAIRS = [("A", "B"), ("A", "C"), ("B", "C")]


def some_incidents() -> IncidentTable:
    """Return three pairs: one clashes in one year and rests in the next, the others hardly ever."""
    rows: list[tuple[Any, ...]] = []
    for day in range(0, 3000, 6):
        name, weight = ("ASSAULT", -4.5) if day // 365 % 2 else ("ACCUSE", -1.5)
        rows.append(("A", "B", day, name, weight, name == "ASSAULT"))
        rows.append(("A", "C", day, "CONSULT", 1.25, False))
    rows += [("A", "C", day, "ASSAULT", -4.5, True) for day in (700, 1500)]
    rows += [("B", "C", day, "ASSAULT", -4.5, True) for day in (720, 1520, 1900)]
    return IncidentTable.of(rows, PAIRS)


@pytest.fixture(scope="module")
def cases() -> Cases:
    return cases_of(some_incidents(), Plan(min_incidents=3))


@pytest.fixture(scope="module")
def artefact(cases: Cases) -> RiskArtefact:
    return fit(hazard_terms(some_incidents(), cases), cases, TRAINING)


# The fit


def test_without_terms_it_is_the_base_rate() -> None:
    (constant,) = hazard_coefficients(np.array([10.0]), np.ones((3, 1)), 10, penalty=0.0)
    assert 1 - np.exp(-constant) == pytest.approx(0.3)


def test_a_term_of_two_values_forecasts_the_share_of_each() -> None:
    followed = np.array([[1.0, 0.0]] * 2 + [[1.0, 1.0]] * 7)
    constant, more = hazard_coefficients(np.array([20.0, 10.0]), followed, 20, penalty=0.0)
    assert 1 - np.exp(-constant) == pytest.approx(0.2)
    assert 1 - np.exp(-constant - more) == pytest.approx(0.7)


@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.floats(0, 300), st.floats(0, 0.01), st.booleans()), min_size=4, max_size=40
    ).filter(lambda rows: 0 < sum(row[3] for row in rows) < len(rows)),
    st.floats(0.1, 10),
)
@settings(max_examples=50, deadline=None)
def test_at_the_fit_no_coefficient_can_be_bettered(rows: Any, penalty: float) -> None:
    """The conditions of Karush, Kuhn and Tucker: the slope is nothing, or upwards where a coefficient is 0."""
    terms = np.array([(1.0, *row[:3]) for row in rows])
    happened = np.array([row[3] for row in rows])
    found = hazard_coefficients(terms.sum(axis=0), terms[happened], len(terms), penalty)
    assert (found >= 0).all()
    used = terms.sum(axis=0) > 1e-300
    scale = np.where(used, terms.mean(axis=0), 1.0)
    scaled = (terms / scale)[:, used]
    at = (found * scale)[used]
    risk = 1 - np.exp(-(scaled @ at))
    slope = scaled.sum(axis=0) - (scaled[happened] / risk[happened, None]).sum(axis=0) + penalty * at
    for coefficient, of_this in zip(at, slope, strict=True):
        assert of_this == pytest.approx(0.0, abs=1e-4) if coefficient > 1e-9 else of_this > -1e-4


def test_what_only_cases_have_that_clash_stays_finite() -> None:
    found = hazard_coefficients(np.array([4.0, 2.0]), np.array([[1.0, 1.0], [1.0, 1.0]]), 4)
    assert np.isfinite(found).all()


def test_a_term_that_is_nothing_has_no_coefficient() -> None:
    found = hazard_coefficients(np.array([10.0, 0.0]), np.array([[1.0, 0.0]] * 3), 10)
    assert found[1] == 0.0


def test_cases_all_alike_cannot_be_fitted(cases: Cases) -> None:
    none = replace(cases, happened=np.zeros_like(cases.happened))
    with pytest.raises(NotFitted, match="ASSAULT"):
        fit(hazard_terms(some_incidents(), none), none, TRAINING)


def test_forecasts_are_probabilities_of_about_the_share_of_what_happened(
    cases: Cases, artefact: RiskArtefact
) -> None:
    forecasts = risks_of(artefact.model, some_incidents(), cases)
    assert ((forecasts > 0) & (forecasts < 1)).all()
    assert forecasts.mean() == pytest.approx(cases.base_rate, rel=0.05)
    assert forecasts[0].mean() > 5 * forecasts[1].mean()


# Terms


@pytest.mark.parametrize("number", [0, 60, 61, 200])
def test_what_a_backtest_says_of_a_day_is_what_is_served_on_it(cases: Cases, number: int) -> None:
    table, day = some_incidents(), int(cases.cutoffs[number])
    past = table.where((table.day <= day) & (table.type == ASSAULT_NUMBER))
    clashes = clashes_by_actor(table.pairs, past.pair, day - past.day, past.weight)
    terms = list(hazard_terms(table, cases))
    for row, pair in enumerate(cases.table.pairs):
        mine = table.where(table.pair == table.pairs.index(pair))
        columns = IncidentColumns(mine.day, mine.weight, mine.material, mine.pair, mine.type == ASSAULT_NUMBER)
        served = levels_of(columns, day, elsewhere_of(pair, clashes)).terms
        assert [of_term[row, number] for of_term in terms] == pytest.approx(served, rel=1e-6, abs=1e-6)
        risk = risks_of(DEFAULT_RISK_MODEL, table, cases)[row, number]
        assert risk == pytest.approx(1 - np.exp(-DEFAULT_RISK_MODEL.hazard(served)), abs=1e-9)


def test_terms_of_pairs_of_which_nothing_hostile_is_known() -> None:
    table = IncidentTable.of([(*pair, day, "CONSULT", 1.25, False) for pair in PAIRS for day in (0, 900)])
    cases = Cases(table, np.array([500]), 30, np.zeros((3, 1), bool), np.zeros((3, 1), bool), 0, 1)
    assert [of_term.tolist() for of_term in hazard_terms(table, cases)] == [[[0.0]] * 3] * len(TERMS)


# The artefact


def test_an_artefact_comes_back_as_it_was(artefact: RiskArtefact) -> None:
    text = write_artefact(artefact)
    assert parse_artefact(text) == artefact
    assert write_artefact(parse_artefact(text)) == text
    assert artefact.model.name.startswith(f"clash-risk-{VERSION}-")


def test_another_training_is_another_name(cases: Cases, artefact: RiskArtefact) -> None:
    other = fit(hazard_terms(some_incidents(), cases), cases, TRAINING._replace(pairs=4))
    assert other.model.name != artefact.model.name
    assert other.model.coefficients == artefact.model.coefficients


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
        (lambda content: json.dumps({**content, "version": 1}), "version is 1, and this service reads version 2"),
        (lambda content: json.dumps({**content, "constant": 0.0}), "changed or cut short"),
        (lambda content: json.dumps({**content, "name": "mine"}), "changed or cut short"),
        (renamed(lambda content: content.update(scoring_model="1999.1")), "scoring model '1999.1'"),
        (renamed(lambda content: content.pop("terms")), "incomplete"),
        (renamed(lambda content: content["terms"].pop()), "incomplete"),
        (renamed(lambda content: content.update(horizon=7)), "incomplete"),
        (renamed(lambda content: content.update(constant=float("nan"))), "not finite"),
        (renamed(lambda content: content["terms"][0].update(coefficient=-0.1)), "below 0"),
        (renamed(lambda content: content["training"].update(surprise=1)), "incomplete"),
    ],
)
def test_what_is_no_artefact_of_this_version_is_refused(
    artefact: RiskArtefact, damage: Callable[[dict[str, Any]], str], problem: str
) -> None:
    with pytest.raises(BadArtefact, match=problem):
        parse_artefact(damage(json.loads(write_artefact(artefact))))
