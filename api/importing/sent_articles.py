"""Articles as clients post them, as rows of a file: no optional text in them decides over them."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from api.importing.optional_texts import ARTICLE_TEXTS, EVENT_TEXTS, EVENT_WORDS, OptionalTexts
from api.parsing.json_bodies import load_json
from domain.errors import DetenteError

#: What an article has to hold for a text in it to be no good: another script, an escape, a long string or none,
#: or a language that does not look like one.
_MAY_BE_BAD: Final = re.compile(
    r'[^\t\n\r\x20-\x7e]|\\[ubf]|[^"]{201}|"\s*"|"language"\s*:\s*"(?![A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")'
)


def mend_article(body: str, texts: OptionalTexts) -> str:
    """Return an article with its optional texts mended, or without them; as it is, if it is none."""
    if not _MAY_BE_BAD.search(body):
        return body
    try:
        article = json.loads(body)
    except (ValueError, RecursionError):  # whoever records it says what is wrong with it
        return body
    if not isinstance(article, dict):
        return body
    is_changed = _mend(article, ARTICLE_TEXTS, texts.read)
    if "id" in article and isinstance(url := article.get("url"), str):
        is_changed |= _put(article, "url", url, texts.read_url(url))
    if isinstance(language := article.get("language"), str):
        is_changed |= _put(article, "language", language, texts.read_language(language))
    events = article.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict):
            is_changed |= _mend(event, EVENT_TEXTS, texts.read)
            is_changed |= _mend(event, EVENT_WORDS, texts.read_word)
    return json.dumps(article) if is_changed and _is_sound(body) else body


def _mend(fields: dict[str, Any], lengths: dict[str, int], read: Callable[[str, int, str], str | None]) -> bool:
    """Mend those of some fields that are texts; return whether one is another now."""
    given = [(name, length) for name, length in lengths.items() if isinstance(fields.get(name), str)]
    changed = [_put(fields, name, fields[name], read(fields[name], length, name)) for name, length in given]
    return any(changed)


def _put(fields: dict[str, Any], name: str, before: str, after: str | None) -> bool:
    if after == before:
        return False
    if after is None:
        del fields[name]
    else:
        fields[name] = after
    return True


def _is_sound(body: str) -> bool:
    """Return whether a body is one that may be posted: without a key twice, or far too many values."""
    try:
        load_json(body.encode())
    except (ValueError, DetenteError, RecursionError):
        return False
    return True
