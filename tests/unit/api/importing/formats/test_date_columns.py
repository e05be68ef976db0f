"""Dates as spreadsheets write them: a column says in which order they are, or that it does not say."""

import pytest

from api.importing.formats.date_columns import DateOrder, day_of_instant, is_numeric, order_of, read_date
from api.importing.rows import Reject

MONTH_FIRST, DAY_FIRST, UNKNOWN = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST, DateOrder.UNKNOWN


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["1/2/2017", "1/13/2017"], MONTH_FIRST),
        (["1/2/2017", "13/1/2017", ""], DAY_FIRST),
        (["01.02.2017", "31.01.2017"], DAY_FIRST),
        (["1/13/2017 0:00", "2/1/2017 14:30:00"], MONTH_FIRST),
        (["2017-01-13", "20170113"], UNKNOWN),
        (["1/1/2017", "2/2/2017"], UNKNOWN),
        (["2017-01-13", "2/1/2017"], UNKNOWN),
        (["2017-01-13", "13/1/2017", "1/13/2017"], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_the_order_of_a_column(column: list[str], order: DateOrder) -> None:
    assert order_of(column) is order


@pytest.mark.parametrize(
    ("column", "named"), [(["12/1/2017", "1/1/2017"], "12/1/2017"), (["13/1/2017", "1/14/2017"], "1/14/2017")]
)
def test_a_column_that_leaves_a_doubt_is_refused(column: list[str], named: str) -> None:
    with pytest.raises(Reject, match="not-a-date") as doubt:
        order_of(column)
    assert named in doubt.value.detail


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("12/1/2017", MONTH_FIRST, "2017-12-01"),
        ("12/1/2017", DAY_FIRST, "2017-01-12"),
        ("1/1/2017", UNKNOWN, "2017-01-01"),
        ("12-01-2017 00:00:00", MONTH_FIRST, "2017-12-01"),
        ("2017/1/31", UNKNOWN, "2017-01-31"),
        ("2017-01-31", MONTH_FIRST, "2017-01-31"),
        ("2017-01-31T00:00:00Z", UNKNOWN, "2017-01-31"),
        (" 20170131 ", UNKNOWN, "2017-01-31"),
        ("2017-01-31T00:00:00.000+02:00", UNKNOWN, "2017-01-31"),
        ("2017-01-31 00:00:00 +0000", UNKNOWN, "2017-01-31"),
        ("2017-01-31T14:22:33Z", UNKNOWN, "2017-01-31"),
        ("2017-01-31 09:30 UTC", UNKNOWN, "2017-01-31"),
        ("2017-01-31T12:00:00Z", UNKNOWN, "2017-01-31"),
        ("2017-01-31T18:00:00-05:00", UNKNOWN, "2017-01-31"),
        ("1/31/2017 12:00:00 AM", MONTH_FIRST, "2017-01-31"),
        ("3 February 2020", UNKNOWN, "2020-02-03"),
        ("03-Feb-97", UNKNOWN, "1997-02-03"),
        ("Sept. 3, 2020", UNKNOWN, "2020-09-03"),
        ("43864", UNKNOWN, "2020-02-03"),
    ],
)
def test_a_date_is_read_in_its_columns_order(text: str, order: DateOrder, day: str) -> None:
    assert read_date(text, order) == day


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("12/1/2017", UNKNOWN),
        ("13/1/2017", MONTH_FIRST),
        ("2/30/2017", MONTH_FIRST),
        ("1/2/17", DAY_FIRST),
        ("3 Foo 2020", UNKNOWN),
        ("2017-01-31T23:30:00-05:00", UNKNOWN),  # of February by UTC
        ("2017-01-31T22:00:00.000Z", UNKNOWN),  # midnight in the east, of February
        ("2017-01-31T25:00:00+01:00", UNKNOWN),
    ],
)
def test_what_is_no_date_is_rejected(text: str, order: DateOrder) -> None:
    with pytest.raises(Reject, match="not-a-date"):
        read_date(text, order)


def test_only_dates_without_an_order_of_their_own_need_one() -> None:
    assert [is_numeric(text) for text in ("1/2/2017", "1.2.2017 10:00", "2017/1/2", "2017-01-02")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018-03-01T23:30:00-05:00", "2018-03-02"),
        ("2018-03-01 22:00:00 UTC", "2018-03-01"),
        ("2018-03-01 10:00:00+00:00", "2018-03-01"),
        ("2018-03-01 10:00:00", None),
        ("2018-03-01", None),
        ("3/1/2018 10:00 UTC", None),
    ],
)
def test_an_instant_is_of_its_day_by_utc(text: str, day: str | None) -> None:
    assert day_of_instant(text) == day
