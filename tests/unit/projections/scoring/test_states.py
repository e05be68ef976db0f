"""The states: the rules in their order, and how long a state holds."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL, MODEL_2026_1, Model
from projections.scoring.pair_history import PairHistory, run_on
from projections.scoring.states import DailySeries, State, runs

MODEL = MODEL_2026_1
EITHER = pytest.mark.parametrize("model", [MODEL_2026_1, DEFAULT_MODEL], ids=lambda model: model.name)


def series(
    tension: list[float], cooperation: list[float] | None = None, assaults: int = 0, known: float | None = None
) -> DailySeries:
    """Return a series of a conflict that is as tense, or of which so much is `known`."""
    size = len(tension)
    zeros = np.zeros(size)
    own = np.array([10 * each / (100 - each) if known is None else known for each in tension])
    return DailySeries(
        days=np.arange(100, 100 + size),
        conflict=own,
        cooperation_pressure=zeros,
        tension=np.array(tension, dtype=float),
        cooperation=np.array(cooperation or [0.0] * size, dtype=float),
        spillover=zeros,
        own_conflict=own,
        assaults=np.full(size, assaults),
        quiet=np.zeros(size, dtype=np.int64),
        aligned=np.zeros(size, dtype=np.bool_),
    )


@pytest.mark.parametrize(
    ("tension", "cooperation", "assaults", "known", "state"),
    [
        (90, 90, 9, 0.49, State.UNKNOWN),
        (50, 0, 2, 0.5, State.OPEN_CONFLICT),
        (50, 0, 1, 5, State.HOSTILE),
        (49.9, 0, 9, 5, State.STRAINED),
        (25, 25, 0, 5, State.STRAINED_COOPERATION),
        (25, 24.9, 0, 5, State.STRAINED),
        (24.9, 50, 0, 5, State.COOPERATIVE),
        (24.9, 25, 0, 5, State.CORDIAL),
        (24.9, 24.9, 0, 5, State.NEUTRAL),
    ],
)
def test_the_first_rule_that_matches_gives_the_state(
    tension: float, cooperation: float, assaults: int, known: float, state: State
) -> None:
    assert list(runs(series([tension], [cooperation], assaults, known), MODEL)) == [(100, state)]


@pytest.mark.parametrize("earlier", range(40))
def test_what_is_at_the_bound_of_the_unknown_is_known_however_long_the_series(earlier: int) -> None:
    day = 18000
    at_bound = day + MODEL.half_life_verbal  # half of the weight is left
    weights = ((day - earlier, 0.0), (day, 2.0 * MODEL.unknown_below))
    told = [Incident(f"{on}", "A", "B", 0, None, on, False, 1, 1, None, None, weight) for on, weight in weights]
    history = PairHistory.of(("A", "B"), {("A", "B"): told}, ())
    scores = history.scores_on(at_bound, MODEL)
    assert scores.conflict + scores.cooperation_pressure == MODEL.unknown_below
    found = history.runs(MODEL)
    assert [run_on(each, found)[0] is State.UNKNOWN for each in (at_bound, at_bound + 1)] == [False, True]


@given(st.sampled_from([25.0, 50.0]), st.integers(-4, 4))
def test_a_score_is_at_its_bound_whatever_its_last_digits(bound: float, digits: int) -> None:
    off = bound + digits * np.spacing(bound)
    assert list(runs(series([off]), MODEL)) == list(runs(series([bound]), MODEL))


@EITHER
def test_a_state_holds_until_its_rule_fails_by_two_points(model: Model) -> None:
    assert list(runs(series([51, 49, 48, 47.9, 49.9, 50]), model)) == [
        (100, State.HOSTILE),
        (103, State.STRAINED),
        (105, State.HOSTILE),
    ]


@EITHER
def test_flicker_around_a_threshold_changes_the_state_once(model: Model) -> None:
    assert len(list(runs(series([24.5, 25.5] * 50), model))) == 2


def test_a_rule_that_comes_earlier_takes_over_at_once() -> None:
    falling_into_strain = series([24, 25], [60, 60])
    assert list(runs(falling_into_strain, MODEL)) == [(100, State.COOPERATIVE), (101, State.STRAINED_COOPERATION)]


@EITHER
def test_clashes_and_silence_decide_at_once(model: Model) -> None:
    conflict = series([60, 60])
    conflict.assaults[0] = 2
    assert list(runs(conflict, model)) == [(100, State.OPEN_CONFLICT), (101, State.HOSTILE)]
    silent = series([60, 60])
    silent.conflict[1] = silent.own_conflict[1] = 0.4
    assert list(runs(silent, model)) == [(100, State.HOSTILE), (101, State.UNKNOWN)]


def test_no_days_have_no_runs() -> None:
    assert list(runs(series([]), MODEL)) == []


@given(arrays(float, 60, elements=st.floats(0, 99)), arrays(float, 60, elements=st.floats(0, 99)))
def test_runs_follow_each_other_and_differ(tension: np.ndarray, cooperation: np.ndarray) -> None:
    found = list(runs(series(tension.tolist(), cooperation.tolist(), known=5.0), MODEL))
    assert found[0][0] == 100
    assert all(one[0] < other[0] and one[1] != other[1] for one, other in pairwise(found))
    walked = _walk(tension.tolist(), cooperation.tolist())
    assert found == walked


def _walk(tension: list[float], cooperation: list[float]) -> list[tuple[int, State]]:
    """The same, day by day, as one would say it."""
    found: list[tuple[int, State]] = []
    for day, (t, c) in enumerate(zip(tension, cooperation, strict=True), start=100):
        new = _matching(t, c, 0)
        if found:
            now = found[-1][1]
            order = list(State)
            holds = now in _all_matching(t, c, 2)
            if holds and order.index(new) > order.index(now):
                new = now
        if not found or new is not found[-1][1]:
            found.append((day, new))
    return found


def _all_matching(t: float, c: float, slack: float) -> list[State]:
    high, elevated = 50 - slack, 25 - slack
    rules = [
        (State.HOSTILE, t >= high),
        (State.STRAINED_COOPERATION, t >= elevated and c >= elevated),
        (State.STRAINED, t >= elevated),
        (State.COOPERATIVE, c >= high),
        (State.CORDIAL, c >= elevated),
        (State.NEUTRAL, True),
    ]
    return [state for state, holds in rules if holds]


def _matching(t: float, c: float, slack: float) -> State:
    return _all_matching(t, c, slack)[0]
