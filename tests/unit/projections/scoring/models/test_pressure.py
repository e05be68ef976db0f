"""The model of pressures: closed forms."""

import pytest

from projections.scoring.models import MODEL_2026_1 as MODEL


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


def test_tension_and_cooperation_are_as_the_design_has_them() -> None:
    assert MODEL.tension(5.9, 6.5) == pytest.approx(100 * 5.9 / (5.9 + 10 + 0.25 * 6.5))
    assert MODEL.cooperation(5.9, 6.5) == pytest.approx(100 * 6.5 / (6.5 + 10 + 0.25 * 5.9))
    assert MODEL.tension(0.0, 0.0) == 0
