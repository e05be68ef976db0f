"""Days as whole numbers."""

from datetime import date

from projections.times import to_date, to_day


def test_days_and_dates_are_two_names_for_one_thing() -> None:
    assert to_day(date(1970, 1, 1)) == 0
    assert to_date(to_day(date(2020, 2, 12))) == date(2020, 2, 12)
    assert to_date(10**9) == date.max
    assert to_date(-(10**9)) == date.min
