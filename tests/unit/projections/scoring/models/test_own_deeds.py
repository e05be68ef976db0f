"""The model of own deeds: what of the model of pressures is other in it, and its states."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.scoring.episodes import Beginning, EpisodeHistory
from projections.scoring.incidents import Incident
from projections.scoring.models import MODEL_2026_1, MODEL_2026_2
from projections.scoring.pair_history import PairHistory, run_on
from projections.scoring.spillover import IncidentGroup, Tie
from projections.scoring.states import State

PAIR = ("A", "B")
STRIKE = MODEL_2026_2.weight("ASSAULT", 4, 33, None)
BACKED = Tie("A", "B", (0,), (True,))


def incident(day: int, weight: float, type_: str | None = None, source: str = "A") -> Incident:
    plover = type_ or ("ASSAULT" if weight < -4 else "ACCUSE" if weight < 0 else "CONSULT")
    return Incident(
        f"{source}{day}{weight}", source, "B", 0, plover, day, abs(weight) > 4, 1, 1, None, None, weight
    )


def history(*own: Incident, spilled: Sequence[IncidentGroup] = (), between: Sequence[Tie] = ()) -> PairHistory:
    return PairHistory(PAIR, IncidentGroup.of(own), tuple(spilled), tuple(between))


def state(found: PairHistory, day: int) -> State:
    return run_on(day, found.runs(MODEL_2026_2))[0]


# Scores


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
    assert {name for name, value in second.items() if first.get(name) != value} == {"damping", "quiet_window"}


def test_the_net_tension_is_that_of_the_conflict_which_cooperation_leaves() -> None:
    net = MODEL_2026_2.net_tension(np.array([30.0, 20.0, 5.0]), np.array([10.0, 10.0, 10.0]))
    assert net.tolist() == pytest.approx([100 * 20 / 30, 50, 0])


# States


def test_one_strike_is_hostile_for_sixty_days_and_no_longer() -> None:
    found = history(incident(0, STRIKE))
    assert [state(found, day) for day in (0, 59, 60)] == [State.HOSTILE, State.HOSTILE, State.STRAINED]


def test_open_conflict_needs_two_clashes_in_thirty_days() -> None:
    found = history(incident(0, STRIKE), incident(20, STRIKE))
    states = [state(found, day) for day in (19, 20, 29, 30, 79, 80)]
    assert states == [
        *(State.HOSTILE, State.OPEN_CONFLICT, State.OPEN_CONFLICT),
        *(State.HOSTILE, State.HOSTILE, State.STRAINED),
    ]


@pytest.mark.parametrize(
    ("conflict", "cooperation", "expected"),
    [
        (10, 0, State.OPEN_CONFLICT),
        (9.9, 0, State.STRAINED),
        (25.4, 15.5, State.STRAINED_COOPERATION),
        (25.6, 15.5, State.OPEN_CONFLICT),
        (84, 75.6, State.STRAINED_COOPERATION),
    ],
)
def test_open_conflict_is_what_outweighs_cooperation_by_the_prior(
    conflict: float, cooperation: float, expected: State
) -> None:
    own = (incident(0, -conflict / 2, "ASSAULT"), incident(0, -conflict / 2, "ASSAULT", "C"))
    assert state(history(*own, incident(0, cooperation)), 0) is expected


@pytest.mark.parametrize(
    ("conflict", "cooperation", "expected"),
    [
        (10, 0, State.HOSTILE),
        (25.6, 15.5, State.STRAINED_COOPERATION),
        (31, 15.5, State.HOSTILE),
        (15, 4.9, State.HOSTILE),
        (15, 5.1, State.STRAINED_COOPERATION),
    ],
)
def test_who_is_hostile_does_at_least_twice_as_much_against_as_for_each_other(
    conflict: float, cooperation: float, expected: State
) -> None:
    assert state(history(incident(0, -conflict, "COERCE"), incident(0, cooperation)), 0) is expected


def test_words_alone_can_be_hostile_and_never_are_an_open_conflict() -> None:
    assert state(history(*(incident(0, -3.0, source=f"S{n}") for n in range(9))), 0) is State.HOSTILE


def test_what_spills_over_strains_and_makes_nobody_hostile() -> None:
    war = IncidentGroup.of([incident(day, STRIKE, source="C") for day in range(9)], Tie("A", "C", (0,), (True,)))
    alone, talking = history(spilled=[war]), history(incident(0, 2.0), spilled=[war])
    assert alone.scores_on(8, MODEL_2026_2).tension > 80
    assert state(alone, 8) is State.UNKNOWN
    assert state(talking, 8) is State.STRAINED
    assert state(history(incident(0, 9.0), spilled=[war]), 8) is State.STRAINED_COOPERATION


def test_who_backs_another_is_aligned_while_nothing_is_known_of_the_two() -> None:
    found = history(incident(10, 2.0), between=[Tie("B", "A", (3, 100), (True, False))])
    runs = found.runs(MODEL_2026_2)
    assert runs == [(3, State.ALIGNED), (10, State.NEUTRAL), (71, State.ALIGNED), (100, State.UNKNOWN)]
    assert history(between=[BACKED]).runs(MODEL_2026_2) == [(0, State.ALIGNED)]
    assert history(between=[BACKED]).runs(MODEL_2026_1) == []


def test_a_tie_that_ends_before_it_began_aligns_nobody() -> None:
    assert history(between=[Tie("A", "B", (5, 5), (True, False))]).runs(MODEL_2026_2) == []


# Episodes


def test_an_episode_of_quiet_began_with_what_has_left_the_window() -> None:
    found = EpisodeHistory.of(history(incident(-9, STRIKE), incident(0, STRIKE)), 300, MODEL_2026_2)
    calmer, quiet = found.runs[2:4]
    assert (calmer.first, calmer.state) == (21, State.HOSTILE)
    episode = found.episode(quiet)
    assert (quiet.first, quiet.state) == (60, State.STRAINED)
    assert (episode.because, episode.incidents) == ((Beginning.WINDOW,), 1)
    assert [each.incident.day for each in episode.began_with] == [0]


def test_an_episode_of_alignment_began_with_a_tie() -> None:
    found = EpisodeHistory.of(history(incident(5, 2.0), between=[BACKED]), 300, MODEL_2026_2)
    assert [(run.state, found.episode(run).because) for run in found.runs] == [
        (State.ALIGNED, (Beginning.TIE,)),
        (State.NEUTRAL, (Beginning.INCIDENTS,)),
        (State.ALIGNED, (Beginning.DECAY,)),
    ]


# Day by day

facts = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from([-19.0, -9.0, -4.5, -3.0, -0.4, 0.0, 0.4, 2.0, 9.0, 20.0])),
    max_size=8,
)
turns = st.lists(st.tuples(st.integers(-50, 400), st.booleans()), max_size=3).map(sorted)


@settings(max_examples=25)
@given(facts, facts, turns, st.sampled_from([{}, {"quiet_window": 7}, {"quiet_window": 400, "clash_window": 90}]))
def test_the_states_are_those_that_a_walk_through_all_days_finds(
    mine: list[tuple[int, float]],
    clients: list[tuple[int, float]],
    tie: list[tuple[int, bool]],
    constants: dict[str, Any],
) -> None:
    model = MODEL_2026_2.with_constants(**constants)
    own = [incident(day, weight, source=f"S{n}") for n, (day, weight) in enumerate(mine)]
    of_client = [incident(day, weight, source="C") for day, weight in clients]
    days, active = tuple(day for day, _ in tie), tuple(stands for _, stands in tie)
    between = Tie("A", "B", days, active)
    found = history(
        *own, spilled=[IncidentGroup.of(of_client, Tie("A", "C", (40, 120), (True, False)))], between=[between]
    ).runs(model)
    before: str | None = None
    for day in range(-60, 600):
        spilled = [w * 0.3 for d, w in clients if w < 0 and 40 <= day < 120] and sum(
            -w * 0.3 * _left(w, day - d) for d, w in clients if w < 0
        )
        stands = [stands for turn, stands in tie if turn <= day][-1:] == [True]
        before = _next_state(before, mine, spilled or 0.0, stands, day, model.quiet_window, model.clash_window)
        assert run_on(day, found)[0] == before, day


def _left(weight: float, age: int) -> float:
    return 2.0 ** (-age / (90 if abs(weight) > 4 else 30)) if age >= 0 else 0.0


def _next_state(
    before: str | None,
    own: list[tuple[int, float]],
    spilled: float,
    stands: bool,
    day: int,
    quiet: int,
    clashes: int,
) -> str:
    """Return the state of a day by the rules as docs/reference/scoring.md has them, from the day before's."""
    conflict = sum(-w * _left(w, day - d) for d, w in own if w < 0)
    cooperating = sum(w * _left(w, day - d) for d, w in own if w > 0)
    assaults = sum(w < -4 and 0 <= day - d < clashes for d, w in own)
    recent = any(w < 0 and 0 <= day - d < quiet for d, w in own)
    left = max(conflict - cooperating, 0.0)
    net, tension, friendly = (100 * p / (p + 10) for p in (left, conflict + spilled, cooperating))

    def holds(state: str, less: float) -> bool:
        high, elevated = (50 - less) * (1 - 1e-9), (25 - less) * (1 - 1e-9)
        known = conflict + cooperating >= 0.5 * (1 - 1e-9)
        dominant = net >= (friendly - less) - 1e-9 * abs(friendly - less)
        return {
            "unknown": not known and not stands,
            "aligned": not known and stands,
            "open_conflict": net >= high and assaults >= 2,
            "hostile": net >= high and dominant and recent,
            "strained_cooperation": tension >= elevated and friendly >= elevated,
            "strained": tension >= elevated,
            "cooperative": friendly >= high,
            "cordial": friendly >= elevated,
            "neutral": True,
        }[state]

    order = [str(each) for each in State]
    first = next(each for each in order if holds(each, 0))
    if before is None or order.index(first) <= order.index(before) or not holds(before, 2):
        return first
    return before
