"""Dates as reports give them, against the `edtf` package."""

import time
from datetime import date, timedelta

import pytest
from edtf import parse_edtf as parse_with_package
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.edtf import Occurred, parse_edtf

days = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))
texts = st.one_of(
    days.map(date.isoformat),
    days.map(lambda day: day.isoformat()[:7]),
    days.map(lambda day: day.isoformat()[:4]),
    days.map(lambda day: f"{day.isoformat()[:7]}-XX"),
    days.map(lambda day: f"{day.isoformat()[:4]}-XX"),
    days.filter(lambda day: day.year >= 10).map(lambda day: f"{day.isoformat()[:3]}X"),
    days.filter(lambda day: day.year >= 100).map(lambda day: f"{day.isoformat()[:2]}XX"),
    st.builds(
        lambda day, part: f"{day.isoformat()[:4]}-{part}", days, st.sampled_from([21, 22, 23, *range(33, 42)])
    ),
)


@given(texts)
def test_a_date_covers_the_days_that_the_package_says(text: str) -> None:
    theirs = parse_with_package(text)
    ours = parse_edtf(text)
    assert (ours.first, ours.last) == (_day(theirs.lower_strict()), _day(theirs.upper_strict()))


@given(texts, texts)
def test_an_interval_runs_from_the_first_day_of_its_start_to_the_last_of_its_end(start: str, end: str) -> None:
    first, last = parse_edtf(start), parse_edtf(end)
    if last.last < first.first:
        with pytest.raises(ValueError, match="ends before it begins"):
            parse_edtf(f"{start}/{end}")
    else:
        assert parse_edtf(f"{start}/{end}") == Occurred(first.first, last.last, "interval")


@given(texts, days)
def test_the_scoring_day_lies_within_the_interval_or_is_the_day_of_publication(text: str, published: date) -> None:
    occurred = parse_edtf(text)
    scored = occurred.scoring_day(published)
    assert scored <= published
    assert scored == published or occurred.first <= scored <= occurred.last
    assert (
        occurred.middle - occurred.first
        <= occurred.last - occurred.middle
        <= occurred.middle - occurred.first + timedelta(1)
    )


@pytest.mark.parametrize(
    ("text", "middle", "precision"),
    [
        ("2020-02-03", date(2020, 2, 3), "day"),
        ("2020-02-03/2020-02-10", date(2020, 2, 6), "interval"),
        ("2018", date(2018, 7, 2), "year"),
        ("2019-10", date(2019, 10, 16), "month"),
        ("2018?", date(2018, 7, 2), "year"),
        ("2019-10~", date(2019, 10, 16), "month"),
        ("2020-02-03%", date(2020, 2, 3), "day"),
        ("2020-02-XX", date(2020, 2, 15), "month"),
        ("2018-XX-XX", date(2018, 7, 2), "year"),
        ("199X", date(1994, 12, 31), "decade"),
        ("19XX~", date(1949, 12, 31), "century"),
        ("2018-21", date(2018, 4, 15), "season"),
        ("2018-24", date(2019, 1, 14), "season"),
        ("2018-29", date(2018, 10, 16), "season"),
        ("2018-33?", date(2018, 2, 14), "season"),
    ],
)
def test_the_middle_is_rounded_down_and_precision_kept(text: str, middle: date, precision: str) -> None:
    assert (parse_edtf(text).middle, parse_edtf(text).precision) == (middle, precision)


@pytest.mark.parametrize(
    ("text", "published", "day"),
    [
        ("2018-01-01/..", date(2018, 1, 31), date(2018, 1, 16)),
        ("2018-01/", date(2018, 3, 31), date(2018, 2, 14)),
        ("2018/..", date(2018, 1, 3), date(2018, 1, 3)),
        ("../2018-03-04", date(2020, 1, 1), date(2018, 3, 4)),
        ("/2018-03~", date(2020, 1, 1), date(2018, 3, 16)),
        ("../2018-03-04", date(2018, 3, 1), date(2018, 3, 1)),
    ],
)
def test_an_open_interval_counts_until_publication_or_at_its_end(text: str, published: date, day: date) -> None:
    assert parse_edtf(text).scoring_day(published) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not an EDTF date"),
        ("yesterday", "is not an EDTF date"),
        ("2020-2-3", "is not an EDTF date"),
        ("20200203", "is not an EDTF date"),
        ("2020-02-03T10:00:00Z", "is not an EDTF date"),
        ("../..", "has neither a start nor an end"),
        ("/", "has neither a start nor an end"),
        ("2020/21", "is not an EDTF date"),
        ("XXXX", "is not an EDTF date"),
        ("2X18", "is not an EDTF date"),
        ("199X-05", "has a month and no year"),
        ("2018-XX-05", "has a day and no month"),
        ("2018-21-01", "months run from 01 to 12, seasons from 21 to 24"),
        ("2018-42", "months run from 01 to 12, seasons from 21 to 24"),
        ("9999-24", "the year 10000 is outside"),
        ("2020/2021/2022", "is not an EDTF date"),
        ("٢٠٢٠", "is not an EDTF date"),
        ("2020-13", "months run from 01 to 12"),
        ("2020-00-01", "months run from 01 to 12"),
        ("2020-02-30", "2020-02 has 29 days"),
        ("2019-02-29", "2019-02 has 28 days"),
        ("2020-02-00", "2020-02 has 29 days"),
        ("0000", "outside the range"),
        ("2020-02-10/2020-02-03", "ends before it begins"),
    ],
)
def test_what_is_no_date_is_refused_with_what_would_be_right(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_edtf(text)


def _day(parts: time.struct_time) -> date:
    return date(parts.tm_year, parts.tm_mon, parts.tm_mday)
