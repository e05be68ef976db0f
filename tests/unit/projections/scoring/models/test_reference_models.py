"""The reference models: closed forms, and that every reading of a pair agrees under each."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.plover import INTENSITY
from projections.scoring.incidents import Incident, incidents_of, reweighed
from projections.scoring.models import DEFAULT_MODEL, MODELS, Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import IncidentGroup
from projections.scoring.states import State
from projections.times import to_day

GOLDSTEIN, CLASHES = MODELS["goldstein-mean"], MODELS["clash-count"]
MODEL_CHOICE = st.sampled_from(list(MODELS.values()))
DAY = to_day(date(2020, 2, 12))


def incident(age: int, plover: str, direction: int = 0, killed: int = 0, publishers: int = 1) -> Incident:
    weight = DEFAULT_MODEL.weight(plover, publishers, killed, None)
    material = abs(INTENSITY[plover]) >= 5 and plover != "SUPPORT"
    id_ = f"{plover}{age}{direction}{killed}{publishers}"
    return Incident(id_, "A", "B", direction, plover, DAY - age, material, publishers, 1, killed, None, weight)


def history(incidents: list[Incident], model: Model) -> PairHistory:
    return PairHistory(("A", "B"), IncidentGroup.of(reweighed(incidents, model)))


incidents = st.lists(
    st.builds(
        incident,
        st.integers(-5, 400),
        st.sampled_from(sorted(INTENSITY)),
        st.integers(0, 2),
        st.integers(0, 50),
        st.integers(1, 4),
    ),
    max_size=12,
)


# Goldstein mean


def test_a_mean_by_hand() -> None:
    found = history([incident(0, "ASSAULT", killed=99), incident(90, "CONSULT", publishers=4)], GOLDSTEIN)
    scores = found.scores_on(DAY, GOLDSTEIN)
    mean = (-9 * 1 + 2.5 * 0.5) / 1.5
    assert scores.tension == pytest.approx(50 - 5 * mean)
    assert scores.cooperation == pytest.approx(50 + 5 * mean)
    assert (scores.conflict, scores.cooperation_pressure) == pytest.approx((9, 1.25))


@pytest.mark.parametrize(("plover", "tension"), [("ASSAULT", 95.0), ("AID", 0.0), ("REQUEST", 50.0)])
def test_the_mean_of_one_score_is_that_score_on_any_day(plover: str, tension: float) -> None:
    for day in (DAY, DAY + 300):
        assert history([incident(0, plover)], GOLDSTEIN).scores_on(day, GOLDSTEIN).tension == tension


def test_where_there_is_nothing_to_take_the_mean_of_it_is_taken_for_zero() -> None:
    assert history([], GOLDSTEIN).scores_on(DAY, GOLDSTEIN).tension == 50
    assert history([incident(0, "ASSAULT")], GOLDSTEIN).scores_on(DAY - 1, GOLDSTEIN).tension == 50
    assert history([], GOLDSTEIN).runs(GOLDSTEIN) == []


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.001, 1e5))
def test_the_tension_of_a_mean_rises_as_the_mean_falls(conflict: float, cooperation: float, mass: float) -> None:
    tension, rest = GOLDSTEIN.scores(conflict, cooperation, mass)
    worse, _ = GOLDSTEIN.scores(conflict + mass, cooperation, mass)
    assert 0 <= tension <= worse <= 100
    assert tension + rest == 100
    assert worse > tension or worse in (0, 100)


@given(incidents)
def test_contributions_to_a_mean_move_the_tension_from_the_middle(found: list[Incident]) -> None:
    weighed = history(found, GOLDSTEIN)
    moved = sum(np.sign(-c.weight) * c.contribution for c in weighed.contributions_on(DAY, GOLDSTEIN))
    assert 50 + moved == pytest.approx(weighed.scores_on(DAY, GOLDSTEIN).tension, abs=1e-9)


def test_a_mean_of_old_news_is_unknown() -> None:
    runs = history([incident(0, "ASSAULT")], GOLDSTEIN).runs(GOLDSTEIN)
    assert [state for _, state in runs] == [State.HOSTILE, State.UNKNOWN]
    assert runs[1][0] == DAY + int(90 * np.log2(9 / 0.5)) + 1


# Clash count


def test_clashes_are_counted_for_thirty_days() -> None:
    found = [
        incident(0, "ASSAULT", killed=99),
        incident(29, "PROTEST"),
        incident(30, "COERCE"),
        incident(0, "ACCUSE"),
    ]
    scores = history(found, CLASHES).scores_on(DAY, CLASHES)
    assert (scores.conflict, scores.cooperation_pressure, scores.cooperation) == (2, 0, 0)
    assert scores.tension == pytest.approx(100 * 2 / 5)
    assert history(found, CLASHES).scores_on(DAY + 30, CLASHES).tension == 0


@given(incidents)
def test_contributions_to_a_count_add_up_to_the_tension(found: list[Incident]) -> None:
    weighed = history(found, CLASHES)
    total = sum(c.contribution for c in weighed.contributions_on(DAY, CLASHES))
    assert total == pytest.approx(weighed.scores_on(DAY, CLASHES).tension, abs=1e-9)


def test_no_clash_is_unknown_to_a_count() -> None:
    runs = history([incident(0, "ASSAULT"), incident(10, "ASSAULT")], CLASHES).runs(CLASHES)
    assert runs == [(DAY - 10, State.STRAINED), (DAY + 30, State.UNKNOWN)]
    assert history([incident(0, "ACCUSE")], CLASHES).runs(CLASHES) == []


# All models


@given(incidents, MODEL_CHOICE)
def test_the_series_is_what_each_day_by_itself_says(found: list[Incident], model: Model) -> None:
    weighed = history(found, model)
    series = weighed.series(DAY - 401, DAY + 40, model)
    for at in (0, 1, 100, 371, 372, 401, 441):
        alone = weighed.scores_on(DAY - 401 + at, model)
        assert series.tension[at] == pytest.approx(alone.tension, abs=1e-9)
        assert series.cooperation[at] == pytest.approx(alone.cooperation, abs=1e-9)
        assert series.conflict[at] == pytest.approx(alone.conflict, abs=1e-9)


@given(incidents, MODEL_CHOICE)
def test_runs_end_in_unknown(found: list[Incident], model: Model) -> None:
    runs = history(found, model).runs(model)
    assert not runs or runs[-1][1] is State.UNKNOWN


def test_only_scoring_models_let_conflict_spill_over() -> None:
    assert {name: model.spillover_share for name, model in MODELS.items() if model.spillover_share} == {
        "2026.1": 0.3,
        "2026.2": 0.3,
        "2026.1-clash": 0.3,
    }


def test_incidents_weigh_under_a_model_as_if_made_from_their_reports_under_it() -> None:
    changed = DEFAULT_MODEL.with_constants("other", doubt=0.8, magnitude_cap=1.5)
    for model in (*MODELS.values(), changed):
        (again,) = reweighed([incident(0, "ASSAULT", killed=99, publishers=2)], model)
        assert again.weight == model.weight("ASSAULT", 2, 99, None)
    assert incidents_of([], changed) == {}


def test_every_constant_lies_within_its_range() -> None:
    for model in MODELS.values():
        for name, value in model.constants().items():
            assert model.ranges()[name][0] <= value <= model.ranges()[name][1], (model.name, name)
