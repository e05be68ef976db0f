"""The items of an array are the same in whatever pieces it comes, and the long ones are not held."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.batch.array_items import array_items
from api.http.batch.body_lines import BatchLine
from api.http.problems import Problem

LONGEST: Final = 10_000
_TEXTS: Final = st.text(st.sampled_from('a"\\[]{},: \n\u00e9'), max_size=8)
_VALUES: Final = st.recursive(
    _TEXTS | st.integers(-99, 99) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


def read(content: bytes, size: int, longest: int = LONGEST) -> list[BatchLine]:
    async def body() -> AsyncIterator[bytes]:
        for at in range(0, len(content), size):
            yield content[at : at + size]

    async def items() -> list[BatchLine]:
        return [item async for item in array_items(body(), longest)]

    return asyncio.run(items())


@given(st.lists(_VALUES, max_size=6), st.integers(1, 40), st.sampled_from([None, 1]), st.booleans())
def test_an_array_has_its_items_in_any_pieces(
    values: list[Any], size: int, indent: int | None, is_ascii: bool
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=is_ascii)
    found = read(f"\ufeff \n{text}\n".encode(), size)

    assert [item.number for item in found] == list(range(1, len(values) + 1))
    assert [json.loads(item.content or b"") for item in found] == values


@given(st.text(st.sampled_from('[]{},"\\ 1'), max_size=30), st.integers(1, 9))
def test_what_is_wrong_is_the_same_in_any_pieces_and_no_item_of_an_array_that_is_one(text: str, size: int) -> None:
    content = b"[" + text.encode()
    found = read(content, size)
    assert [it._replace(problem=None) for it in found] == [it._replace(problem=None) for it in read(content, 99)]
    try:
        values = json.loads(content)
    except ValueError:
        assert not all(_is_json(item) for item in found)
    else:
        assert [json.loads(item.content or b"") for item in found] == values


def _is_json(item: BatchLine) -> bool:
    try:
        json.loads(item.content or b"")
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("size", [1, 7, 5000, 100_000])
def test_an_item_that_is_too_long_is_not_held_and_the_next_is_read(size: int) -> None:
    content = b'["' + b"x" * 50_000 + b'", 2, [' + b"[]," * 20_000 + b"[]], 4]"

    assert read(content, size, 100) == [(1, None, None), (2, b"2", None), (3, None, None), (4, b"4", None)]


@pytest.mark.parametrize("content", [b"", b" \n", b"{}", b"1"])
def test_what_is_no_array_raises(content: bytes) -> None:
    with pytest.raises(Problem, match="begins with"):
        read(content, 3)


@pytest.mark.parametrize("many", [b"[" * 200_000, b"[" + b"[]," * 200_000, b'{"a":[' + b"{}," * 200_000])
def test_of_an_item_with_more_brackets_than_an_article_no_more_is_looked_at(many: bytes) -> None:
    one, item = read(b'[{"id": 1}, ' + many, 4096, longest=len(many))

    assert (one.number, one.content, one.problem) == (1, b'{"id": 1}', None)
    assert item.number == 2
    assert item.problem is not None
    assert "100,000 brackets" in item.problem.details.detail
