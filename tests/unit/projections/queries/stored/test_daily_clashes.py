"""Given incidents of a pair by day and id, then its clashes are the first of each day that has any."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from projections.queries.stored.daily_clashes import DailyClashes

INCIDENTS = st.lists(
    st.tuples(st.integers(-3, 9), st.text("ab:", max_size=3), st.booleans()), unique_by=lambda i: i[:2]
)


@given(INCIDENTS)
def test_of_each_day_the_clash_that_is_first_by_id_is_kept(incidents: list[tuple[int, str, bool]]) -> None:
    incidents.sort()
    days = np.array([day for day, _, _ in incidents], np.int64)
    is_clash = np.array([clash for _, _, clash in incidents], np.bool_)
    found = DailyClashes.of(days, is_clash, [id_ if clash else None for _, id_, clash in incidents])
    first: dict[int, str] = {}
    for day, id_, clash in incidents:
        if clash:
            first.setdefault(day, id_)
    assert dict(zip(found.day.tolist(), found.incident, strict=True)) == first
    assert found.day.tolist() == sorted(first)
    assert len(found) == len(first)
