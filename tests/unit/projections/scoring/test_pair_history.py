"""A pair with what spills over to it: contributions, ties, runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.models import MODEL_2026_1, MODELS, Model
from projections.scoring.pair_history import PairHistory, run_on
from projections.scoring.spillover import IncidentGroup, Tie
from projections.scoring.states import State, runs


def incident(day: int, weight: float, a: str = "RUS", b: str = "TUR", direction: int = 0) -> Incident:
    material = abs(weight) > 4
    plover = "ASSAULT" if weight < -4 else "ACCUSE" if weight < 0 else "CONSULT"
    return Incident(f"{a}{b}{day}{weight}", a, b, direction, plover, day, material, 1, 1, None, None, weight)


TIE = Tie("RUS", "SYR", (10, 50), (True, False))
own = st.lists(st.builds(incident, st.integers(0, 60), st.floats(-9, 9)), max_size=8)
clients = st.lists(st.builds(incident, st.integers(0, 60), st.floats(-9, 9), st.just("SYR")), max_size=8)


@given(own, clients, st.integers(0, 100))
def test_contributions_add_up_to_the_scores(mine: list[Incident], spilled: list[Incident], day: int) -> None:
    history = PairHistory(("RUS", "TUR"), IncidentGroup.of(mine), (IncidentGroup.of(spilled, TIE),))
    scores = history.scores_on(day, MODEL)
    contributions = list(history.contributions_on(day, MODEL))
    of_conflict = sum(c.contribution for c in contributions if c.weight < 0)
    of_cooperation = sum(c.contribution for c in contributions if c.weight > 0)
    assert of_conflict == pytest.approx(scores.tension, abs=1e-9)
    assert of_cooperation == pytest.approx(scores.cooperation, abs=1e-9)
    assert all(c.via in (None, "SYR") for c in contributions)


@given(own, clients)
def test_the_series_is_what_each_day_by_itself_says(mine: list[Incident], spilled: list[Incident]) -> None:
    history = PairHistory(("RUS", "TUR"), IncidentGroup.of(mine), (IncidentGroup.of(spilled, TIE),))
    series = history.series(0, 100, MODEL)
    for day in (0, 9, 10, 49, 50, 100):
        scores = history.scores_on(day, MODEL)
        assert series.tension[day] == pytest.approx(scores.tension, abs=1e-9)
        assert series.cooperation[day] == pytest.approx(scores.cooperation, abs=1e-9)
        assert series.spillover[day] == pytest.approx(scores.spillover, abs=1e-9)


def test_only_conflict_spills_over_and_only_while_the_tie_stands() -> None:
    hostile = IncidentGroup.of([incident(0, -9.0, "SYR"), incident(0, 9.0, "SYR")], TIE)
    history = PairHistory(("RUS", "TUR"), IncidentGroup.of([]), (hostile,))
    assert history.scores_on(9, MODEL).conflict == 0
    assert history.scores_on(10, MODEL).conflict == pytest.approx(0.3 * 9 * 2 ** (-10 / 90))
    assert history.scores_on(10, MODEL).cooperation_pressure == 0
    assert history.scores_on(50, MODEL).conflict == 0


def test_a_tie_stands_from_its_turn_to_the_next() -> None:
    assert [TIE.active_on(day) for day in (9, 10, 49, 50, 99)] == [False, True, True, False, False]
    assert TIE.mask(np.arange(8, 13)).tolist() == [0, 0, 1, 1, 1]
    assert TIE.mask(np.array([60, 61])).tolist() == [0, 0]
    assert Tie("RUS", "SYR", (10,), (True,)).mask(np.array([11, 12])).tolist() == [1, 1]


def test_runs_end_in_unknown_once_all_is_forgotten() -> None:
    history = PairHistory(("RUS", "TUR"), IncidentGroup.of([incident(0, -9.0), incident(1, -9.0)]))
    found = history.runs(MODEL)
    assert [state for _, state in found] == [
        State.STRAINED,
        State.OPEN_CONFLICT,
        State.HOSTILE,
        State.STRAINED,
        State.NEUTRAL,
        State.UNKNOWN,
    ]
    forgotten = found[-1][0]
    known = [sum(history.scores_on(day, MODEL).directed[0]) for day in (forgotten - 1, forgotten)]
    assert known[0] >= MODEL.unknown_below > known[1]


def test_a_pair_of_which_nothing_weighty_was_ever_known_has_no_runs() -> None:
    assert PairHistory(("RUS", "TUR"), IncidentGroup.of([])).runs(MODEL) == []
    assert PairHistory(("RUS", "TUR"), IncidentGroup.of([incident(0, 0.0)])).runs(MODEL) == []


def test_runs_begin_when_the_pair_is_known_whatever_is_there_before() -> None:
    of_no_weight = IncidentGroup.of([incident(0, 0.0), incident(30, -9.0)])
    by_a_tie = IncidentGroup.of([incident(0, -9.0, "SYR")], TIE)

    assert PairHistory(("RUS", "TUR"), of_no_weight).runs(MODEL)[0] == (30, State.STRAINED)
    spilled = PairHistory(("RUS", "TUR"), IncidentGroup.of([]), (by_a_tie,))
    assert spilled.runs(MODEL_2026_1)[0][0] == 10
    assert spilled.runs(MODEL) == []


def test_the_state_on_a_day_is_that_of_the_run_around_it() -> None:
    found = [(5, State.STRAINED), (9, State.UNKNOWN)]
    assert [run_on(day, found) for day in (4, 5, 8, 9)] == [
        (State.UNKNOWN, None),
        (State.STRAINED, 5),
        (State.STRAINED, 5),
        (State.UNKNOWN, 9),
    ]


# Empty time

CENTURIES = 36_525 * 20  # days
models = st.sampled_from([*MODELS.values(), MODEL.with_constants("harsh", damping=10.0, prior=0.1)])
moments = st.integers(0, 40) | st.integers(0, 12_000)


@st.composite
def histories(draw: st.DrawFn) -> PairHistory:
    """Return a pair whose incidents, and the turns of whose tie, may lie years apart."""
    facts = st.lists(st.builds(incident, moments, st.floats(-9, 9)), max_size=5)
    turns = draw(st.lists(st.tuples(moments, st.booleans()), min_size=1, max_size=4))
    days, active = zip(*sorted(turns), strict=True)
    tie = Tie("RUS", "SYR", days, active)
    between = draw(st.just(()) | st.just((Tie("TUR", "RUS", days, active),)))
    spilled = (IncidentGroup.of(draw(facts), tie),)
    return PairHistory(("RUS", "TUR"), IncidentGroup.of(draw(facts)), spilled, between)


@given(histories(), models)
def test_the_runs_over_empty_years_are_those_of_every_day(history: PairHistory, model: Model) -> None:
    active = history.active_days(model)
    if not len(active):
        assert history.runs(model) == []
        return
    every_day = history.series(int(active[0]), int(active[-1]) + 100, model)
    assert list(runs(every_day, model)) == list(runs(history.series_on(active, model), model))
    left_out = np.setdiff1d(every_day.days, active)
    tension = every_day.tension[left_out - every_day.days[0]]
    before = every_day.tension[left_out - every_day.days[0] - 1]
    assert (tension <= before + 1e-9).all(), "it does not rise on a day that is left out"


def test_twenty_centuries_cost_no_more_than_what_happened_in_them() -> None:
    apart = IncidentGroup.of([incident(0, -9.0), incident(CENTURIES, -9.0)])
    together = IncidentGroup.of([incident(0, -9.0), incident(0, -9.0)])
    (days, fewer) = (len(PairHistory(("RUS", "TUR"), own).active_days(MODEL)) for own in (apart, together))
    assert fewer < days < 2 * fewer
    found = PairHistory(("RUS", "TUR"), apart).runs(MODEL)
    one = PairHistory(("RUS", "TUR"), IncidentGroup.of([incident(0, -9.0)])).runs(MODEL)
    assert found == [*one, *((day + CENTURIES, state) for day, state in one)]
