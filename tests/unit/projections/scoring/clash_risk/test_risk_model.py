"""The clash risk by the formula of docs/reference/scoring.md."""

from math import exp, sqrt

import pytest

from projections.scoring.clash_risk.risk_model import DEFAULT_RISK_MODEL, ClashLevels

NOTHING = ClashLevels((0.0, 0.0, 0.0), 0.0, (0.0, 0.0))


def test_without_news_it_is_the_constant() -> None:
    assert DEFAULT_RISK_MODEL.risk(NOTHING) == pytest.approx(1 - exp(-0.0020))


def test_a_clash_of_today_told_by_one_publisher() -> None:
    levels = NOTHING._replace(clashes=(4.5, 4.5, 4.5))
    assert DEFAULT_RISK_MODEL.hazard(levels.terms) == pytest.approx(0.0020 + 0.118 + 0.029 + 0.0155)


def test_other_conflict_counts_by_its_intensity() -> None:
    levels = NOTHING._replace(other_conflict=0.5 * 7.0)
    assert DEFAULT_RISK_MODEL.hazard(levels.terms) == pytest.approx(0.0020 + 0.0031 * 7.0)


def test_clashes_elsewhere_count_only_where_both_actors_have_them() -> None:
    hazard = DEFAULT_RISK_MODEL.hazard
    assert hazard(NOTHING._replace(elsewhere=(90.0, 0.0)).terms) == 0.0020
    both = hazard(NOTHING._replace(elsewhere=(9.0, 40.5)).terms)
    assert both == pytest.approx(0.0020 + 0.00065 * sqrt(9.0 * 40.5))


def test_it_is_a_probability_however_much_happens() -> None:
    assert 0.0 < DEFAULT_RISK_MODEL.risk(ClashLevels((1e6, 1e6, 1e6), 1e6, (1e6, 1e6))) <= 1.0
