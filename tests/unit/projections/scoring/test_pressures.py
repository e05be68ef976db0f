"""The score's maths: closed forms, and what must hold for any incidents."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from projections.scoring.decay import decay, decayed_sums
from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.pressures import IncidentColumns
from projections.times import to_date, to_day

days = st.integers(-2000, 2000)
weights = st.floats(-40, 40, allow_subnormal=False).filter(lambda w: abs(w) > 1e-6 or w == 0)
rows = st.lists(st.tuples(days, weights, st.booleans(), st.integers(0, 2), st.booleans()), max_size=30)


@pytest.mark.parametrize(("publishers", "believed"), [(1, 0.5), (2, 0.75), (3, 0.875)])
def test_each_publisher_halves_the_doubt(publishers: int, believed: float) -> None:
    assert MODEL.confidence(publishers) == believed


@pytest.mark.parametrize(
    ("killed", "wounded", "expected"),
    [
        (None, None, 1.0),
        (0, 0, 1.0),
        (9, 0, 2.0),
        (None, 36, 2.0),
        (99, 0, 3.0),
        (999, 0, 4.0),
        (10**7, 10**7, 4.0),
    ],
)
def test_magnitude_grows_with_the_logarithm_of_casualties_up_to_a_cap(
    killed: int | None, wounded: int | None, expected: float
) -> None:
    assert MODEL.magnitude(killed, wounded) == pytest.approx(expected, abs=1e-12)


def test_a_weight_halves_each_half_life_and_counts_from_its_day_on() -> None:
    assert_allclose(decay(np.array([-1, 0, 30, 60]), 30), [0, 1, 0.5, 0.25])


def test_tension_and_cooperation_are_as_the_design_has_them() -> None:
    assert MODEL.tension(5.9, 6.5) == pytest.approx(100 * 5.9 / (5.9 + 10 + 0.25 * 6.5))
    assert MODEL.cooperation(5.9, 6.5) == pytest.approx(100 * 6.5 / (6.5 + 10 + 0.25 * 5.9))
    assert MODEL.tension(0.0, 0.0) == 0


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
    conflict, cooperation = columns.daily(first, first + length, MODEL)
    for at in {0, length // 3, length}:
        alone = columns.pressures_on(first + at, MODEL)
        assert conflict[at] == pytest.approx(alone.conflict, rel=1e-9, abs=1e-12)
        assert cooperation[at] == pytest.approx(alone.cooperation, rel=1e-9, abs=1e-12)


@given(rows, days, st.integers(0, 100))
def test_assaults_are_counted_over_the_last_thirty_days(
    incidents: list[tuple[int, float, bool, int, bool]], first: int, length: int
) -> None:
    counted = IncidentColumns.of(incidents).assaults_within(first, first + length, 30)
    expected = [
        sum(1 for d, _, _, _, assault in incidents if assault and day - 30 < d <= day)
        for day in range(first, first + length + 1)
    ]
    assert counted.tolist() == expected


def test_sums_over_centuries_neither_overflow_nor_vanish() -> None:
    start, end = to_day(date(1648, 10, 24)), to_day(date(2026, 1, 1))
    (sums,) = decayed_sums(np.array([start, end]), np.array([5.0, 3.0]), np.array([0, 0]), (30,), start, end)
    assert sums[0] == 5.0
    assert sums[30] == pytest.approx(2.5)
    assert sums[-1] == pytest.approx(3.0)
    assert np.isfinite(sums).all()


def test_days_and_dates_are_two_names_for_one_thing() -> None:
    assert to_day(date(1970, 1, 1)) == 0
    assert to_date(to_day(date(2020, 2, 12))) == date(2020, 2, 12)
    assert to_date(10**9) == date.max
    assert to_date(-(10**9)) == date.min
