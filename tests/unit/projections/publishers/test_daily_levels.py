"""Given the levels of a day, when days go by, then they are what rows of later days go on from."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from projections.publishers.daily_levels import daily_level_rows, levels_after
from tests.unit.projections.scoring.test_runs_of_many import incident

_PAIR = ("ISR", "LBN")


@given(st.lists(st.tuples(st.integers(1, 20_000), st.sampled_from((-9.0, -0.3, 0.2, 7.5)), st.booleans())))
def test_levels_after_some_days_are_what_rows_of_later_days_go_on_from(
    steps: list[tuple[int, float, bool]],
) -> None:
    day = 0
    incidents = []
    for days, weight, material in steps:
        day += days
        incidents.append(incident(day, weight, material=material))

    rows = daily_level_rows({_PAIR: incidents}, {})

    for before, after, new in zip(rows, rows[1:], incidents[1:], strict=False):
        (left,) = levels_after(np.array([before[3:]]), np.array([after[2] - before[2]]))
        left[2 * (new.weight > 0) + new.material] += abs(new.weight)
        assert after[3:] == tuple(left)
