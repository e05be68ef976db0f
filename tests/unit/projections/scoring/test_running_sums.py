"""Running sums: the same as going through the incidents, whatever the order of arrival."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.pressures import IncidentColumns
from projections.scoring.running_sums import ExactSum, RunningSums, pressures_from_levels, terms_of

_Row = tuple[float, int, bool, int]

rows = st.tuples(
    st.floats(-40, 40, allow_nan=False, allow_subnormal=False),
    st.integers(-10_000, 30_000),
    st.booleans(),
    st.integers(0, 2),
)


def summed(incidents: list[_Row], taken_away: list[_Row] = []) -> RunningSums:  # noqa: B006  # never changed
    sums = RunningSums()
    for times, some in ((1, incidents), (-1, taken_away)):
        for weight, day, material, direction in some:
            sums.add(weight, day, material=material, direction=direction, model=MODEL, times=times)
    return sums


@given(st.lists(rows, max_size=20), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_digits(incidents: list[_Row], random: object) -> None:
    shuffled = list(incidents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert str(summed(shuffled)) == str(summed(incidents))


@given(st.lists(rows, max_size=15), st.lists(rows, max_size=15))
def test_what_is_taken_away_leaves_no_trace(kept: list[_Row], retracted: list[_Row]) -> None:
    assert str(summed([*retracted, *kept], retracted)) == str(summed(kept))


@given(st.lists(rows, max_size=20), st.integers(0, 4000))
def test_the_sums_say_what_the_incidents_say(incidents: list[_Row], later: int) -> None:
    newest = max((day for _, day, _, _ in incidents), default=0)
    levels = summed(incidents).levels(newest, MODEL)
    by_direction = pressures_from_levels(levels, later, MODEL)
    columns = IncidentColumns.of([(day, weight, material, way, False) for weight, day, material, way in incidents])
    expected = columns.pressures_on(newest + later, MODEL)
    conflict = sum(pressures.conflict for pressures in by_direction.values())
    cooperation = sum(pressures.cooperation for pressures in by_direction.values())
    assert conflict == pytest.approx(expected.conflict, rel=1e-9, abs=1e-12)
    assert cooperation == pytest.approx(expected.cooperation, rel=1e-9, abs=1e-12)


@given(st.lists(rows, max_size=10))
def test_sums_are_read_back_as_they_were_written(incidents: list[_Row]) -> None:
    sums = summed(incidents)
    assert str(RunningSums.parse(str(sums))) == str(sums)
    assert RunningSums.parse(str(sums)).levels(30_000, MODEL) == sums.levels(30_000, MODEL)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6, allow_subnormal=False), st.integers(-300, 300)), max_size=10))
def test_a_dyadic_sum_is_exact(terms: list[tuple[float, int]]) -> None:
    total = ExactSum()
    for number, shift in terms:
        mantissa, exponent = terms_of(number)
        assert mantissa * 2.0**exponent == number
        total.add(mantissa, exponent + shift)
    for number, shift in terms:
        mantissa, exponent = terms_of(-number)
        total.add(mantissa, exponent + shift)
    assert total == ExactSum()
