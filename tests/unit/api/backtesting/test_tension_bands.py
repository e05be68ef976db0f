"""What a tension meant: cases by bands of ten points."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from api.backtesting.tension_bands import bands_of


def test_cases_are_counted_in_their_band_with_the_share_that_a_clash_followed() -> None:
    cases: Any = SimpleNamespace(happened=np.array([[False, True], [True, True]]))
    bands = bands_of(np.array([[0.0, 9.9], [10.0, 100.0]]), cases)
    assert [(band.low, band.high, band.cases, band.observed) for band in bands] == [
        (0.0, 10.0, 2, 0.5),
        (10.0, 20.0, 1, 1.0),
        (90.0, 100.0, 1, 1.0),
    ]
