"""What text may contain: what a person wrote, in any script, and nothing that hides or reorders it."""

import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

#: Control characters (but tab and line breaks), what is invisible, breaks lines unseen or turns the writing
#: direction, and lone surrogates. Joiners stay: Persian, Indic scripts and emoji need them.
_FORBIDDEN: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f"
    "\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
_WORD: Final = re.compile(r"[^\W_]+")

_HOST: Final = re.compile(r"((?:[\w-]+\.)+[^\W\d_]{2,})\.?(?::\d+)?")
_EDITION: Final = re.compile(r"www\d*|m|mobile|amp|wap", re.ASCII)
_SHARED: Final = frozenset(
    ["ac", "co", "com", "edu", "gob", "gouv", "gov", "mil", "ne", "net", "or", "org"]
)  # as in `co.uk`


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


@lru_cache(maxsize=4096)
def comparable_publisher(name: str) -> str:
    """Return a publisher's name as publishers are compared: as other names are, but that a host is one.

    Of a URL only the host counts, and of a host neither a port nor the labels in front that say for which reader
    its pages are made: `https://www.news.example:8080`, `m.news.example` and `News.example` are one.
    """
    host = _host_of(name.strip().casefold())
    return comparable(name if host is None else _without_edition(host))


def _host_of(text: str) -> str | None:
    if "://" in text:
        try:
            return urlsplit(text).hostname
        except ValueError:
            return None
    found = _HOST.fullmatch(text)
    return found[1] if found else None


def _without_edition(host: str) -> str:
    labels = host.split(".")
    while len(labels) > 2 and _EDITION.fullmatch(labels[0]) and not _is_shared(labels[1:]):
        del labels[0]
    return ".".join(labels)


def _is_shared(labels: list[str]) -> bool:
    """Return whether labels are what names are registered under, and no name: `co.uk` of `m.co.uk`."""
    return len(labels) == 2 and labels[0] in _SHARED and len(labels[1]) == 2
