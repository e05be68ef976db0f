"""The items of a JSON array, as it comes in: an article each.

An array is never held as a whole, and its items are parsed later, each by itself: here it is only found where one
ends. So an item that is no JSON is refused alone, as a line would be.
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Final

from starlette.concurrency import run_in_threadpool

from api.http.batch.body_lines import BatchLine, without_mark
from api.http.problems import Problem, malformed_json

_SMALL: Final = 4096  # bytes that are looked through in less time than a thread takes to begin
_LOOKED_THROUGH: Final = 65_536  # bytes at once, however many come: the reader may want no more items
_MOST_OPENED: Final = 100_000  # brackets in an item: the largest article has a tenth, and each takes a microsecond
_WHITESPACE: Final = b" \t\n\r"
_IN_STRING: Final = rb'[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRING_END: Final = re.compile(_IN_STRING, re.DOTALL)
#: A string, the beginning of one that has no end yet, or what opens, closes or divides.
_OF_ARRAY: Final = re.compile(rb'"' + _IN_STRING + rb'|["\[\]{},]', re.DOTALL)
_OF_ITEM: Final = re.compile(rb'"' + _IN_STRING + rb'|["\[\]{}]', re.DOTALL)


async def array_items(body: AsyncIterator[bytes], longest: int) -> AsyncIterator[BatchLine]:
    """Yield the items of an array, numbered from 1. Of one that is too long, no more than `longest` is held.

    Where the array is not closed, or has something behind it, the last item says so. Raises `Problem` (400) if
    none begins.
    """
    array = _ArrayReader(longest)
    async for piece in _pieces(without_mark(body)):
        found = array.feed(piece) if len(piece) <= _SMALL else await run_in_threadpool(array.feed, piece)
        for item in found:
            yield item
        if array.is_over:
            return
    for item in array.close():
        yield item


async def _pieces(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in body:
        for start in range(0, len(piece), _LOOKED_THROUGH):
            yield piece[start : start + _LOOKED_THROUGH]


class _ArrayReader:
    """Finds the items of an array in its pieces, however they are divided.

    `_depth` is 0 before the array, 1 between its brackets, and more within an item that has brackets of its own.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._number = 0
        self._item = bytearray()
        self._is_too_long = False
        self._depth = 0
        self._opened = 0  # brackets in the item
        self._in_string = self._is_escaped = False
        self._is_closed = False
        self.is_over = False  #: whether what follows is not looked at

    def feed(self, piece: bytes) -> list[BatchLine]:
        """Return the items that end in a piece. Raises `Problem` (400)."""
        return list(self._found(piece))

    def close(self) -> Iterator[BatchLine]:
        """Yield what is wrong with an array of which no more comes. Raises `Problem` (400)."""
        if self._is_closed:
            return
        if not self._depth:
            raise _no_array()
        yield BatchLine(self._number + 1, b"", _unclosed())

    def _found(self, piece: bytes) -> Iterator[BatchLine]:
        at = self._open(piece)
        begun = at
        while at < len(piece) and not self._is_closed:
            if self._in_string:
                at = self._pass_string(piece, at)
                continue
            found = (_OF_ARRAY if self._depth == 1 else _OF_ITEM).search(piece, at)
            if found is None:
                break
            at = found.end()
            token = found[0]
            self._note(token)
            if self._opened > _MOST_OPENED:
                self.is_over = True
                yield BatchLine(self._number + 1, b"", _too_many_brackets())
                return
            if token == b"," or not self._depth:
                self._keep(piece[begun : at - 1])
                yield from self._end_item()
                begun = at
        if not self._is_closed:
            self._keep(piece[begun:])
        elif piece[at:].strip(_WHITESPACE):
            self.is_over = True
            yield BatchLine(self._number + 1, b"", _not_over())

    def _note(self, token: bytes) -> None:
        """Note what a token opens or closes."""
        if token[:1] == b'"':
            self._in_string = len(token) == 1
        elif token in b"[{":
            self._depth += 1
            self._opened += 1
        elif token == b"]" or (token == b"}" and self._depth > 1):  # which closes no array
            self._depth -= 1

    def _open(self, piece: bytes) -> int:
        """Return where in a piece the items go on. Raises `Problem` (400) if no array begins."""
        if self._depth or self._is_closed:
            return 0
        blank = len(piece) - len(piece.lstrip(_WHITESPACE))
        if blank == len(piece):
            return blank
        if piece[blank : blank + 1] != b"[":
            raise _no_array()
        self._depth = 1
        return blank + 1

    def _pass_string(self, piece: bytes, at: int) -> int:
        """Return where the string that a piece goes on with ends in it; note it if it does not."""
        if self._is_escaped:
            self._is_escaped = False
            return at + 1
        if end := _STRING_END.match(piece, at):
            self._in_string = False
            return end.end()
        self._is_escaped = _ends_escaped(piece[at:])
        return len(piece)

    def _keep(self, content: bytes) -> None:
        self._item += content if self._item else content.lstrip(_WHITESPACE)
        if len(self._item) > self._longest:
            self._item, self._is_too_long = bytearray(), True

    def _end_item(self) -> Iterator[BatchLine]:
        content = None if self._is_too_long else bytes(self._item).rstrip(_WHITESPACE)
        self._item, self._is_too_long, self._opened = bytearray(), False, 0
        self._is_closed = not self._depth
        if self._is_closed and not self._number and content == b"":
            return  # an array of nothing
        self._number += 1
        yield BatchLine(self._number, content)


def _ends_escaped(text: bytes) -> bool:
    """Return whether the character that follows a part of a string is escaped by its end."""
    return (len(text) - len(text.rstrip(b"\\"))) % 2 == 1


def _no_array() -> Problem:
    return malformed_json("a batch in JSON is an array of articles: it begins with [")


def _unclosed() -> Problem:
    return malformed_json("the array is not closed: nothing from this item on was looked at or recorded")


def _too_many_brackets() -> Problem:
    return malformed_json(
        f"the item has more than {_MOST_OPENED:,} brackets: nothing from it on was looked at or recorded"
    )


def _not_over() -> Problem:
    return malformed_json("something follows the array: nothing behind it was looked at or recorded")
