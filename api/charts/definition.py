"""What the definitions of all pictures have in common: caption, size, theme, and data by name.

A definition is Vega-Lite as plain dicts. It says all that is in the picture, and loads nothing: a file, the
picture in a page and a notebook are made from the same one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.charts.letters import as_shown
from api.charts.themes import THEMES, Theme, ThemeName

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
Definition = dict[str, Any]
DataRows = Sequence[Mapping[str, Any]]
#: Returns the text of the pages under a key, with values in its places.
TextOf = Callable[..., str]

MILLISECONDS: Final = 86_400_000  #: of a day, by which Vega-Lite counts time
_NARROW: Final = 600  # pixels: below that there is no room for legends at the side
_LETTER: Final = 6.2  # width of a letter of captions, which are cut into lines by it


@dataclass(frozen=True, slots=True)
class Caption:
    """What a picture says of itself: its title, lines on what it shows, and its source."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture looks: its size in pixels, its theme, and the language of its words."""

    width: int
    height: int
    theme_name: ThemeName
    text: TextOf

    @property
    def theme(self) -> Theme:
        """The colours."""
        return THEMES[self.theme_name]


def definition(caption: Caption, look: Look, datasets: Mapping[str, DataRows], **parts: Any) -> Definition:
    """Return the definition of a picture of some parts, which may be a `mark` and `encoding`, or `layer`."""
    title, said = as_shown(caption.title), list(map(as_shown, caption.lines))
    lines = [part for line in said for part in cut_into_lines(line, int(look.width / _LETTER))]
    return {
        "$schema": SCHEMA,
        "description": ". ".join((caption.title, *caption.lines)),
        "title": {"text": cut_into_lines(title, int(look.width / _LETTER / 1.4)), "subtitle": lines},
        "width": look.width,
        "height": look.height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 16,
        "config": look.theme.config(narrow=look.width < _NARROW),
        "datasets": {name: list(rows) for name, rows in datasets.items()},
        **parts,
    }


def cut_into_lines(text: str, length: int) -> list[str]:
    """Return a text in lines of at most so many characters, cut between words where there are any."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        while len(word) > length:
            head, word = word[:length], word[length:]
            lines += [line, head] if line else [head]
            line = ""
        if line and len(line) + 1 + len(word) > length:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line] if line or not lines else lines


def named_colours(names: Mapping[str, str]) -> dict[str, Any]:
    """Return the scale of a colour by name."""
    return {"domain": list(names), "range": list(names.values())}


def of_day(day: int) -> int:
    """Return a day, counted since 1970-01-01, as Vega-Lite counts time."""
    return day * MILLISECONDS
