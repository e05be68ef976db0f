"""One address for a page and its data: a suffix or `Accept` says which is meant.

`/relations/SYR/TUR` is a page for a browser; with `.json`, `.csv` or `.ndjson` behind it, or for a client that
prefers such a format, it is what `/v1/relations/SYR/TUR` answers; `.svg`, `.png` and `.vl.json` are its picture. A
name that ends like a suffix has its dots written as `%2E`.
"""

import re
from typing import Final
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.formats.negotiation import (
    ANSWER_FORMAT,
    PICTURES,
    AnswerFormat,
    format_of_media_type,
    media_types_by_preference,
    picture_format_of,
)

#: Where the API and what else is for machines lives: no page is there.
_FOR_MACHINES: Final = ("/v1/", "/v1", "/health", "/metrics", "/openapi.json")
#: Where the data of pages are that have another address.
_DATA_ELSEWHERE: Final = {"/": "/v1/relations", "/log": "/v1/events"}
_SUFFIXES: Final = "|".join(map(re.escape, (*AnswerFormat.of_data(), *AnswerFormat.of_pictures())))
_SUFFIX: Final = re.compile(rf"\.({_SUFFIXES})$")
#: The pages that have a picture.
_WITH_PICTURE: Final = re.compile("/map|/matrix|/actors/[^/]+/network|/relations/[^/]+/[^/]+/tension")
_LONGEST_ACCEPT: Final = 1000  # bytes: a browser's has a hundred
_PAGE_TYPES: Final = frozenset({"text/html", "application/xhtml+xml", "text/*", "*/*"})


class PageAddresses:
    """Leads what asks for the data of a page to the API, and notes of the rest that it asks for a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or is_for_machines(scope["path"]):
            await self._app(scope, receive, send)
            return
        changed = {**scope, **_as_meant(scope)}
        try:
            await self._app(changed, receive, send)
        finally:
            if "route" in changed:
                scope["route"] = changed["route"]  # for the access log


def is_for_machines(path: str) -> bool:
    """Return whether a path is one of the API, or of what else is for machines."""
    return path in _FOR_MACHINES or path.startswith(("/v1/", "/health/"))


def asks_for_page(scope: Scope) -> bool:
    """Return whether a request asks for a page."""
    return scope.get(ANSWER_FORMAT) is AnswerFormat.HTML


def path_segment(name: str) -> str:
    """Return a name as a part of a page's address: a slash is encoded, and the dot of what looks like a suffix."""
    quoted = quote(name, safe="")
    found = _SUFFIX.search(quoted)
    return quoted[: found.start()] + found[0].replace(".", "%2E") if found else quoted


def _as_meant(scope: Scope) -> Scope:
    """Return what of a request is otherwise than it came: the format that it asks for, and the path."""
    if scope["method"] != "GET":
        return {ANSWER_FORMAT: AnswerFormat.HTML}
    path: str = scope["path"]
    raw_path: bytes = scope.get("raw_path") or path.encode("utf-8", "surrogatepass")
    suffix = _SUFFIX.search(raw_path.decode("latin-1"))
    if suffix:
        path = path.removesuffix(suffix[0])
        wanted = AnswerFormat(suffix[1])
        return {"path": _path_of(path, wanted), ANSWER_FORMAT: wanted}
    wanted = _preferred(scope)
    if wanted is AnswerFormat.HTML:
        return {ANSWER_FORMAT: wanted, "query_string": _without_blanks(scope["query_string"])}
    return {"path": _path_of(path, wanted), ANSWER_FORMAT: wanted}


def _without_blanks(query: bytes) -> bytes:
    """Return the query of a form without the fields that were left blank: they ask for nothing."""
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[2])


def _path_of(path: str, wanted: AnswerFormat) -> str:
    """Return where the data or the picture of a page is."""
    if wanted in AnswerFormat.of_pictures():
        return f"{PICTURES}{path.removeprefix('/')}"
    return _DATA_ELSEWHERE.get(path, f"/v1{path}")


def _preferred(scope: Scope) -> AnswerFormat:
    """Return the format that `Accept` prefers: a page, where it names nothing that there is, or is very long."""
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if len(accept) > _LONGEST_ACCEPT:
        return AnswerFormat.HTML
    for media_type in media_types_by_preference(accept.decode("latin-1")):
        if media_type in _PAGE_TYPES:
            return AnswerFormat.HTML
        wanted = format_of_media_type(media_type)
        if wanted is None and _WITH_PICTURE.fullmatch(scope["path"]):
            wanted = picture_format_of(media_type)
        if wanted is not None:
            return wanted
    return AnswerFormat.HTML
