"""The lines of a body, as it comes in: an article each."""

from codecs import BOM_UTF8
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from api.http.problems import Problem

GROUP: Final = 100  #: articles recorded in one transaction, if nothing stands in the way
_GROUP_BYTES: Final = 1024 * 1024


class BatchLine(NamedTuple):
    """A line of the body, with its number from 1; None where it was too long to keep.

    `problem` is what is wrong with the body from there on, if it is.
    """

    number: int
    content: bytes | None
    problem: Problem | None = None


async def grouped(lines: AsyncIterator[BatchLine]) -> AsyncIterator[list[BatchLine]]:
    """Yield the lines that are recorded in one transaction."""
    group: list[BatchLine] = []
    size = 0
    async for line in lines:
        group.append(line)
        size += len(line.content or b"")
        if len(group) >= GROUP or size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


async def body_lines(body: AsyncIterator[bytes], longest: int) -> AsyncIterator[BatchLine]:
    """Yield the lines of a body that are not empty. Of one that is too long, no more than `longest` is held."""
    number, rest, too_long = 0, bytearray(), False
    async for piece in without_mark(body):
        first, *others = piece.split(b"\n")
        rest += first  # in place: a line may come in as many pieces as it has bytes
        if others:
            *complete, last = others
            for content in (bytes(rest), *complete):
                number += 1
                if too_long or len(content) > longest:
                    yield BatchLine(number, None)
                elif content and content.strip():
                    yield BatchLine(number, content)
                too_long = False
            rest = bytearray(last)
        if len(rest) > longest:
            rest, too_long = bytearray(), True
    if too_long or rest.strip():
        yield BatchLine(number + 1, None if too_long else bytes(rest))


async def without_mark(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a body without the byte order mark that it may begin with."""
    head: bytes | None = b""
    async for piece in body:
        if head is None:
            yield piece
        elif (head := head + piece) not in (b"", BOM_UTF8[:1], BOM_UTF8[:2]):
            yield head.removeprefix(BOM_UTF8)
            head = None
    if head:
        yield head
