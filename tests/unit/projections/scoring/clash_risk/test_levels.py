"""Levels from incidents: those of running sums, and to the last digit the same in whichever order."""

from math import fsum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.scoring.clash_risk.levels import clashes_by_actor, elsewhere_of, levels_of, levels_of_all
from projections.scoring.clash_risk.risk_model import ClashLevels
from projections.scoring.incidents import Incident
from projections.scoring.pressures import columns_of
from tests.unit.projections.scoring.clash_risk import test_clash_sums
from tests.unit.projections.scoring.clash_risk.incidents import PAIRS, drawn

PAIR = ("A", "B")


def levels(incidents: list[Incident], day: int) -> ClashLevels:
    clashes = [each for each in incidents if each.type == "ASSAULT" and each.day <= day]
    pair = np.array([PAIRS.index((each.a, each.b)) for each in clashes], dtype=np.int64)
    ages = day - np.array([each.day for each in clashes], dtype=np.int64)
    by_actor = clashes_by_actor(PAIRS, pair, ages, np.array([each.weight for each in clashes]))
    own = columns_of([each for each in incidents if (each.a, each.b) == PAIR])
    return levels_of(own, day, elsewhere_of(PAIR, by_actor))


@settings(max_examples=40)
@given(drawn, st.integers(-3_100, 3_100))
def test_they_are_those_of_the_incidents_that_had_happened(incidents: list[Incident], day: int) -> None:
    past = [each for each in incidents if each.day <= day]
    expected = test_clash_sums.by_definition(past, day)
    for one, other in zip(levels(incidents, day), expected, strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-12)


@settings(max_examples=40)
@given(drawn, st.randoms(use_true_random=False))
def test_the_order_of_incidents_does_not_show(incidents: list[Incident], random: object) -> None:
    shuffled = list(incidents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert levels(shuffled, 3_000) == levels(incidents, 3_000)


@settings(max_examples=20)
@given(st.lists(drawn, max_size=4), st.integers(-3_100, 3_100))
def test_many_pairs_at_once_are_as_each_by_itself(each: list[list[Incident]], day: int) -> None:
    own, elsewhere = [columns_of(incidents) for incidents in each], [(1.0, 2.0)] * len(each)
    assert levels_of_all(own, day, elsewhere) == [levels_of(columns, day, (1.0, 2.0)) for columns in own]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=9))
def test_what_is_elsewhere_is_the_sum_without_what_is_between_the_two(between: list[float]) -> None:
    clashes = {"A": {str(other): level for other, level in enumerate(between)}}
    assert elsewhere_of(("A", "0"), clashes) == (fsum(between[1:]), 0.0)
