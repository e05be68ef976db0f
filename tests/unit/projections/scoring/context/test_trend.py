"""Given a pair's incidents, then where it is heading: closed forms, and what holds for all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.scoring.context.trend import TrendDirection, trend_on, trends_of_all, trends_on
from projections.scoring.models import MODEL_2026_1, MODELS, Model
from projections.scoring.pressures import IncidentColumns

WORSENING, IMPROVING, STEADY = TrendDirection
ASSAULT, ACCUSATION, AID = (-4.5, True), (-1.5, False), (5.0, True)
Row = tuple[int, float, bool, int, bool]


def columns(*incidents: tuple[int, tuple[float, bool]]) -> IncidentColumns:
    return IncidentColumns.of([(day, weight, material, 0, False) for day, (weight, material) in incidents])


ROWS = st.lists(
    st.tuples(st.integers(-200, 100), st.floats(-36, 40), st.booleans(), st.integers(0, 2), st.booleans()),
    max_size=12,
)


@pytest.mark.parametrize(
    ("day", "direction", "change", "news"),
    [
        (-1, STEADY, 0.0, 0.0),
        (0, WORSENING, 4.5, 4.5),
        (29, WORSENING, 4.5 * 2 ** (-29 / 90), 4.5 * 2 ** (-29 / 90)),
        (30, IMPROVING, -4.5, 0.0),
        (59, IMPROVING, -4.5 * 2 ** (-29 / 90), 0.0),
        (60, STEADY, 0.0, 0.0),
    ],
)
def test_one_clash_worsens_a_pair_for_a_month_and_its_end_betters_it_for_another(
    day: int, direction: TrendDirection, change: float, news: float
) -> None:
    found = trend_on(day, columns((0, ASSAULT), (-3, AID)), MODEL_2026_1)
    assert found.direction is direction
    assert (found.change, found.news) == pytest.approx((change, news), abs=1e-12)


def test_a_word_alone_is_no_trend_and_neither_is_a_war_that_goes_on_as_before() -> None:
    assert trend_on(0, columns((0, ACCUSATION)), MODEL_2026_1).direction is STEADY
    war = columns(*((day, ASSAULT) for day in range(0, 300, 3)))
    assert trend_on(15, war, MODEL_2026_1).direction is WORSENING
    assert trend_on(240, war, MODEL_2026_1).direction is STEADY
    twice = columns(*((day, ASSAULT) for day in range(0, 300, 3)), *((day, ASSAULT) for day in range(240, 300, 3)))
    assert trend_on(270, twice, MODEL_2026_1).direction is WORSENING


@given(ROWS, st.integers(-150, 200))
def test_news_are_the_change_of_pressure_beyond_what_decay_alone_would_do(rows: list[Row], day: int) -> None:
    own, model = IncidentColumns.of(rows), MODEL_2026_1
    earlier = (own.weight < 0) & (own.day <= day - model.trend_window)
    alone = own.at(np.flatnonzero(earlier)).pressures_on(day, model).conflict
    expected = own.pressures_on(day, model).conflict - alone
    assert trend_on(day, own, model).news == pytest.approx(expected, abs=1e-9)


@settings(max_examples=30)
@given(ROWS, st.sampled_from(list(MODELS.values())))
def test_a_series_says_what_each_day_by_itself_does_in_whichever_order_the_incidents_are(
    rows: list[Row], model: Model
) -> None:
    own = IncidentColumns.of(rows)
    shuffled = IncidentColumns.of(rows[::-1])
    on = np.arange(-150, 200, 7)
    for day, found in zip(on.tolist(), trends_on(on, own, model), strict=True):
        alone = trend_on(day, own, model)
        assert trend_on(day, shuffled, model) == alone
        assert found[1:] == pytest.approx(alone[1:], abs=1e-9)
        assert found.direction is alone.direction


@settings(max_examples=20)
@given(st.lists(ROWS, max_size=4), st.integers(-150, 200), st.sampled_from(list(MODELS.values())))
def test_many_pairs_at_once_are_as_each_by_itself(each: list[list[Row]], day: int, model: Model) -> None:
    own = list(map(IncidentColumns.of, each))
    assert trends_of_all(day, own, model) == [trend_on(day, columns, model) for columns in own]
