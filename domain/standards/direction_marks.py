"""Where invisible marks of the writing direction may stand in a text, after Unicode Standard Annex 9.

Marks (LRM, RLM, ALM), isolates and embeddings belong around text that is written from right to left. An isolate or
an embedding is closed in its own paragraph. Overrides belong nowhere: they show a text in another order.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_IMPLICIT: Final = frozenset("\u200e\u200f\u061c")
_CLOSED_BY: Final = {
    "\u2066": "\u2069",  # LRI, RLI and FSI by PDI
    "\u2067": "\u2069",
    "\u2068": "\u2069",
    "\u202a": "\u202c",  # LRE and RLE by PDF
    "\u202b": "\u202c",
}
_CLOSERS: Final = frozenset(_CLOSED_BY.values())
_BREAKS: Final = frozenset("\n\r")
_RIGHT_TO_LEFT: Final = frozenset(["R", "AL"])

#: Every one of them.
DIRECTION_MARKS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def misplaced_marks(text: str) -> list[int]:
    """Return where marks stand that do not belong there, in order; none in nearly every text."""
    if not DIRECTION_MARKS.search(text):
        return []
    if not any(_is_right_to_left(character) for character in text):
        return [found.start() for found in DIRECTION_MARKS.finditer(text)]
    return sorted(_misplaced(text))


def _is_right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT and character not in _IMPLICIT


def _misplaced(text: str) -> Iterator[int]:
    open_: list[int] = []
    for at, character in enumerate(text):
        if character in _CLOSED_BY:
            open_.append(at)
        elif character in _CLOSERS:
            if open_ and _CLOSED_BY[text[open_[-1]]] == character:
                open_.pop()
            else:
                yield at
        elif character in _BREAKS:
            yield from open_
            open_.clear()
        elif character not in _IMPLICIT and DIRECTION_MARKS.match(character):
            yield at
    yield from open_
