"""Running sums of the clash risk: what the incidents come to, in whichever order they come and go."""

from collections.abc import Iterable
from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.scoring.clash_risk.clash_sums import ActorClashes, ClashSums, add_clashes
from projections.scoring.clash_risk.risk_model import ClashLevels
from projections.scoring.incidents import Incident
from projections.scoring.running_sums import ExactSum
from tests.unit.projections.scoring.clash_risk.incidents import drawn, incident

PAIR = ("A", "B")


def levels(incidents: Iterable[Incident], day: int) -> ClashLevels:
    own, totals = ClashSums(), dict[str, ActorClashes]()
    for each in incidents:
        if (each.a, each.b) == PAIR:
            own.add(each)
    add_clashes(totals, incidents)
    of_both = [totals[actor].total if actor in totals else ExactSum() for actor in PAIR]
    return own.levels(day, (of_both[0], of_both[1]))


def by_definition(incidents: Iterable[Incident], day: int) -> ClashLevels:
    def faded(chosen: Iterable[Incident], half_life: int) -> float:
        return fsum(-each.weight * 2.0 ** (-(day - each.day) / half_life) for each in chosen if each.weight < 0)

    own = [each for each in incidents if (each.a, each.b) == PAIR]
    clashes = [each for each in incidents if each.type == "ASSAULT"]
    mine = [each for each in clashes if each in own]
    others = [[each for each in clashes if actor in each[1:3] and each not in own] for actor in PAIR]
    return ClashLevels(
        (faded(mine, 7), faded(mine, 90), faded(mine, 365)),
        faded([each for each in own if each.type != "ASSAULT"], 90),
        (faded(others[0], 30), faded(others[1], 30)),
    )


@settings(max_examples=40)
@given(drawn, st.integers(3_000, 4_000))
def test_the_sums_say_what_the_incidents_say(incidents: list[Incident], day: int) -> None:
    found, expected = levels(incidents, day), by_definition(incidents, day)
    assert found.clashes == pytest.approx(expected.clashes, rel=1e-9, abs=1e-12)
    assert found.other_conflict == pytest.approx(expected.other_conflict, rel=1e-9, abs=1e-12)
    assert found.elsewhere == pytest.approx(expected.elsewhere, rel=1e-9, abs=1e-12)


@settings(max_examples=40)
@given(drawn, drawn, st.randoms(use_true_random=False))
def test_neither_order_nor_what_is_taken_away_leaves_a_trace(
    kept: list[Incident], gone: list[Incident], random: object
) -> None:
    shuffled = [*kept, *gone]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    sums, totals, plain, plain_totals = (
        ClashSums(),
        dict[str, ActorClashes](),
        ClashSums(),
        dict[str, ActorClashes](),
    )
    for each in shuffled:
        sums.add(each)
    for each in gone:
        sums.add(each, times=-1)
    for each in kept:
        plain.add(each)
    add_clashes(totals, shuffled)
    add_clashes(totals, gone, times=-1)
    add_clashes(plain_totals, kept)
    assert str(sums) == str(plain)
    left = {actor: (found.clashes, str(found.total)) for actor, found in totals.items() if found.clashes}
    assert left == {actor: (found.clashes, str(found.total)) for actor, found in plain_totals.items()}


@settings(max_examples=40)
@given(drawn, drawn)
def test_totals_of_parts_add_up_to_that_of_the_whole(one: list[Incident], other: list[Incident]) -> None:
    whole, parts, more = dict[str, ActorClashes](), dict[str, ActorClashes](), dict[str, ActorClashes]()
    add_clashes(whole, [*one, *other])
    add_clashes(parts, one)
    add_clashes(more, other)
    for actor, found in more.items():
        parts.setdefault(actor, ActorClashes(0, found.day)).add_all(found)
    assert {actor: (each.clashes, each.day, str(each.total)) for actor, each in parts.items()} == {
        actor: (each.clashes, each.day, str(each.total)) for actor, each in whole.items()
    }


def test_an_actor_that_clashes_with_the_other_alone_has_nothing_elsewhere() -> None:
    many = [incident(PAIR, day, publishers=3) for day in range(0, 10_000, 3)]
    assert levels(many, 10_000).elsewhere == (0.0, 0.0)


@settings(max_examples=40)
@given(drawn)
def test_sums_are_read_back_as_they_were_written(incidents: list[Incident]) -> None:
    sums = ClashSums()
    for each in incidents:
        sums.add(each)
    assert ClashSums.parse(str(sums)) == ClashSums.parse(str(ClashSums.parse(str(sums))))
    assert str(ClashSums.parse(str(sums))) == str(sums)
