"""Tables and lines in a terminal."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Final, TextIO

from detente_client.frames.making import library

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_NOTHING: Final = "·"
_LONG: Final = ("place", "first of all")  # columns that may be broken
_LEAST: Final = 2  # columns of a table, however narrow the terminal
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
        """Write a table; numbers stand to the right. Columns that it has no room for are named under it."""
        shown = [[_shown(value) for value in row] for row in rows]
        fitting = self._fitting(headings, shown)
        fits = self._width_of(headings, shown, fitting) <= self.width
        table = self._table.Table(box=None, padding=(0, 1, 0, 0), header_style="underline")
        for index, heading in enumerate(headings[:fitting]):
            is_number = any(isinstance(row[index], int | float) for row in rows)
            justify = "right" if is_number else "left"
            table.add_column(heading, justify=justify, overflow="fold", no_wrap=fits and heading not in _LONG)
        for row in shown:
            table.add_row(*map(self._text, row[:fitting]))
        self._console.print(table)
        if fitting < len(headings):
            self.text(f"Too narrow for: {', '.join(headings[fitting:])}.")

    def _fitting(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
        """Return how many columns there is room for without a cell cut short: a number would be another."""
        fitting = len(headings)
        while fitting > _LEAST and self._width_of(headings, rows, fitting) > self.width:
            fitting -= 1
        return fitting

    def _width_of(self, headings: Sequence[str], rows: Sequence[Sequence[str]], count: int) -> int:
        """Return how wide the first columns are at least, with a blank behind each."""
        return sum(
            1 + max(self._cells(heading), *(0 if heading in _LONG else self._cells(row[index]) for row in rows))
            for index, heading in enumerate(headings[:count])
        )

    def _cells(self, text: str) -> int:
        return int(self._text(text).cell_len)


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


def sparkline(values: Sequence[float | None], width: int) -> str:
    """Return values of 0 to 100 as a line of blocks, `width` at most: then each is the highest of several.

    None, where nothing is known, is a dot.
    """
    size = max(-(-len(values) // width), 1)
    parts = [values[start : start + size] for start in range(0, len(values), size)]
    return "".join(map(_block, parts))


def _block(part: Sequence[float | None]) -> str:
    known = [value for value in part if value is not None]
    if not known:
        return _NOTHING
    return _BLOCKS[round(min(max(*known, 0.0), 100.0) / 100 * (len(_BLOCKS) - 1))]
