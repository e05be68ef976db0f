"""Weights that fade: closed forms."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from projections.scoring.decay import decay, decayed_sums, sums_within
from projections.times import to_day


def test_a_weight_halves_each_half_life_and_counts_from_its_day_on() -> None:
    assert_allclose(decay(np.array([-1, 0, 30, 60]), 30), [0, 1, 0.5, 0.25])


def test_sums_over_centuries_neither_overflow_nor_vanish() -> None:
    start, end = to_day(date(1648, 10, 24)), to_day(date(2026, 1, 1))
    on = np.arange(start, end + 1)
    (sums,) = decayed_sums(np.array([start, end]), np.array([5.0, 3.0]), np.array([0, 0]), (30,), on)
    assert sums[0] == 5.0
    assert sums[30] == pytest.approx(2.5)
    assert sums[-1] == pytest.approx(3.0)
    assert np.isfinite(sums).all()


far = st.integers(-700_000, 700_000)
some_days = st.lists(far, min_size=1, max_size=8).map(lambda drawn: np.unique(drawn))


@given(st.lists(far, max_size=8), some_days, st.integers(1, 50))
def test_sums_on_some_days_are_what_each_day_by_itself_says(drawn: list[int], on: np.ndarray, window: int) -> None:
    days, weights = np.array(drawn, dtype=np.int64), np.arange(1, len(drawn) + 1, dtype=np.float64)
    sums = decayed_sums(days, weights, np.arange(len(drawn)) % 2, (30, 90), on)
    within_window = sums_within(days, weights, window, on)
    for place, day in enumerate(on):
        for kind, half_life in enumerate((30, 90)):
            alone = float((weights * decay(day - days, half_life))[kind::2].sum())
            assert sums[kind, place] == pytest.approx(alone, rel=1e-9, abs=1e-100)
        assert within_window[place] == weights[(days <= day) & (days > day - window)].sum()
