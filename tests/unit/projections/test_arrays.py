"""Columns are equal if their rows are, as other sequences."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.arrays import DayNumbers, Numbers, Recurring

_SOME = st.lists(st.sampled_from("abc"), max_size=6)
_OPTIONAL = st.lists(st.none() | st.integers(0, 2), max_size=6)


def recurring(rows: list[str], kept: str) -> Recurring[str]:
    return Recurring(kept, np.array([kept.index(row) for row in rows], dtype=np.int64))


def numbers(rows: list[int | None], behind: int, kind: type[Numbers] = Numbers) -> Numbers:
    """Return a column that has some number behind what is missing."""
    values = [behind if row is None else row for row in rows]
    missing = np.array([row is None for row in rows], dtype=np.bool_)
    return kind(np.array(values, dtype=np.int64), missing if missing.any() or behind else None)


@given(_SOME, _SOME)
def test_columns_of_few_values_are_equal_if_their_rows_are_however_these_are_kept(
    one: list[str], other: list[str]
) -> None:
    assert (recurring(one, "abc") == recurring(other, "cabb")) == (one == other)
    assert recurring(one, "abc") != one


@given(_OPTIONAL, _OPTIONAL)
def test_columns_of_numbers_are_equal_if_their_rows_are_whatever_is_behind_those_missing(
    one: list[int | None], other: list[int | None]
) -> None:
    assert (numbers(one, 0) == numbers(other, 1)) == (one == other)
    assert numbers(one, 0) != numbers(one, 0, DayNumbers)


@pytest.mark.parametrize("column", [recurring(["a"], "abc"), numbers([1], 0), numbers([1], 0, DayNumbers)])
def test_no_column_is_a_key(column: Any) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(column)


@pytest.mark.parametrize("index", [0, 1])
def test_numbers_are_nothing_but_numbers(index: int) -> None:
    numbers = Numbers(np.array([1.5, 2.0]), np.array([False, True]))
    assert numbers[index] == [1.5, None][index]
    assert numbers != [1.5, None]
    assert numbers[:1] == Numbers(np.array([1.5]))
    assert numbers != DayNumbers(np.array([1, 2]))
