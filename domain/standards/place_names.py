"""Names of places as they are compared: the same word in other spellings is one place, another word is another.

Accents and vowel points are left out, and letters with strokes or without dots are the plain ones, as newsrooms
write both (Reyhanlı and Reyhanli). Vowel signs of Indic scripts, of Thai and others are kept: without them one
word is another.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from domain.standards.direction_marks import DIRECTION_MARKS

#: Letters that no decomposition of Unicode makes plain, in lower case; and Persian forms of Arabic letters.
_PLAIN: Final = str.maketrans(
    {
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "ɓ": "b",
        "ɗ": "d",
        "ƙ": "k",
        "ƴ": "y",
        "ŋ": "n",
        "\u06cc": "\u064a",
        "\u06a9": "\u0643",
    }
)
_OVERLAY: Final = 1  # combining classes: that of strokes through letters,
_POINTS: Final = range(10, 37)  # of Hebrew, Arabic and Syriac vowels,
_ACCENTS: Final = 200  # and from here on of what stands above and below letters of any script
#: What joins or tells apart shapes, and no words: tatweel, joiners, variation selectors.
_SHAPING: Final = re.compile("[\u0640\u034f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@lru_cache(maxsize=4096)
def comparable_place(name: str) -> str | None:
    """Return a name as places are compared: words in lower case with single spaces. None if there are none."""
    if not name.isascii():  # else there is nothing to take apart
        decomposed = unicodedata.normalize("NFKD", _SHAPING.sub("", DIRECTION_MARKS.sub("", name)))
        name = "".join(character for character in decomposed if not _is_left_out(character))
    folded = unicodedata.normalize("NFC", name.casefold().translate(_PLAIN))
    return " ".join("".join(each if _is_of_word(each) else " " for each in folded).split()) or None


def _is_left_out(character: str) -> bool:
    combining = unicodedata.combining(character)
    return combining >= _ACCENTS or combining == _OVERLAY or combining in _POINTS


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")
