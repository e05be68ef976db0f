"""Cursors, which are given back as they came, whatever script a key is in."""

from typing import get_args

from annotated_types import MaxLen

from api.http.pagination import make_cursor, read_cursor
from api.http.parameters import Cursor


def test_a_cursor_of_a_long_key_is_one_that_lists_take() -> None:
    (longest,) = [each.max_length for each in get_args(Cursor)[1].metadata if isinstance(each, MaxLen)]
    for key in ("x" * 200, "\u5354" * 200, "\U0001f54a" * 200):
        cursor = make_cursor("agreements", key)
        assert len(cursor) <= longest
        assert read_cursor("agreements", cursor, str) == (key,)
