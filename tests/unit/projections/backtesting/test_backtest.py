"""The backtest's arrays against their definitions, one case at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.standards.plover import INTENSITY, HalfLife, half_life_class
from projections.backtesting.backtest import (
    Cases,
    NothingToTest,
    Plan,
    by_pair,
    cases_of,
    counted,
    decayed,
    figures_of,
    goldstein_mean,
    methods_of,
    onsets,
    pressures,
)
from projections.backtesting.incident_table import IncidentTable
from projections.scoring.models import CLASH_MODEL, DEFAULT_MODEL
from projections.scoring.pressures import IncidentColumns
from projections.scoring.spillover import Tie

PAIRS = [("A", "B"), ("A", "C"), ("B", "C")]
ROWS = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.integers(0, 60), st.sampled_from([None, *INTENSITY])), max_size=25
)
CUTOFFS = st.lists(st.integers(-5, 70), min_size=1, max_size=8, unique=True).map(sorted)


def row(pair: tuple[str, str], day: int, name: str | None) -> tuple[Any, ...]:
    weight = 0.5 * (INTENSITY[name] if name else 0.0)
    return (*pair, day, name, weight, half_life_class(name) is HalfLife.MATERIAL)


def table(rows: Sequence[tuple[tuple[str, str], int, str | None]], *ties: Tie) -> IncidentTable:
    return IncidentTable.of((row(*found) for found in rows), PAIRS, ties)


@given(ROWS, CUTOFFS)
@settings(max_examples=50, deadline=None)
def test_sums_and_counts_are_those_of_their_definitions(rows: Any, cutoffs: list[int]) -> None:
    found, days = table(rows), np.array(cutoffs)
    sums = decayed(found, days, np.ones(len(found)), 30)
    last_ten, next_ten = counted(found, days, 0, 10), counted(found, days, -10, 0)
    for number, pair in enumerate(PAIRS):
        own = [day for other, day, _ in rows if other == pair]
        for place, cutoff in enumerate(cutoffs):
            past = [day for day in own if day <= cutoff]
            assert sums[number, place] == pytest.approx(sum(2 ** (-(cutoff - day) / 30) for day in past))
            assert last_ten[number, place] == sum(cutoff - 10 < day for day in past)
            assert next_ten[number, place] == sum(cutoff < day <= cutoff + 10 for day in own)


@given(ROWS, CUTOFFS, st.sampled_from([DEFAULT_MODEL, CLASH_MODEL]))
@settings(max_examples=50, deadline=None)
def test_pressures_are_those_that_the_service_answers_with(rows: Any, cutoffs: list[int], model: Any) -> None:
    conflict, cooperation = pressures(table(rows), np.array(cutoffs), model)
    for number, pair in enumerate(PAIRS):
        columns = [row(*found) for found in rows if found[0] == pair]
        incidents = IncidentColumns.of([(r[2], r[4], r[5], 0, r[3] == "ASSAULT") for r in columns])
        for place, cutoff in enumerate(cutoffs):
            expected = incidents.pressures_on(cutoff, model)
            assert (conflict[number, place], cooperation[number, place]) == pytest.approx(expected)


def test_no_score_knows_what_comes_after_the_cutoff() -> None:
    early = [(PAIRS[day // 3 % 3], day, "CONSULT" if day % 7 else "ASSAULT") for day in range(0, 900, 3)]
    late = [(PAIRS[day % 2], day, "ASSAULT") for day in range(901, 1000)]
    plan = Plan(min_incidents=1)
    one, other = table(early), table(early + late)
    before, after = cases_of(one, plan), cases_of(other, plan)
    same = np.flatnonzero(before.cutoffs <= 897 - plan.horizon)
    assert (after.cutoffs[same] == before.cutoffs[same]).all()
    assert (after.happened[:, same] == before.happened[:, same]).all()
    for first, second in zip(
        methods_of(one, before, DEFAULT_MODEL), methods_of(other, after, DEFAULT_MODEL), strict=True
    ):
        np.testing.assert_allclose(first.scores[:, same], second.scores[:, same], rtol=1e-12)


def test_the_cutoff_day_is_known_and_the_horizon_begins_on_the_next() -> None:
    rows = [
        (PAIRS[0], 0, "ACCUSE"),
        (PAIRS[0], 400, "ASSAULT"),
        (PAIRS[1], 0, "CONSULT"),
        (PAIRS[1], 380, "CONSULT"),
        (PAIRS[1], 420, "CONSULT"),
        (PAIRS[1], 440, "CONSULT"),
    ]
    cases = cases_of(table(rows), Plan(first=365, min_incidents=1, every=5, horizon=30))
    happened = dict(zip(cases.cutoffs.tolist(), cases.happened[0].tolist(), strict=True))
    assert happened == {365: False, 370: True, 375: True, 380: True, 385: True, 390: True, 395: True} | (
        {day: False for day in cases.cutoffs.tolist() if day >= 400}
    )
    recent = dict(zip(cases.cutoffs.tolist(), cases.recent[0].tolist(), strict=True))
    assert (recent[395], recent[400], recent[410]) == (False, True, True)


def test_cutoffs_about_whose_horizon_the_log_is_silent_are_left_out() -> None:
    rows = [(pair, day, "ASSAULT") for pair in PAIRS[:2] for day in (0, 380 + len(pair[1]), 2000)]
    rows.append((PAIRS[1], 390, "ASSAULT"))
    cases = cases_of(table([*rows, (PAIRS[0], 395, "CONSULT")]), Plan(min_incidents=1, last=1990))
    assert cases.silent > 200
    assert set(cases.cutoffs.tolist()) == {365, 372, 379, 386, 393}


def test_a_log_of_ten_months_has_cutoffs_after_a_third_of_it_for_the_pairs_that_it_tells_most_of() -> None:
    rows = [(PAIRS[0], day, "ASSAULT" if day > 200 else "ACCUSE") for day in range(0, 301, 4)]
    rows += [(PAIRS[1], day, "CONSULT") for day in range(0, 301, 10)] + [(PAIRS[2], 5, "CONSULT")]
    cases = cases_of(table(rows), Plan())
    assert (cases.min_incidents, cases.table.pairs) == (5, (PAIRS[0], PAIRS[1]))
    assert (cases.cutoffs[0], cases.cutoffs[-1]) == (100, 100 + 7 * 24)


def test_where_many_pairs_have_many_incidents_only_these_are_tested() -> None:
    pairs = [("A", f"B{number:02}") for number in range(12)]
    names = ["CONSULT", *["ASSAULT"] * 10]
    rows = [(pair, day, name) for pair, name in zip(pairs, names, strict=False) for day in range(0, 1000, 20)]
    found = IncidentTable.of(row(*each) for each in [*rows, (pairs[11], 500, "CONSULT")])
    cases = cases_of(found, Plan(every=7, horizon=10))
    assert (cases.min_incidents, len(cases.table.pairs)) == (50, 11)


def test_what_a_client_suffers_spills_over_while_the_tie_stands() -> None:
    rows = [(("B", "C"), day, "ASSAULT") for day in range(0, 800, 10)]
    rows += [(("A", "B"), day, "CONSULT") for day in range(0, 800, 10)]
    tie = Tie("A", "C", (500,), (True,))  # A backs C, which is at odds with B: it weighs on A and B
    found = table(rows, tie)
    cases = cases_of(found, Plan(min_incidents=5))
    by_name = {method.name: method.scores for method in methods_of(found, cases, DEFAULT_MODEL)}
    ab, bc = cases.table.pairs.index(("A", "B")), cases.table.pairs.index(("B", "C"))
    conflict = by_name["conflict_pressure"]
    assert (conflict[ab, cases.cutoffs < 500] == 0).all()
    after = cases.cutoffs >= 500
    np.testing.assert_allclose(conflict[ab, after], 0.3 * conflict[bc, after])


def test_the_goldstein_mean_of_nothing_is_neutral() -> None:
    found = table([(PAIRS[0], 10, "ASSAULT"), (PAIRS[0], 10, "CONSULT")])
    mean = goldstein_mean(found, np.array([9, 10, 50]))
    np.testing.assert_allclose(mean[0], [0.0, (-9.0 + 2.5) / 2, (-9.0 + 2.5) / 2])
    assert (mean[1:] == 0).all()


def test_figures_within_pairs_and_of_onsets() -> None:
    """Two pairs, each perfectly ranked within itself, one of them always above the other."""
    happened = np.array([[False] * 50 + [True] * 50, [False] * 50 + [True] * 50])
    scores = np.array([np.arange(100.0), np.arange(100.0) + 1000])
    cases = Cases(table([]).of_pairs(np.array([0, 1])), np.arange(100), 30, happened, ~happened, 0, 1)
    figures = figures_of(scores, cases)
    assert figures.within == 1.0
    assert figures.auc == 0.75
    assert figures.onsets is None  # in this made-up case every calm one is followed by a clash
    assert [(found.pair, found.auc) for found in by_pair(scores, cases)] == [(("A", "B"), 1.0), (("A", "C"), 1.0)]


def test_onsets_come_after_quiet_and_the_least_announced_first() -> None:
    rows = [(PAIRS[0], day, "ACCUSE") for day in range(0, 900, 5)] + [(PAIRS[0], 700, "ASSAULT")]
    rows += [(PAIRS[1], 0, "CONSULT"), (PAIRS[1], 700, "ASSAULT"), (PAIRS[1], 750, "ASSAULT")]
    found = table(rows)
    cases = cases_of(found, Plan(min_incidents=1))
    tension = methods_of(found, cases, DEFAULT_MODEL)[1].scores
    unannounced, announced = onsets(tension, cases)
    assert (unannounced.pair, unannounced.day, unannounced.before) == (PAIRS[1], 700, None)
    assert (announced.pair, announced.day) == (PAIRS[0], 700)
    assert unannounced.above > announced.above
    assert unannounced.score == 0.0
    assert unannounced.cutoff < 700


@pytest.mark.parametrize(
    ("rows", "plan", "problem"),
    [
        ([], Plan(), "no incident"),
        ([(PAIRS[0], day, "ASSAULT") for day in range(900)], Plan(), "1 of 3 pairs"),
        ([(pair, day, "CONSULT") for pair in PAIRS for day in range(0, 900, 3)], Plan(), "no pair has an ASSAULT"),
        (
            [(pair, day, "ASSAULT") for pair in PAIRS for day in range(0, 900, 3)],
            Plan(),
            "every pair has an ASSAULT",
        ),
        ([(pair, day, "ASSAULT") for pair in PAIRS for day in range(40)], Plan(), "there is no cutoff"),
        ([(pair, day, "ASSAULT") for pair in PAIRS for day in range(900)], Plan(first=5000), "there is no cutoff"),
        (
            [(pair, day, "ASSAULT") for pair in PAIRS for day in [*range(200), 2000]],
            Plan(first=1000, last=1500),
            "nothing at all was reported",
        ),
    ],
)
def test_what_cannot_be_tested_is_said(rows: Any, plan: Plan, problem: str) -> None:
    with pytest.raises(NothingToTest, match=problem):
        cases_of(table(rows), plan)
