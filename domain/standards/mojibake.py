"""Text in UTF-8 that somebody has read as Windows-1252 or Latin-1, put right where there is no doubt of it.

Each character of UTF-8 then shows as two to four: a letter with an accent, and signs behind it. Some such
sequences are good text (`CAFÉ…`, `NESTLÉ®`, `«ROMÂ»`, `KNÍŽKA`). So a text is put right only if it holds one that
is not: with a control character of C1, a sign that follows no letter, or a capital with a sign within a word. A
word of letters alone is good text in small letters, in capitals, or with a capital first, but for beginnings that
none has (`Ãžingvellir`, `ÃŽLE`, `Åžemdinli`).
"""

import re
import unicodedata
from functools import cache
from typing import Final

_C1: Final = "".join(map(chr, range(0x80, 0xA0)))
_WINDOWS: Final = bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
_LATIN: Final = "".join(map(chr, range(0xA0, 0xC0)))
_LETTERS: Final = "ŠŒŽšœžŸ"
_BETWEEN_LETTERS: Final = "\u00a0\u00ad·’…–—"  #: which a capital at the end of a word may be followed by
_NEVER_BEHIND: Final = "€ƒˆ‰˜¡¢£¤¥¦§¬¯±µ¶¸¼½¾¿"  #: a capital
_ODD: Final = "ƒˆ‰˜¢¤¥¦§¬¯±µ¶¸¼¾"  #: behind a small letter

_BYTES: Final = {
    **{chr(code): code for code in range(0x100)},
    **{character: character.encode("cp1252")[0] for character in _WINDOWS},
}
_ANY: Final = f"[{_C1}{_WINDOWS}{_LATIN}]"
_SIGN: Final = "[" + "".join(sorted(set(_WINDOWS + _LATIN) - set(_LETTERS + _BETWEEN_LETTERS))) + "]"
_NO_QUOTE: Final = (
    "[" + "".join(sorted(set(_WINDOWS + _LATIN) - set(_LETTERS + _BETWEEN_LETTERS + "“”„»«›‹‘®™"))) + "]"
)
_CERTAIN: Final = f"""
    [Â-ß][{_C1}] | [à-ï](?:[{_C1}]{_ANY}|{_ANY}[{_C1}]) | [ð-ô](?={_ANY}{{0,2}}[{_C1}]){_ANY}{{3}}
    | [ÂÃÄÅÎÏÐÑØÙ][{_NEVER_BEHIND}]
    | (?<=[a-z])[Â-ÖØ-Þ](?:{_SIGN}|[{_BETWEEN_LETTERS}]) | (?<=[a-z])[ÂÃÄÅ][{_LETTERS}]
    | [ÂÃÄÅ]{_SIGN}(?=[a-z])
    | (?<![^\\W_])[ÂÃ]{_NO_QUOTE}
    | (?<=[0-9])[ÂÃ]{_NO_QUOTE} | (?<![^\\W_])Ã…(?=[a-z]) | Ã\u00ad | áº{_ANY}
    | [ÃÅ]ž(?!ž) | (?<=[^\\W_])Äž | (?<![^\\W_])ÃŽ | ÃŽ(?=[a-z]) | [ÄÅ]Ÿ(?=[a-z])
    | [à-ï](?:[{_ODD}]{_ANY}|{_ANY}[{_ODD}]) | â€{_ANY} | ðŸ{_ANY}{{2}}
    | [Â-ß]{_SIGN}(?=[Â-ß]{_SIGN}) | (?<=[Â-ß]{_SIGN})[Â-ß]{_SIGN}
    | [à-ï]{_ANY}{{2}}(?=[à-ï]{_ANY}{{2}}) | (?<=[à-ï]{_ANY}{{2}})[à-ï]{_ANY}{{2}}
    """
_MAY_BE: Final = re.compile(f"[Â-ô]{_ANY}")
_WRITTEN: Final = frozenset("\n\r\t\u00ad\u200c\u200d" + _C1)
_ROUNDS: Final = 2  #: times that it was misread, at most


def undo_mojibake(text: str) -> str:
    """Return the text as it was before it was misread, once or twice; as it is, where that is not certain."""
    for _ in range(_ROUNDS):
        if not _MAY_BE.search(text) or not _certain().search(text):
            break
        text = _read_again(text) or _certain().sub(lambda found: _read_again(found[0]) or found[0], text)
    return text


@cache
def _certain() -> re.Pattern[str]:
    """Return the pattern, made for the first text that needs it: it takes longer than all else to load here."""
    return re.compile(_CERTAIN, re.VERBOSE)


def _read_again(text: str) -> str | None:
    """Return what the bytes of a text are in UTF-8, None if they are not, or no characters that people write."""
    try:
        read = bytes(_BYTES[character] for character in text).decode()
    except (KeyError, UnicodeDecodeError):
        return None
    return read if all(map(_is_written, read)) else None


def _is_written(character: str) -> bool:
    """Return whether a character may come out: also those of C1, of which the next round makes letters."""
    return unicodedata.category(character)[0] != "C" or character in _WRITTEN
