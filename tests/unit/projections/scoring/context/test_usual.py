"""Given a pair's own past, then how a day compares with it: closed forms, and what plain loops come to."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.scoring.context.trend import trend_on
from projections.scoring.context.usual import DaysOfPair, Today, Usual, usual_on, usual_over
from projections.scoring.models import MODEL_2026_1, MODELS, Model
from projections.scoring.pressures import IncidentColumns
from projections.times import to_date, to_day

DAY = to_day(date(2009, 1, 20))
Row = tuple[int, float, bool, int, bool]


def clashes(days: Sequence[int], weight: float = -4.5) -> IncidentColumns:
    return IncidentColumns.of([(day, weight, True, 0, True) for day in days])


def usual(day: int, own: IncidentColumns, model: Model = MODEL_2026_1) -> Usual | None:
    pressure, news = own.pressures_on(day, model).conflict, trend_on(day, own, model).news
    (found,) = usual_on(day, [Today(pressure, news, int(own.day.min()) if len(own) else None)], [own], model)
    return found


def test_a_war_of_three_weeks_stands_out_where_an_older_one_still_weighs() -> None:
    """As Gaza in January 2009, after years of the intifada: the pressure is a usual one, what is new is not."""
    quieter = [*range(DAY - 1800, DAY - 700, 3), *range(DAY - 700, DAY - 22, 9)]
    found = usual(DAY, clashes([*quieter, *range(DAY - 22, DAY)]))
    assert found is not None
    assert found.weeks == 257
    assert found.pressure.percentile < 95
    assert found.news.percentile == 100
    assert found.news.ratio is not None
    assert found.news.ratio > 2


def test_a_pair_is_compared_with_the_sundays_since_the_log_knows_it() -> None:
    sunday = DAY - 2
    assert to_date(sunday).isoweekday() == 7
    assert usual(DAY, clashes([])) is None
    assert usual(DAY, clashes([DAY])) is None
    assert usual(DAY, clashes([sunday + 1])) is None
    found = usual(DAY, clashes([sunday]))
    assert found is not None
    left = 2 ** (-2 / 90)
    assert (found.weeks, found.pressure.percentile, found.news.percentile) == (1, 0.0, 0.0)
    assert found.pressure.ratio == found.news.ratio == pytest.approx(left)
    eight = usual(DAY + 49, clashes([sunday]))
    assert eight is not None
    assert (eight.weeks, eight.pressure.percentile) == (8, 0.0)
    assert eight.news == (100 * 3 / 8 / 2, 0.0)  # in three of eight weeks nothing was new either


def test_there_is_no_ratio_to_what_is_hardly_anything() -> None:
    found = usual(DAY, clashes([DAY - 1700, DAY]))
    assert found is not None
    assert found.pressure.percentile > 95
    assert found.pressure.ratio is None


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(-400, 60), st.floats(-36, 40), st.booleans(), st.integers(0, 2), st.booleans()),
        min_size=1,
        max_size=8,
    ),
    st.integers(-100, 60),
    st.sampled_from(list(MODELS.values())),
)
def test_it_is_what_loops_over_every_sunday_come_to(rows: list[Row], day: int, model: Model) -> None:
    model, own = model.with_constants(usual_window=150), IncidentColumns.of(rows)
    first = min(row[0] for row in rows)
    sundays = [s for s in range(day - 150, day) if to_date(s).isoweekday() == 7 and s >= first]
    found = usual(day, own, model)
    if not sundays:
        assert found is None
        return
    assert found is not None
    assert found.weeks == len(sundays)

    def pressure(on: int) -> float:
        return own.pressures_on(on, model).conflict

    def news(on: int) -> float:
        return trend_on(on, own, model).news

    for rank, figure in ((found.pressure, pressure), (found.news, news)):
        today, past = figure(day), [figure(sunday) for sunday in sundays]
        slack = 1e-9 * max(today, 1.0)
        less, as_much = sum(p < today - slack for p in past), sum(abs(p - today) <= slack for p in past)
        assert rank.percentile == pytest.approx(100 * (less + as_much / 2) / len(past))
        median = float(np.median(past))
        assert rank.ratio == (pytest.approx(today / median) if median >= model.unknown_below else None)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.integers(-400, 60), st.floats(-36, 40), st.booleans(), st.integers(0, 2), st.booleans()),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(list(MODELS.values())),
)
def test_a_series_says_what_each_day_by_itself_does(rows: list[Row], model: Model) -> None:
    model, own = model.with_constants(usual_window=150), IncidentColumns.of(rows)
    days = list(range(-90, 60, 11))
    today = [
        Today(own.pressures_on(day, model).conflict, trend_on(day, own, model).news, int(own.day.min()))
        for day in days
    ]
    of_days = DaysOfPair(
        np.array([t.pressure for t in today]), np.array([t.news for t in today]), today[0].first_day
    )
    over = usual_over(np.array(days), of_days, own, model)
    for day, found, each in zip(days, over, today, strict=True):
        (alone,) = usual_on(day, [each], [own], model)
        assert (found is None) is (alone is None)
        if found and alone:
            assert found.weeks == alone.weeks
            for one, other in ((found.pressure, alone.pressure), (found.news, alone.news)):
                assert one.percentile == other.percentile
                assert one.ratio == (None if other.ratio is None else pytest.approx(other.ratio))


@given(
    st.lists(st.tuples(st.integers(DAY - 300, DAY - 1), st.floats(-9, 0), st.booleans()), min_size=1), st.randoms()
)
def test_in_whichever_order_incidents_come_all_digits_are_the_same(
    rows: list[tuple[int, float, bool]], chance: Any
) -> None:
    every = [(*row, 0, False) for row in rows]
    mixed = chance.sample(every, len(every))
    today = [Today(1.0, 1.0, min(rows)[0])]
    one, other = (usual_on(DAY, today, [IncidentColumns.of(own)], MODEL_2026_1) for own in (sorted(every), mixed))
    assert one == other
