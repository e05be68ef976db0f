"""Which letters pictures can show: those of the font that is shipped. Others would be drawn as empty boxes.

Chinese, Japanese and Korean letters are not among them: a font of these is several times as large as all else that
is shipped together. The format of a font's table of letters: OpenType, `cmap`, format 12.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

_FONT: Final = "DejaVuSans.ttf"
_ALL_OF_UNICODE: Final = 12  # the format of the table that has all letters, and not the first 65,536 alone


def is_shown(text: str) -> bool:
    """Return whether pictures have all letters of a text."""
    return all(map(_has, text))


def as_shown(text: str) -> str:
    r"""Return a text with each letter that pictures have none of as its number, such as `\u65b0`."""
    return text if is_shown(text) else "".join(each if _has(each) else _number(each) for each in text)


def _number(letter: str) -> str:
    return letter.encode("ascii", "backslashreplace").decode()


@cache
def _has(letter: str) -> bool:
    firsts, lasts = _ranges()
    at = bisect_right(firsts, ord(letter)) - 1
    return at >= 0 and ord(letter) <= lasts[at]


@cache
def _ranges() -> tuple[Sequence[int], Sequence[int]]:
    """Return the first and the last letters of the runs that the font has, in order."""
    font = (files("api.charts.fonts") / _FONT).read_bytes()
    start = _table(font, b"cmap")
    (number,) = struct.unpack_from(">H", font, start + 2)
    tables = (start + struct.unpack_from(">HHI", font, start + 4 + 8 * at)[2] for at in range(number))
    (table,) = {each for each in tables if struct.unpack_from(">H", font, each) == (_ALL_OF_UNICODE,)}
    groups = list(_groups(font, table))
    return [first for first, _ in groups], [last for _, last in groups]


def _table(font: bytes, tag: bytes) -> int:
    """Return where a table of a font is."""
    (number,) = struct.unpack_from(">H", font, 4)
    entries = (struct.unpack_from(">4sIII", font, 12 + 16 * at) for at in range(number))
    found: int = next(offset for name, _, offset, _ in entries if name == tag)
    return found


def _groups(font: bytes, table: int) -> Iterator[tuple[int, int]]:
    (number,) = struct.unpack_from(">I", font, table + 12)
    for at in range(number):
        first, last, _ = struct.unpack_from(">III", font, table + 16 + 12 * at)
        yield first, last
