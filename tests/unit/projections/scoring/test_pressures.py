"""The score's maths: closed forms, and what must hold for any incidents."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.pressures import IncidentColumns

days = st.integers(-2000, 2000)
weights = st.floats(-40, 40, allow_subnormal=False).filter(lambda w: abs(w) > 1e-6 or w == 0)
rows = st.lists(st.tuples(days, weights, st.booleans(), st.integers(0, 2), st.booleans()), max_size=30)


def test_one_assault_by_hand() -> None:
    killed_13 = MODEL.confidence(1) * MODEL.magnitude(13, None) * -9.0
    incidents = IncidentColumns.of([(0, killed_13, True, 0, True)])
    conflict = 0.5 * (1 + np.log10(14)) * 9 * 2 ** (-6 / 90)
    assert_allclose(incidents.pressures_on(6, MODEL), (conflict, 0.0))
    assert incidents.pressures_on(-1, MODEL) == (0.0, 0.0)


@given(rows, days)
def test_scores_stay_within_their_range(incidents: list[tuple[int, float, bool, int, bool]], day: int) -> None:
    conflict, cooperation = IncidentColumns.of(incidents).pressures_on(day, MODEL)
    assert conflict >= 0
    assert cooperation >= 0
    assert 0 <= MODEL.tension(conflict, cooperation) < 100
    assert 0 <= MODEL.cooperation(conflict, cooperation) < 100


@given(rows, days)
def test_what_is_mutual_counts_once_for_the_pair_and_stands_in_both_directions(
    incidents: list[tuple[int, float, bool, int, bool]], day: int
) -> None:
    columns = IncidentColumns.of(incidents)
    there, back = columns.directed_on(day, MODEL)
    mutual = IncidentColumns.of([row for row in incidents if row[3] == 2]).pressures_on(day, MODEL)
    total = columns.pressures_on(day, MODEL)
    assert there.conflict + back.conflict - mutual.conflict == pytest.approx(total.conflict, abs=1e-9)
    assert there.cooperation + back.cooperation - mutual.cooperation == pytest.approx(total.cooperation, abs=1e-9)


@given(rows, days, st.integers(0, 1500))
def test_the_daily_series_is_what_each_day_by_itself_says(
    incidents: list[tuple[int, float, bool, int, bool]], first: int, length: int
) -> None:
    columns = IncidentColumns.of(incidents)
    conflict, cooperation = columns.daily(np.arange(first, first + length + 1), MODEL)
    for at in {0, length // 3, length}:
        alone = columns.pressures_on(first + at, MODEL)
        assert conflict[at] == pytest.approx(alone.conflict, rel=1e-9, abs=1e-12)
        assert cooperation[at] == pytest.approx(alone.cooperation, rel=1e-9, abs=1e-12)


@given(rows, days, st.integers(0, 100))
def test_assaults_are_counted_over_the_last_thirty_days(
    incidents: list[tuple[int, float, bool, int, bool]], first: int, length: int
) -> None:
    on = np.arange(first, first + length + 1)
    counted = IncidentColumns.of(incidents).assaults_within(on, 30)
    expected = [
        sum(1 for d, _, _, _, assault in incidents if assault and day - 30 < d <= day)
        for day in range(first, first + length + 1)
    ]
    assert counted.tolist() == expected
