"""When two names are of one publisher: a host counts as one, whichever edition of its pages is meant."""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from domain.standards.text import comparable

#: A host as people write it, with a port or a path behind: a name with dots whose end has letters, or an address.
_HOST: Final = re.compile(r"((?:[\w-]+\.)+(?:[^\W\d_]{2,}|xn--[a-z0-9-]+|\d{1,3}))\.?(?::\d*)?(?:[/?#]\S*)?")
_EDITION: Final = re.compile(r"www\d*|m|mobile|amp|wap", re.ASCII)
_SHARED: Final = frozenset(
    ["ac", "co", "com", "edu", "gob", "gouv", "gov", "mil", "ne", "net", "or", "org"]
)  # as in `co.uk`
_AMP_CACHES: Final = (".cdn.ampproject.org", ".bing-amp.com")


@lru_cache(maxsize=4096)
def comparable_publisher(name: str) -> str:
    """Return a publisher's name as publishers are compared: as other names are, but that a host is one.

    Of a URL only the host counts, and of a host neither a port nor the labels that say for which reader its pages
    are made: `https://www.news.example:8080`, `m.news.example` and `News.example` are one. A page in a cache of
    AMP pages is of the host that the cache has it from.
    """
    written = unicodedata.normalize("NFKC", name).strip().casefold()
    host = _host_of(written)
    return comparable(name if host is None else _without_editions(_in_letters(_origin(host))))


def _host_of(text: str) -> str | None:
    """Return the host of a URL, or that a text is; None where it is neither."""
    if "://" in text or text.startswith("//"):
        try:
            return (urlsplit(text).hostname or "").rstrip(".") or None
        except ValueError:
            return None
    found = _HOST.fullmatch(text)
    return found[1] if found and (not found[1][-1].isdigit() or _is_address(found[1])) else None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _origin(host: str) -> str:
    """Return the host behind one of a cache, which writes `.` as `-` and `-` as `--`."""
    for cache in _AMP_CACHES:
        label = host.removesuffix(cache)
        if label != host and "." not in label:
            return _in_letters(label).replace("--", "\0").replace("-", ".").replace("\0", "-")
    return host


def _in_letters(host: str) -> str:
    """Return a host with its labels as they are read: `xn--mnchen-3ya.example` is `münchen.example`."""
    labels = host.split(".")
    for index, label in enumerate(labels):
        if label.startswith("xn--"):
            with suppress(UnicodeError):  # else it is no name in another script
                labels[index] = label[4:].encode("ascii").decode("punycode")
    return ".".join(labels)


def _without_editions(host: str) -> str:
    """Return a host without its labels for editions, those of the name that is registered excepted."""
    labels = host.split(".")
    own = 3 if _is_shared(labels[-2:]) else 2
    while len(labels) > 2 and labels[0].startswith("www") and _EDITION.fullmatch(labels[0]):
        del labels[0]  # also of `www.gov.uk`
    front = [label for label in labels[:-own] if not _EDITION.fullmatch(label)]
    return ".".join([*front, *labels[-own:]])


def _is_shared(labels: Sequence[str]) -> bool:
    """Return whether labels are what names are registered under, and no name: `co.uk` of `m.co.uk`."""
    return len(labels) == 2 and labels[0] in _SHARED and len(labels[1]) == 2
