"""From a template and what it shows to a page, packed."""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.access.key_ring import Caller
from api.http.middleware.request_line import ENCODED_SLASH
from api.http.responses import history_headers
from api.pages import formatting
from api.pages.addresses import path_segment
from api.pages.catalogue import catalogue_of
from api.pages.security_headers import SECURITY_HEADERS
from api.pages.static_files import static_digest, static_url

MEDIA_TYPE: Final = "text/html; charset=utf-8"
_PACKING: Final = 5  # of 1 to 9: more takes longer, and saves little
#: The pages that every page leads to, and the keys of their names.
NAVIGATION: Final = (
    ("/", "overview"),
    ("/relations", "relations"),
    ("/agreements", "agreements"),
    ("/incidents", "incidents"),
    ("/articles", "articles"),
    ("/actors", "actors"),
    ("/matrix", "matrix"),
    ("/map", "map"),
    ("/log", "log"),
    ("/post", "post"),
    ("/models", "models"),
    ("/operations", "operations"),
    ("/docs", "docs"),
)
_FILTERS: Final = ("score", "signed", "percent", "whole", "day", "instant")


def render_page(
    request: Request, template: str, shown: Mapping[str, Any], etag: str | None = None, status: int = 200
) -> Response:
    """Return a page. With an entity tag it may be stored, and asked for again; without one it must not be.

    `shown` are the values of the template, which has these besides: `text`, `static`, `segment`, `query_with`,
    `path`, `query` and `caller`.
    """
    body = _environment().get_template(template).render({**_of_request(request), **shown}).encode()
    headers = {
        **SECURITY_HEADERS,
        "Content-Encoding": "gzip",
        "Vary": "Accept, Accept-Encoding, Cookie",
        "Cache-Control": "no-store" if etag is None else "private, no-cache",
        **history_headers(request),
    }
    if etag is not None:
        headers["ETag"] = etag
    return Response(gzip.compress(body, _PACKING, mtime=0), status, headers, MEDIA_TYPE)


def page_parts(request: Request) -> tuple[object, ...]:
    """Return what the entity tag of a page depends on, beside what its data depends on."""
    return static_digest(), _templates_digest(), caller_of(request)


def caller_of(request: Request) -> Caller | None:
    """Return who asks; None where nobody was asked for."""
    return getattr(request.state, "caller", None)


def query_with(request: Request, **changed: Any) -> str:
    """Return the query of a request with some parameters changed, `?` included; one that is None is left out."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changed]
    for name, value in changed.items():
        values = value if isinstance(value, list | tuple) else (value,)
        kept += [(name, str(each)) for each in values if each is not None]
    return f"?{urlencode(kept)}" if kept else ""


def _of_request(request: Request) -> dict[str, Any]:
    path = request.scope["path"].replace(ENCODED_SLASH, "%2F")
    return {
        "path": path,
        "query": f"?{request.url.query}" if request.url.query else "",
        "query_with": lambda **changed: query_with(request, **changed),
        "caller": caller_of(request),
    }


@cache
def _environment() -> Environment:
    """Return what makes pages of templates: everything is escaped, and what is missing is an error."""
    environment = Environment(
        loader=PackageLoader("api.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    texts = catalogue_of()
    environment.globals |= {
        "text": texts.text,
        "texts_under": texts.texts_under,
        "has_text": texts.has,
        "language": texts.language,
        "navigation": NAVIGATION,
        "static": static_url,
        "segment": path_segment,
    }
    environment.globals["listed"] = lambda value: value if isinstance(value, list | tuple) else [value]
    environment.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2)
    environment.filters |= {name: getattr(formatting, name) for name in _FILTERS}
    return environment


@cache
def _templates_digest() -> str:
    """Return a digest of all templates and texts: with others, a page is another one."""
    digest = blake2b(digest_size=6)
    for room in ("api.pages.templates", "api.pages.texts"):
        for found in sorted(files(room).iterdir(), key=lambda each: each.name):
            if found.is_file():
                digest.update(found.read_bytes())
    return digest.hexdigest()
