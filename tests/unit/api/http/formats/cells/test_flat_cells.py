"""What stands in a cell, of values of each kind."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import pytest

from api.http.formats.cells.flat_cells import flat_value, plain_text
from api.http.formats.columns import ListOf, Scalar


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (Colour.RED, "red"),
        (datetime(2020, 2, 3, 4, 5, tzinfo=UTC), "2020-02-03T04:05:00Z"),
        (date(2020, 2, 3), "2020-02-03"),
        (1.5, "1.5"),
    ],
)
def test_a_value_is_a_plain_text(value: object, text: str) -> None:
    assert plain_text(value) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ({}, ""),
        ({"a": None}, "a="),
        ({"a": {"b": [1, 2.25]}}, "a.b.0=1;a.b.1=2.2"),
        ([], ""),
        ({"a": []}, "a="),
        ({"a": "x;y"}, r"a=x\;y"),
        (timedelta(seconds=1), "PT1S"),
    ],
)
def test_of_what_may_have_anything_in_it_each_value_is_behind_the_way_to_it(value: object, cell: str) -> None:
    assert flat_value(Scalar.JSON, value, 1) == cell


def test_a_range_within_a_list_is_its_ends() -> None:
    assert flat_value(ListOf(Scalar.JSON), [(1, 2.26), "a;b"], 1) == r"1..2.3;a\;b"
