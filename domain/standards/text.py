"""What text may contain: what a person wrote, in any script, and nothing that hides or reorders it."""

import re
import unicodedata
from typing import Final

#: Control characters (but tab and line breaks), what is invisible, breaks lines unseen or turns the writing
#: direction, and lone surrogates. Joiners stay: Persian, Indic scripts and emoji need them.
_FORBIDDEN: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f"
    "\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
_WORD: Final = re.compile(r"[^\W_]+")


def check_text(text: str) -> str:
    """Return `text` in NFC, without white space around it.

    Raises `ValueError` naming the first character that may not stand in text.
    """
    if found := _FORBIDDEN.search(text):
        character = found.group()
        name = unicodedata.name(character, "control character")
        raise ValueError(
            f"has U+{ord(character):04X} ({name}) at character {found.start() + 1};"
            " control and invisible characters and writing-direction marks are not accepted"
        )
    return unicodedata.normalize("NFC", text).strip()


def comparable(text: str) -> str:
    """Return `text` as names are compared: no case, accents or punctuation, single spaces."""
    if not text.isascii():  # else there is nothing to take apart
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(_WORD.findall(text.casefold()))
