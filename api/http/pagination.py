"""Cursors: where the next page of a list begins, sealed so that a changed one is noticed."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import blake2b
from hmac import compare_digest
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

from api.http.parameters import MAX_LIMIT
from api.http.problems import invalid_parameter
from api.parsing.whole_numbers import check_whole
from projections.queries.question import Question

_SEAL = 9  # bytes

#: That of a list that can be had whole: `asks_for_whole` says whether it is.
LimitOrAll = Annotated[
    int,
    BeforeValidator(lambda text: MAX_LIMIT if text == "all" else check_whole(text)),
    Query(ge=1, le=MAX_LIMIT, description="Most items in one page; `all`: the whole list, not as JSON."),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}, {"type": "string", "enum": ["all"]}]}
    ),
]


def make_cursor(scope: str, *key: Any) -> str:
    """Return the cursor of what comes behind `key` in the list that `scope` names."""
    content = json.dumps(key, separators=(",", ":"), ensure_ascii=False).encode()
    return urlsafe_b64encode(_seal(scope, content) + content).decode().rstrip("=")


def read_cursor(scope: str, cursor: str, *types: type) -> tuple[Any, ...]:
    """Return the key in a cursor of the same list, its parts of the given types. Raises `Problem` (422)."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        content = raw[_SEAL:]
        if compare_digest(raw[:_SEAL], _seal(scope, content)):
            key = json.loads(content)
            if [type(part) for part in key] == list(types):
                return tuple(key)
    except (NotBase64, ValueError):
        pass  # falls through to the one answer for every cursor that is not ours
    raise invalid_parameter(
        "cursor", "is not one that this list gave, with the same other parameters", "bad-cursor"
    )


def _seal(scope: str, content: bytes) -> bytes:
    key = blake2b(scope.encode()).digest()  # a key has 64 bytes at most, a scope may have more
    return blake2b(content, key=key, person=b"detente-cursor", digest_size=_SEAL).digest()


def question_scope(question: Question) -> str:
    """Return what of a question a cursor belongs to."""
    return f"{times_scope(question)} {question.model.name} {question.what_if}"


def times_scope(question: Question) -> str:
    """Return what of the times of a question a cursor belongs to."""
    published = "" if question.published_by is None else f" {question.published_by}"
    return f"{question.day} {question.known_at}{published}"
