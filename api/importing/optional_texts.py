"""Texts that a row may have or not: a place, a headline, a speaker. None of them decides whether an event is kept.

What was misread is read again where that is certain, and marks that do not belong to a text are taken out; what is
no text after that is left out. Both are counted.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from api.parsing.requests import check_language, check_url
from domain.standards.direction_marks import DIRECTION_MARKS, misplaced_marks
from domain.standards.mojibake import undo_mojibake
from domain.standards.text import FORBIDDEN

URL_LENGTH: Final = 2000

#: The optional texts of an article and of an event as clients post them, and words, which have no direction marks.
ARTICLE_TEXTS: Final = {"headline": 500, "publisher": 200}
EVENT_TEXTS: Final = {"place": 200, "speaker": 200, "summary": 4000, "quote": 4000, "title": 500}
EVENT_WORDS: Final = {"mode": 100, "source_role": 100, "target_role": 100}

#: Letters of Windows-1252 in text that was read as Latin-1: as the Encoding Standard of WHATWG reads them.
_WINDOWS: Final = {
    code: decoded for code in range(0x80, 0xA0) if (decoded := bytes([code]).decode("cp1252", "ignore"))
}
_INVISIBLE: Final = re.compile("[\u200b\u2060\ufeff\U000e0000-\U000e007f]")
_BREAKS: Final = re.compile("[\u2028\u2029]")
_NEEDS_MORE: Final = re.compile(f"{FORBIDDEN.pattern}|{DIRECTION_MARKS.pattern}")
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class MendedText(NamedTuple):
    """A text fit to be recorded, None if there is none, and in which ways it was mended."""

    text: str | None
    ways: tuple[str, ...]


class OptionalTexts:
    """Reads the optional texts of a row, and notes what was mended and which fields were left out."""

    def __init__(self) -> None:
        self._mended: list[str] = []
        self._left_out: list[str] = []

    def read(self, text: str, length: int, field: str) -> str | None:
        """Return a text, cut to a length; None if there is none, or it is none."""
        if text.isascii() and text.isprintable() and len(text) <= length:  # as nearly all are
            return text.strip() or None
        mended = mend(text, length)
        if mended is None:
            self._left_out.append(field)
            return None
        self._mended += mended.ways
        return mended.text

    def read_word(self, text: str, length: int, field: str) -> str | None:
        """Return a text as `read` does, but without any direction marks."""
        without = DIRECTION_MARKS.sub("", text)
        if without != text:
            self._mended.append("direction-mark")
        return self.read(without, length, field)

    def read_parts(self, parts: Iterable[str], length: int, field: str) -> str | None:
        """Return several texts as one, with commas, each once; those that are none are left out."""
        read = (self.read(part, length, field) for part in parts if part)
        return self.read(", ".join(dict.fromkeys(part for part in read if part)), length, field)

    def read_url(self, text: str) -> str | None:
        """Return a URL without a user in it; None if it is none that a client could post."""
        mended = text
        try:
            mended = _without_user(text) if "@" in text else text
            url = check_url(mended)
        except ValueError:
            url = ""
        if not url or len(url) > URL_LENGTH:
            self._left_out.append("url")
            return None
        if mended != text:
            self._mended.append("user-in-url")
        return url

    def read_language(self, tag: str) -> str | None:
        """Return the tag of a language; None if it is none that a client could post."""
        try:
            return check_language(tag)
        except ValueError:
            self._left_out.append("language")
            return None

    @property
    def noted(self) -> int:
        """How much was noted of this row."""
        return len(self._mended) + len(self._left_out)

    def leave_out(self, field: str) -> None:
        """Note that a field is left out."""
        self._left_out.append(field)

    def begin_row(self) -> None:
        """Forget what was noted: another row is read."""
        self._mended.clear()
        self._left_out.clear()

    def count(self, mended: Counter[str], left_out: Counter[str]) -> None:
        """Count what was noted of a row: each way of mending, and each field that was left out, once."""
        if self._mended or self._left_out:  # as of few rows
            mended.update(dict.fromkeys(self._mended, 1))
            left_out.update(dict.fromkeys(self._left_out, 1))


def mend(text: str, length: int) -> MendedText | None:
    """Return what a text is, cut to a length; None if it holds what no text does, and no repair is certain."""
    if undo_mojibake(text) == text and not _NEEDS_MORE.search(text):  # as nearly all texts are
        good = unicodedata.normalize("NFC", text).strip()
        if len(good) <= length:
            return MendedText(good or None, ())
    ways: dict[str, str] = {}

    def became(mended: str, way: str) -> str:
        if mended != text:
            ways[way] = way
        return mended

    text = became(_PAIR.sub(_joined, text), "split-character")
    text = became(undo_mojibake(text), "mojibake")
    text = became(text.translate(_WINDOWS), "mojibake")
    text = became(_BREAKS.sub(" ", _INVISIBLE.sub("", text)), "invisible-character")
    text = became(_without_misplaced(text), "direction-mark")
    if FORBIDDEN.search(text):
        return None
    text = unicodedata.normalize("NFC", text).strip()
    text = became(_cut(text, length), "too-long")
    return MendedText(text or None, tuple(ways))


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _without_misplaced(text: str) -> str:
    misplaced = frozenset(misplaced_marks(text))
    return "".join(character for at, character in enumerate(text) if at not in misplaced) if misplaced else text


def _cut(text: str, length: int) -> str:
    """Return the beginning of a text, up to a whole letter with its accents."""
    if len(text) <= length:
        return text
    end = length
    while end > 0 and unicodedata.combining(text[end]):
        end -= 1
    return unicodedata.normalize("NFC", _without_misplaced(text[: end or length])).strip()


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else url
