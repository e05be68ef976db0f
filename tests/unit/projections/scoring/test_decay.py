"""Weights that fade: closed forms."""

from datetime import date

import numpy as np
import pytest
from numpy.testing import assert_allclose

from projections.scoring.decay import decay, decayed_sums
from projections.times import to_day


def test_a_weight_halves_each_half_life_and_counts_from_its_day_on() -> None:
    assert_allclose(decay(np.array([-1, 0, 30, 60]), 30), [0, 1, 0.5, 0.25])


def test_sums_over_centuries_neither_overflow_nor_vanish() -> None:
    start, end = to_day(date(1648, 10, 24)), to_day(date(2026, 1, 1))
    (sums,) = decayed_sums(np.array([start, end]), np.array([5.0, 3.0]), np.array([0, 0]), (30,), start, end)
    assert sums[0] == 5.0
    assert sums[30] == pytest.approx(2.5)
    assert sums[-1] == pytest.approx(3.0)
    assert np.isfinite(sums).all()
