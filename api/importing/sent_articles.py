"""Articles as clients post them, as rows of a file: no optional text in them decides over them."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from api.importing.optional_texts import OptionalTexts
from api.parsing.json_bodies import load_json
from domain.errors import DetenteError

_TEXTS: Final = {"headline": 500, "publisher": 200}
_EVENT_TEXTS: Final = {"place": 200, "speaker": 200, "summary": 4000, "quote": 4000, "title": 500}
_EVENT_WORDS: Final = {"mode": 100, "source_role": 100, "target_role": 100}

#: What an article has to hold for a text in it to be no good: another script, an escape, a long string or none.
_MAY_BE_BAD: Final = re.compile(r'[^\t\n\r\x20-\x7e]|\\[ubf]|[^"]{201}|"\s*"')


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
    is_changed = _mend(article, _TEXTS, texts.read)
    if "id" in article and isinstance(url := article.get("url"), str):
        is_changed |= _put(article, "url", url, texts.read_url(url))
    events = article.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict):
            is_changed |= _mend(event, _EVENT_TEXTS, texts.read)
            is_changed |= _mend(event, _EVENT_WORDS, texts.read_word)
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
