"""Given incidents that weigh, then any part of their list is what the whole list has there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.queries.context.heaviest_first import heaviest_first, some_of
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL, MODELS, Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import IncidentGroup, Tie

DAY = 1000
Row = tuple[int, float]  # a day, of a few on which there are many, and a weight, of a few that are alike

rows = st.lists(
    st.tuples(st.sampled_from([1, 900, 998, 999, DAY, DAY + 1]), st.sampled_from([-9.0, -2.0, 0.0, 4.0]))
)


def group(rows: list[Row], a: str = "A", b: str = "B", tie: Tie | None = None) -> IncidentGroup:
    found = [
        Incident(f"{a}>{b}:{number}", a, b, 0, None, day, weight > -9, 1, 1, None, None, weight)
        for number, (day, weight) in enumerate(rows)
    ]
    return IncidentGroup.of(sorted(found, key=lambda each: (each.day, each.id)), tie)


@pytest.mark.parametrize("model", [DEFAULT_MODEL, MODELS["goldstein-mean"]])
@given(own=rows, ended=rows, spilled=rows, first=st.integers(0, 12), number=st.integers(0, 12))
def test_any_part_is_what_the_whole_has_there(
    model: Model, own: list[Row], ended: list[Row], spilled: list[Row], first: int, number: int
) -> None:
    ties = Tie("A", "C", (500,), (True,)), Tie("A", "D", (500, 600), (True, False))
    groups = group(spilled, "B", "C", ties[0]), group(ended, "B", "D", ties[1])
    history = PairHistory(("A", "B"), group(own), groups)
    whole = sorted(history.contributions_on(DAY, model), key=heaviest_first)
    weighed = history.weighed_on(DAY, model)
    assert some_of(weighed, first, first + number) == whole[first : first + number]
    assert some_of(weighed, 0, len(whole) + 1) == whole
    assert sum(len(each.places) for each in weighed) == len(whole)
