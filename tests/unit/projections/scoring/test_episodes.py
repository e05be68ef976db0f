"""Episodes: runs of states until a day, their peaks, and what they began with."""

from itertools import zip_longest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.scoring.episodes import MOST_BEGINNINGS, Beginning, Episode, EpisodeHistory
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.models import MODEL_2026_1, Model
from projections.scoring.pair_history import PairHistory, run_on
from projections.scoring.spillover import IncidentGroup, Tie
from projections.scoring.states import State

PAIR = ("RUS", "TUR")
FAR = 10_000  # a day on which all is forgotten


def incident(number: int, day: int, weight: float, a: str = "RUS") -> Incident:
    plover = "ASSAULT" if weight < -4 else "ACCUSE" if weight < 0 else "CONSULT"
    return Incident(f"{a}:{number}", a, "TUR", 0, plover, day, abs(weight) > 4, 1, 1, None, None, weight)


def history(*own: Incident, spilled: tuple[IncidentGroup, ...] = ()) -> PairHistory:
    return PairHistory(PAIR, IncidentGroup.of(own), spilled)


def episodes(of: PairHistory, until: int = FAR, model: Model = MODEL) -> list[Episode]:
    history = EpisodeHistory.of(of, until, model)
    return [history.episode(run) for run in history.runs]


def began(episode: Episode) -> list[str]:
    return [contribution.incident.id for contribution in episode.began_with]


drawn = st.lists(st.tuples(st.integers(0, 120), st.floats(-9, 9)), max_size=10)


@settings(deadline=None)
@given(drawn, drawn, st.integers(-5, 300))
def test_episodes_follow_each_other_and_agree_with_states_and_series(
    mine: list[tuple[int, float]], clients: list[tuple[int, float]], until: int
) -> None:
    tie = Tie("RUS", "SYR", (30, 60), (True, False))
    spilled = IncidentGroup.of([incident(n, day, weight, "SYR") for n, (day, weight) in enumerate(clients)], tie)
    pair = history(*(incident(n, day, weight) for n, (day, weight) in enumerate(mine)), spilled=(spilled,))

    found = episodes(pair, until)

    runs = pair.runs(MODEL)
    assert [(e.run.first, e.run.state) for e in found] == [run for run in runs if run[0] <= until]
    for episode, following in zip_longest(found, found[1:]):
        last = until if episode.run.last is None else episode.run.last
        assert episode.run.last == (following.run.first - 1 if following else None)
        assert episode.days == last - episode.run.first + 1
        assert episode.run.first <= episode.peak_day <= last
        tensions = pair.series(episode.run.first, last, MODEL).tension
        assert episode.peak == pytest.approx(tensions.max(), abs=1e-9)
        assert pair.scores_on(episode.peak_day, MODEL).tension == pytest.approx(episode.peak, abs=1e-9)
        assert len(episode.began_with) == min(episode.incidents, MOST_BEGINNINGS)
        if Beginning.TIE not in episode.because:
            contributions = {c.incident.id: c for c in pair.contributions_on(episode.run.first, MODEL)}
            for named in episode.began_with:
                assert named.contribution == pytest.approx(contributions[named.incident.id].contribution, abs=1e-9)
                assert named.weight == pytest.approx(contributions[named.incident.id].weight, abs=1e-12)
    if found:
        assert run_on(until, runs) == (found[-1].run.state, found[-1].run.first)


def test_a_pair_of_which_nothing_is_known_has_no_episodes() -> None:
    assert episodes(history()) == []
    assert episodes(history(incident(1, 0, 0.0))) == []
    assert episodes(history(incident(1, 0, -9.0)), until=-1) == []


def test_an_episode_begins_with_the_incidents_of_its_first_day_and_ends_by_decay() -> None:
    first, *_, last = episodes(history(incident(1, 0, -9.0), incident(2, 0, 2.5), incident(3, 0, 0.0)))

    assert (first.run.state, first.because, first.peak_day) == (State.STRAINED, (Beginning.INCIDENTS,), 0)
    assert (began(first), first.incidents) == (["RUS:1", "RUS:2"], 2)
    assert (last.run.state, last.run.last, last.because) == (State.UNKNOWN, None, (Beginning.DECAY,))
    assert began(last)[0] == "RUS:1"
    assert last.peak_day == last.run.first


def test_nothing_is_told_of_what_comes_after_the_day() -> None:
    whole, cut = episodes(history(incident(1, 0, -9.0))), episodes(history(incident(1, 0, -9.0)), until=10)

    (only,) = cut
    assert (only.run.first, only.run.last, only.days) == (0, None, 11)
    assert whole[0].run.last is not None
    assert whole[0].days == whole[0].run.last + 1 > only.days


def test_a_tie_that_begins_or_ends_is_what_an_episode_began_with() -> None:
    tie = Tie("RUS", "SYR", (20, 40), (True, False))
    client = IncidentGroup.of([incident(n, 0, -9.0, "SYR") for n in range(6)], tie)

    first, begun, ended, *_ = episodes(history(incident(9, 0, 2.0), spilled=(client,)))

    assert (first.because, first.run.state) == ((Beginning.INCIDENTS,), State.NEUTRAL)
    assert (begun.run.first, begun.because, begun.incidents) == (20, (Beginning.TIE,), 6)
    assert {(c.via, c.patron) for c in begun.began_with} == {("SYR", "RUS")}
    assert (ended.run.first, ended.because, ended.incidents) == (40, (Beginning.TIE,), 6)
    day_before = {c.incident.id: c.contribution for c in history(incident(9, 0, 2.0), spilled=(client,))
                  .contributions_on(39, MODEL)}  # fmt: skip
    assert all(c.contribution == pytest.approx(day_before[c.incident.id]) for c in ended.began_with)


def test_open_conflict_ends_when_its_assaults_leave_the_window() -> None:
    pair = history(incident(1, 0, -18.0), incident(2, 3, -18.0), incident(3, 30, -3.0))

    after = next(e for e in episodes(pair) if e.run.before is State.OPEN_CONFLICT)

    assert (after.run.first, after.run.state) == (30, State.HOSTILE)
    assert after.because == (Beginning.INCIDENTS, Beginning.WINDOW)
    assert set(began(after)) == {"RUS:1", "RUS:3"}


def test_of_many_incidents_the_heaviest_are_named() -> None:
    first = episodes(history(*(incident(n, 0, -1.0 - n) for n in range(25))))[0]

    assert first.incidents == 25
    assert began(first) == [f"RUS:{n}" for n in range(24, 14, -1)]


def test_the_first_episode_begins_once_something_bears_on_the_pair() -> None:
    tie = Tie("RUS", "SYR", (20,), (True,))
    client = IncidentGroup.of([incident(1, 0, -9.0, "SYR")], tie)

    begun, *_ = episodes(history(spilled=(client,)), model=MODEL_2026_1)

    assert (begun.run.first, begun.because) == (20, (Beginning.TIE,))
    assert episodes(history(spilled=(client,))) == []
