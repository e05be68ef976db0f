"""Frames as tables of the service's own form, whose cells are texts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from detente_client.posting import is_frame, rows_of


class Frame:
    """A frame as polars has one, with nothing but what posting asks of it."""

    def __init__(self, columns: Sequence[str], *rows: Sequence[Any]) -> None:
        self.columns = columns
        self._rows = rows

    def iter_rows(self) -> Iterator[Sequence[Any]]:
        return iter(self._rows)


class Number:
    """A number of numpy."""

    def item(self) -> float:
        return 3.0


def texts(*frames: Any, size: int = 100) -> list[list[str]]:
    """Return the lines of each group of each frame."""
    return [group._content.decode().splitlines() for frame in frames for group in rows_of(frame, size)]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (float("nan"), ""),
        (True, "yes"),
        (False, "no"),
        (Number(), "3"),
        (2.5, "2.5"),
        (datetime(2020, 2, 3), "2020-02-03"),  # noqa: DTZ001  # as frames have days
        (datetime(2020, 2, 3, 4), "2020-02-03T04:00:00"),  # noqa: DTZ001
        (datetime(2020, 2, 3, tzinfo=UTC), "2020-02-03T00:00:00+00:00"),
        (["RUS", "TUR"], "RUS;TUR"),
        ("=1+1", "'=1+1"),
    ],
)
def test_each_value_is_a_text(value: object, cell: str) -> None:
    (lines,) = texts(Frame(["id", "value"], ["a", value]))
    assert lines == ["id,value", f"a,{cell}"]


def test_rows_of_one_article_stay_together() -> None:
    frame = Frame(
        ["ID", "url", "n"], ["a", "", 1], ["b", "", 2], ["a", "", 3], ["", "u", 4], ["", "", 5], ["", "u", 6]
    )
    assert is_frame(frame)
    assert not is_frame([{"id": "a"}])
    groups = list(rows_of(frame, 2))
    assert [group.numbers for group in groups] == [[1, 3], [2], [4, 6], [5]]
    assert list(rows_of(Frame(["id"]), 2)) == []
