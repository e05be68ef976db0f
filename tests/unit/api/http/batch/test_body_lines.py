"""The lines of a batch are the same in whatever pieces they come, and the long ones are not held."""

import asyncio
from codecs import BOM_UTF8
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from api.http.batch.body_lines import BatchLine, body_lines

LONGEST = 20


def read(content: bytes, size: int) -> list[BatchLine]:
    async def body() -> AsyncIterator[bytes]:
        for at in range(0, len(content), size):
            yield content[at : at + size]

    async def lines() -> list[BatchLine]:
        return [line async for line in body_lines(body(), LONGEST)]

    return asyncio.run(lines())


@given(
    st.sampled_from([b"", BOM_UTF8]),
    st.lists(st.sampled_from([b"", b"  ", b"a", b"bb\r", b"x" * 20, b"long" * 10]), max_size=8),
    st.integers(1, 30),
)
def test_lines_come_in_any_pieces_behind_a_byte_order_mark_or_none(
    mark: bytes, sent: list[bytes], size: int
) -> None:
    expected = [
        BatchLine(number, content if len(content) <= LONGEST else None)
        for number, content in enumerate(sent, start=1)
        if content.strip()
    ]
    assert read(mark + b"\n".join(sent), size) == expected
