"""What text may contain: what a person wrote, in any script, and nothing that hides or reorders it."""

import re
import unicodedata
from typing import Final

from domain.standards.direction_marks import DIRECTION_MARKS, misplaced_marks

_NO_CHARACTERS: Final = "\ufdd0-\ufdef" + "".join(
    f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0, 0x110000, 0x10000)
)

#: Control characters (but tab and line breaks), what is invisible or breaks lines unseen, lone surrogates, and
#: what Unicode says will never be a character. Joiners stay: Persian, Indic scripts and emoji need them.
FORBIDDEN: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u2028\u2029\u2060\ud800-\udfff\ufeff"
    f"{_NO_CHARACTERS}\U000e0000-\U000e007f]"
)
_WORD: Final = re.compile(r"[^\W_]+")


def check_text(text: str) -> str:
    """Return `text` in NFC, without white space around it.

    Marks of the writing direction may stand in it where they belong. Raises `ValueError` naming the first
    character that may not stand in text.
    """
    if text.isascii() and text.isprintable():  # as most are: nothing can be wrong with it
        return text.strip()
    forbidden = FORBIDDEN.search(text)
    misplaced = misplaced_marks(text)
    if forbidden and not (misplaced and misplaced[0] < forbidden.start()):
        raise ValueError(f"{_named(text, forbidden.start())}; control and invisible characters are not accepted")
    if misplaced:
        raise ValueError(
            f"{_named(text, misplaced[0])}; writing-direction marks are accepted around right-to-left text alone:"
            " isolates and embeddings if they are closed, and overrides never"
        )
    return unicodedata.normalize("NFC", text).strip()


def check_word(text: str) -> str:
    """Return `text` as `check_text` does, of which two that look alike are to be one: without direction marks."""
    if not text.isascii() and (found := DIRECTION_MARKS.search(text)):
        raise ValueError(f"{_named(text, found.start())}; writing-direction marks are not accepted here")
    return check_text(text)


def _named(text: str, at: int) -> str:
    is_control = unicodedata.category(text[at]) == "Cc"
    name = unicodedata.name(text[at], "control character" if is_control else "no character")
    return f"has U+{ord(text[at]):04X} ({name}) at character {at + 1}"


def comparable(text: str) -> str:
    """Return `text` as names are compared: no case, accents or punctuation, single spaces."""
    if not text.isascii():  # else there is nothing to take apart
        decomposed = unicodedata.normalize("NFKD", DIRECTION_MARKS.sub("", text))
        text = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(_WORD.findall(text.casefold()))
