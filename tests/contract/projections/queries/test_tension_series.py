"""A pair's series answers however far apart its days are."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.running.service import Service
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.queries.tension_series import (
    MAX_POINTS,
    MAX_SURE,
    Interval,
    Stretch,
    TooManyPoints,
    _interval_ends,
    default_stretch,
    number_of_points,
    tension_points,
)
from projections.times import to_day
from tests.contract.projections.folding.acts import fold_in_pages_of
from tests.language import backing, clash, post

days = st.dates(date(1500, 1, 1), date(4800, 12, 31)).map(to_day)
intervals = st.sampled_from(Interval)


@given(days, st.integers(0, 20_000), intervals)
def test_the_number_of_points_is_known_before_they_are_made(first: int, more: int, interval: Interval) -> None:
    assert number_of_points(first, first + more, interval) == len(_interval_ends(first, first + more, interval))


@given(days, days, st.none() | intervals)
def test_a_series_whose_first_day_nobody_asked_for_always_answers(
    one: int, other: int, interval: Interval | None
) -> None:
    first, last = sorted((one, other))
    found = default_stretch(first, last, interval)
    points = number_of_points(found.start, last, found.interval)
    assert points <= MAX_POINTS
    if found.is_complete:
        assert found.start == first
    else:
        assert (found.interval, points) == (interval, MAX_POINTS)
        assert number_of_points(found.start - 1, last, found.interval) == MAX_POINTS + 1
    if interval is None:
        shorter = list(Interval)[: list(Interval).index(found.interval)]
        assert found.is_complete
        assert all(number_of_points(first, last, each) > MAX_POINTS for each in shorter)


def test_more_months_than_an_answer_has_points_are_refused_however_they_are_asked_for() -> None:
    for interval in (None, *Interval):
        with pytest.raises(TooManyPoints, match="by month"):
            default_stretch(to_day(date(2015, 1, 1)), to_day(date(9999, 12, 31)), interval)


def test_one_far_off_day_makes_a_series_coarser_or_shorter_and_it_says_so(service: Service) -> None:
    for name, day in (("old", "1604-05-17"), ("new", "2020-02-03")):
        service.log.post_article(post(name, clash(day=day), published="2020-02-11"))
    fold_in_pages_of(10, service)
    pair, question = ("SYR", "TUR"), Question(to_day(date(2020, 2, 12)))
    with service.store.reading() as connection:
        whole = tension_points(connection, pair, question, None, None)
        daily = tension_points(connection, pair, question, None, Interval.DAY)
        with pytest.raises(TooManyPoints, match="by day"):
            tension_points(connection, pair, question, to_day(date(1604, 5, 17)), None)
    assert whole.stretch == Stretch(to_day(date(1604, 5, 17)), Interval.WEEK)
    assert whole.points[0].peak > 30
    assert daily.stretch is not None
    assert (daily.stretch.is_complete, len(daily.points)) == (False, MAX_POINTS)
    assert daily.stretch.start == question.day - MAX_POINTS + 1
    assert whole.points[-1].tension == pytest.approx(daily.points[-1].tension)


def test_each_point_is_as_sure_as_the_relation_of_its_day(service: Service) -> None:
    told = [clash(day=day) for day in ("2020-02-03", "2020-02-09", "2020-03-01")]
    service.log.post_article(post("a-1", *told, clash("SYR", "SYR-REB", day="2020-02-20"), published="2020-03-02"))
    service.log.post_article(post("a-2", backing("TUR", "SYR-REB", day="2020-01"), published="2020-03-02"))
    service.projector.catch_up()
    question, pair = Question(to_day(date(2020, 3, 9))), ("SYR", "TUR")
    with service.store.reading() as connection:
        found = tension_points(connection, pair, question, question.day - 40, Interval.WEEK)
        for point, interval in zip(found.points, found.intervals(question), strict=True):
            relation = relation_at(connection, pair, question._replace(day=point.day))
            assert interval == relation.uncertainty.interval
        many = tension_points(connection, pair, question, question.day - MAX_SURE, None)
    assert len({interval for interval in found.intervals(question) if interval}) > 3
    with pytest.raises(TooManyPoints):
        many.intervals(question)
