"""Columns as Arrow has them."""

import io
from collections.abc import Iterator

import pytest

from api.http.formats.arrow_tables import array_of, write_arrow
from api.http.formats.columns import Column, Scalar


def test_what_is_no_utf_8_is_a_question_mark() -> None:
    assert array_of(Scalar.TEXT, ["a", "\ud800b", None]).to_pylist() == ["a", "?b", None]
    assert array_of(Scalar.TEXT, ["a", 1, None]).to_pylist() == ["a", "1", None]


def test_what_fails_while_rows_are_read_is_raised_as_it_is() -> None:
    def pieces() -> Iterator[list[int]]:
        yield []
        raise LookupError("the rows are gone")

    with pytest.raises(LookupError, match="the rows are gone"):
        write_arrow([Column("c", Scalar.INTEGER, lambda item: item)], {}, pieces(), io.BytesIO())
