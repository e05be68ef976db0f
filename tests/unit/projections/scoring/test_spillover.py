"""Spill-over: which clients count for a pair, and that every way to their share comes to the same."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.pairs import Pair, other_of, pair_of
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import (
    IncidentGroup,
    Tie,
    backings_on,
    clients_of,
    clients_on,
    pairs_spilled_to,
    spilled,
    spilled_sum,
    spillover_of_all,
    spillover_on_days,
)

ACTORS = ("A", "B", "C", "D")
TIES = (Tie("A", "C", (10, 50), (True, False)), Tie("B", "D", (0,), (True,)), Tie("A", "B", (0,), (True,)))
pairs = st.sampled_from([pair_of(a, b) for a in ACTORS for b in ACTORS if a < b])
ties = st.lists(
    st.tuples(st.sampled_from(ACTORS), st.sampled_from(ACTORS), st.integers(0, 40)).filter(lambda t: t[0] != t[1]),
    max_size=5,
    unique_by=lambda t: t[:2],
).map(lambda found: [Tie(patron, client, (day, day + 20), (True, False)) for patron, client, day in found])
happened = st.lists(st.tuples(pairs, st.integers(0, 60), st.floats(-9, 9)), max_size=12)


def by_pair(rows: list[tuple[Pair, int, float]]) -> dict[Pair, list[Incident]]:
    found: dict[Pair, list[Incident]] = {}
    for number, ((a, b), day, weight) in enumerate(rows):
        incident = Incident(f"{number}", a, b, 0, None, day, weight < -4, 1, 1, None, None, weight)
        found.setdefault((a, b), []).append(incident)
    return found


turns = st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=6).map(
    lambda found: sorted(found, key=lambda t: t[0])
)


@given(turns)
def test_a_patron_has_backed_a_client_since_the_first_of_the_days_on_which_it_did_without_a_break(
    found: list[tuple[int, bool]],
) -> None:
    tie = Tie("A", "B", tuple(day for day, _ in found), tuple(active for _, active in found))
    since: int | None = None
    for day in range(-1, 10):
        since = (day if since is None else since) if tie.active_on(day) else None
        assert tie.active_since(day) == since
        assert backings_on(day, ("A", "B"), [tie, *TIES[:2]]) == (() if since is None else (("A", "B", since),))


def test_a_client_counts_with_the_other_actor_of_the_pair_and_never_one_of_the_two() -> None:
    assert [client.pair for client in clients_of(("A", "B"), TIES)] == [("B", "C"), ("A", "D")]
    both = [("A", "B"), ("C", "D")]
    assert clients_on(9, both, TIES) == {("A", "B"): [("A", "D")], ("C", "D"): []}
    assert clients_on(10, both, TIES) == {("A", "B"): [("B", "C"), ("A", "D")], ("C", "D"): []}
    assert clients_of(("C", "D"), TIES) == []


def tie_by_tie(direct: Mapping[Pair, float], active: list[Tie]) -> dict[Pair, float]:
    """Return what spills over to each pair, added up tie by tie, to the last digit."""
    total: dict[Pair, float] = {}
    for tie in active:
        for pair, conflict in direct.items():
            if tie.client in pair and tie.patron not in pair and conflict > 0:
                to = pair_of(tie.patron, other_of(pair, tie.client))
                total[to] = total.get(to, 0.0) + spilled(conflict, MODEL)
    return total


@given(happened, ties, st.integers(0, 80))
def test_one_pair_and_all_pairs_have_the_same_spilled_over(
    rows: list[tuple[Pair, int, float]], found: list[Tie], day: int
) -> None:
    incidents = by_pair(rows)
    direct = {
        pair: IncidentGroup.of(own).columns.pressures_on(day, MODEL).conflict for pair, own in incidents.items()
    }
    active = [tie for tie in found if tie.active_on(day)]
    of_pairs, of_others = spillover_of_all(list(direct), np.array([*direct.values()]), active, MODEL)
    assert of_others.keys().isdisjoint(direct)
    of_all = {**dict(zip(direct, of_pairs.tolist(), strict=True)), **of_others}
    assert {pair: pressure for pair, pressure in of_all.items() if pressure} == tie_by_tie(direct, active)
    assert {pair for pair, pressure in of_all.items() if pressure} <= pairs_spilled_to(
        incidents, [(tie.patron, tie.client) for tie in found]
    )
    for a in ACTORS:
        for b in ACTORS[ACTORS.index(a) + 1 :]:
            history = PairHistory.of((a, b), incidents, found)
            alone = history.scores_on(day, MODEL).spillover
            assert alone == pytest.approx(of_all.get((a, b), 0.0))
            clients = clients_on(day, [(a, b)], found)[a, b]
            assert alone == pytest.approx(spilled_sum((direct.get(client, 0.0) for client in clients), MODEL))
            assert alone == pytest.approx(history.series(day, day, MODEL).spillover[0], abs=1e-9)


@given(happened, ties, st.lists(st.integers(0, 80), min_size=1, max_size=4, unique=True).map(sorted))
def test_a_backtest_has_what_each_day_by_itself_has(
    rows: list[tuple[Pair, int, float]], found: list[Tie], days: list[int]
) -> None:
    incidents = by_pair(rows)
    conflict = {
        pair: np.array([IncidentGroup.of(own).columns.pressures_on(day, MODEL).conflict for day in days])
        for pair, own in incidents.items()
    }
    wanted = [("A", "B"), ("B", "C")]
    total = spillover_on_days(np.array(days), wanted, found, conflict, MODEL)
    for row, pair in enumerate(wanted):
        history = PairHistory.of(pair, incidents, found)
        expected = [history.scores_on(day, MODEL).spillover for day in days]
        assert total[row] == pytest.approx(expected)


def test_incidents_that_spill_over_weigh_their_share_while_the_tie_is_active() -> None:
    incidents = by_pair([(("B", "C"), 0, -9.0), (("B", "C"), 0, 9.0)])[("B", "C")]
    group, own = IncidentGroup.of(incidents, TIES[0]), IncidentGroup.of(incidents)
    assert (group.via, group.patron, own.via, own.patron) == ("C", "A", None, None)
    assert group.weights_on(9, MODEL).tolist() == [0, 0]
    assert group.weights_on(10, MODEL).tolist() == [pytest.approx(-0.3 * 9 * 2 ** (-10 / 90)), 0]
    assert group.weights_on(10, MODEL, np.array([1])).tolist() == [0]
    assert own.weights_on(0, MODEL).tolist() == [-9, 9]
    assert (own.spilled_on(10, MODEL), own.daily_spillover(np.array([9, 10]), MODEL).tolist()) == (0, [0, 0])
