"""Tables and lines in a terminal."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Final, TextIO

from detente_client.frames.making import library

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_LONG: Final = ("place", "first of all")  # columns that may be broken
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class Terminal:
    """A terminal, by rich. Raises `MissingExtraError` where that is not installed."""

    def __init__(self, out: TextIO) -> None:
        console = library("rich.console", "query")
        self._table = library("rich.table", "query")
        self._text = library("rich.text", "query").Text
        self._console = console.Console(file=out, highlight=False, markup=False, emoji=False)

    @property
    def width(self) -> int:
        """How many characters a line has."""
        return int(self._console.width)

    def heading(self, text: str) -> None:
        """Write a heading."""
        self._console.print(self._text(plain(text), style="bold"))

    def text(self, text: str) -> None:
        """Write a text."""
        self._console.print(self._text(plain(text)))

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write a table; numbers stand to the right."""
        table = self._table.Table(box=None, padding=(0, 1, 0, 0), header_style="underline")
        for index, heading in enumerate(headings):
            is_number = any(isinstance(row[index], int | float) for row in rows)
            justify = "right" if is_number else "left"
            table.add_column(heading, justify=justify, overflow="fold", no_wrap=heading not in _LONG)
        for row in rows:
            table.add_row(*(self._text(_shown(value)) for value in row))
        self._console.print(table)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1f}"
    return value.isoformat() if isinstance(value, date) else plain(str(value))


def plain(text: str) -> str:
    """Return a text without what would move a terminal's cursor or colours, or hide in it."""
    return "".join(
        letter if letter == "\n" or unicodedata.category(letter) not in _UNSEEN else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


def sparkline(values: Sequence[float], width: int) -> str:
    """Return values of 0 to 100 as a line of blocks, `width` at most: then each is the highest of several."""
    size = max(-(-len(values) // width), 1)
    parts = [max(values[start : start + size]) for start in range(0, len(values), size)]
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round(min(max(value, 0.0), 100.0) / 100 * top)] for value in parts)
