"""Given a history, then which stretch of its curve is shown, as a table and as a small picture."""

from datetime import date

from api.pages.views.curve import (
    ShownStretch,
    WholeCurve,
    curve_rows,
    curve_sentence,
    marked_incidents,
    shown_stretch,
    whole_curve,
)
from projections.queries.question import Question
from projections.queries.tension_series import Interval
from projections.scoring.incidents import Incident
from projections.scoring.pair_history import PairHistory
from projections.times import to_day

PAIR = ("RUS", "TUR")
FIRST, LAST = to_day(date(2010, 1, 1)), to_day(date(2015, 1, 1))
QUESTION = Question(LAST)


def history(*days: int, weight: float = -4.5) -> PairHistory:
    """Return a history with an assault on each of some days."""
    found = [Incident(f"i{day}", *PAIR, 0, "ASSAULT", day, True, 1, 1, None, None, weight) for day in days]
    return PairHistory.of(PAIR, {PAIR: found}, ())


def test_the_stretch_is_the_last_two_years_or_as_far_back_as_something_happened() -> None:
    busy = history(FIRST, LAST)
    assert shown_stretch(busy, QUESTION, None, None, None) == (LAST - 730, LAST, Interval.DAY)
    quiet = history(FIRST)
    assert shown_stretch(quiet, QUESTION, None, None, None)[:2] == (FIRST, LAST)
    assert shown_stretch(history(FIRST - 900, FIRST), QUESTION, None, None, None)[0] == FIRST - 365
    assert shown_stretch(history(), QUESTION, None, None, None)[1] == LAST
    assert shown_stretch(history(LAST + 50), QUESTION, None, None, None)[1] == LAST
    far_off = Question(to_day(date.max))
    stretch = shown_stretch(busy, far_off, None, None, None)
    assert stretch.interval is Interval.MONTH
    assert len(curve_rows(busy, far_off, stretch)[1]) == 600
    assert shown_stretch(busy, far_off, to_day(date.min), None, None).interval is Interval.MONTH


def test_what_is_asked_for_is_shown_with_points_as_close_as_they_can_be_seen() -> None:
    busy = history(FIRST, LAST)
    assert shown_stretch(busy, QUESTION, FIRST, LAST, None) == (FIRST, LAST, Interval.WEEK)
    assert shown_stretch(busy, QUESTION, FIRST, LAST, Interval.DAY).interval is Interval.DAY
    assert shown_stretch(busy, QUESTION, FIRST - 30_000, LAST, None).interval is Interval.MONTH


def test_the_table_has_the_curve_by_a_longer_interval_where_there_would_be_many_rows() -> None:
    interval, rows = curve_rows(history(LAST - 40), QUESTION, ShownStretch(LAST - 50, LAST, Interval.DAY))
    assert (interval, len(rows)) == (Interval.DAY, 51)
    before, at = rows[9], rows[10]
    assert before.tension == 0
    assert at.change == at.tension > 30
    assert rows[0].change is None
    interval, rows = curve_rows(history(LAST - 40), QUESTION, ShownStretch(FIRST, LAST, Interval.DAY))
    assert (interval, len(rows)) == (Interval.MONTH, 61)
    said = curve_sentence(rows)
    assert said is not None
    assert (said.before, said.after) == (rows[0], rows[-1])
    assert said.highest.day == date(2014, 11, 30)
    assert curve_sentence([]) is None


def test_the_overview_goes_from_the_first_incident_to_the_day() -> None:
    stretch = ShownStretch(LAST - 730, LAST, Interval.DAY)
    found = whole_curve(history(FIRST), QUESTION, stretch)
    assert (found.first, found.last) == (FIRST, LAST)
    assert found.path.startswith("M0 ")
    assert found.path.count("L") > 300
    assert WholeCurve(0, 10, "").place(5) == 500
    assert WholeCurve(0, 10, "").place(50) == 1000
    assert whole_curve(history(LAST), QUESTION, ShownStretch(LAST, LAST, Interval.DAY)).path.count("L") == 0


def test_incidents_of_the_stretch_are_marked_but_none_behind_the_day() -> None:
    found = marked_incidents(
        history(FIRST, LAST - 3, LAST, LAST + 3), QUESTION, ShownStretch(LAST - 9, LAST + 9, Interval.DAY)
    )
    assert [each.day for each in found] == [LAST - 3, LAST]


def test_of_many_that_weigh_the_same_some_are_marked_in_each_part_of_the_stretch() -> None:
    many = history(*(day for day in range(LAST - 599, LAST + 1) for _ in range(3)))
    found = marked_incidents(many, QUESTION, ShownStretch(LAST - 599, LAST, Interval.DAY))
    assert len(found) == 120
    assert found[0].day < LAST - 590
    assert found[-1].day > LAST - 10
