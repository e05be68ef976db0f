"""Documents of JSON as an API answers: `[{...}, ...]` or `{..., "data": [{...}, ...]}`; each object is a row."""

import codecs
import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from api.importing.text_files import BadFile, TextLine, read_lines

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_ROWS: Final = re.compile(r"\[[ \t\r\n]*\{")
_ARTICLES: Final = "events"  # the list that an article has, of which each line is one
_DECODER: Final = json.JSONDecoder()


def read_texts(name: str, pieces: Iterator[bytes], longest: int) -> Iterator[TextLine]:
    """Yield the lines of a text that are not empty, or the objects of a JSON document, numbered from 1.

    Raises `BadFile` where a document breaks off, is damaged, or has a part that is longer than `longest`.
    """
    head = next(pieces, b"")
    whole = chain((head,), pieces)
    if is_document(head.decode(errors="replace")):
        return _JsonText(name, whole, longest).rows()
    return read_lines(whole, longest)


def is_document(head: str) -> bool:
    """Return whether a text that begins so is one document with a list of objects, and not an object a line."""
    at = _skipped(head, 0)
    if head.startswith("[", at):
        return _ROWS.match(head, at) is not None
    try:
        while head[at] in "{,":
            key, at = _DECODER.raw_decode(head, _skipped(head, at + 1))
            at = _skipped(head, _skipped(head, at) + 1)
            if _ROWS.match(head, at):
                return bool(key != _ARTICLES)
            at = _skipped(head, _DECODER.raw_decode(head, at)[1])
    except (ValueError, IndexError, RecursionError):
        pass
    return False


def _skipped(text: str, at: int) -> int:
    """Return where what is no white space begins."""
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too


class _JsonText:
    """A JSON text that is read bit by bit: no more than one part of it, and a piece, is held."""

    def __init__(self, name: str, pieces: Iterator[bytes], longest: int) -> None:
        self._name = name
        self._pieces = pieces
        self._longest = longest
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._text, self._at = "", 0
        self._number = 0

    def rows(self) -> Iterator[TextLine]:
        """Yield the objects of all lists that the document has at its top. Raises `BadFile`."""
        if self._next() == "[":
            yield from self._objects()
        else:
            while self._next() in ("{", ","):
                self._at += 1
                self._value()
                self._expect(":")
                if self._next() == "[":
                    yield from self._objects()
                else:
                    self._value()
            self._expect("}")
        if self._next():
            raise self._damaged("there is more behind it")

    def _objects(self) -> Iterator[TextLine]:
        """Yield the objects of a list; whatever else is in it is no row."""
        self._at += 1
        while self._next() != "]":
            value, text = self._value()
            if isinstance(value, dict):
                self._number += 1
                yield TextLine(self._number, text)
            if self._next() != "]":
                self._expect(",")
        self._at += 1

    def _next(self) -> str:
        """Return the next character that is no white space, empty at the end."""
        while True:
            self._at = _skipped(self._text, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise self._damaged(f"{character!r} is missing")
        self._at += 1

    def _value(self) -> tuple[Any, str]:
        """Return the next value, and its text."""
        self._next()
        while True:
            why = ""
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or not self._more():  # else a number may go on
                    text, self._at = self._text[self._at : end], end
                    return value, text
            except RecursionError:
                raise self._damaged("it is nested too deeply") from None
            except ValueError as error:
                why = str(error)
                if not self._more():
                    raise self._damaged(why) from None

    def _more(self) -> bool:
        """Read another piece; return whether there was one."""
        if len(self._text) - self._at > self._longest:
            raise self._damaged(f"a part of it is longer than {self._longest} characters")
        piece = next(self._pieces, None)
        try:
            text = self._decode(piece or b"", final=piece is None)
        except UnicodeDecodeError:
            raise self._damaged("it is not UTF-8") from None
        self._text, self._at = self._text[self._at :] + text, 0
        return piece is not None

    def _damaged(self, why: str) -> BadFile:
        return BadFile(f"{self._name}: breaks off or is damaged as JSON after row {self._number} ({why})")
