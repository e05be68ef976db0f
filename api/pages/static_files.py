"""Style, scripts and pictures of the pages: read once, packed once, and kept by browsers for good.

The address of each has a digest of what is in it, so that another version has another address.
"""

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX: Final = "/static/"
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_PACKED: Final = (".css", ".js", ".json", ".svg")  # what gets smaller by it
_FOR_GOOD: Final = b"public, max-age=31536000, immutable"


class StaticFile(NamedTuple):
    """A file for browsers: what is in it, packed (gzip) where that is smaller."""

    body: bytes
    packed: bytes | None
    media_type: str


def static_url(name: str) -> str:
    """Return the address of a static file, such as `desk.css`. Raises `KeyError` if there is none."""
    return _addresses()[name]


@cache
def static_digest() -> str:
    """Return a digest of all static files."""
    return _digest("".join(sorted(_addresses().values())).encode())


@cache
def _addresses() -> Mapping[str, str]:
    return {name: f"{PREFIX}{_digest(found.body)}/{name}" for name, found in _files().items()}


@cache
def _by_address() -> Mapping[str, StaticFile]:
    return {address: _files()[name] for name, address in _addresses().items()}


@cache
def _files() -> Mapping[str, StaticFile]:
    return dict(_read(files("api.pages") / "static", ""))


def _read(folder: Traversable, path: str) -> list[tuple[str, StaticFile]]:
    found: list[tuple[str, StaticFile]] = []
    for each in folder.iterdir():
        name = f"{path}{each.name}"
        suffix = name[name.rfind(".") :]
        if each.is_dir():
            found += _read(each, f"{name}/")
        elif suffix in _MEDIA_TYPES:
            body = each.read_bytes()
            packed = gzip.compress(body, mtime=0) if suffix in _PACKED else None
            found.append((name, StaticFile(body, packed, _MEDIA_TYPES[suffix])))
    return found


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=6).hexdigest()


class StaticFiles:
    """Answers what is read under `/static/`; all else passes through. It asks nobody for a key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_read = scope["type"] == "http" and scope["method"] == "GET"
        found = _by_address().get(scope["path"]) if is_read else None
        if found is None:
            await self._app(scope, receive, send)
            return
        takes_packed = found.packed is not None and accepts_gzip(scope)
        body = found.packed if found.packed is not None and takes_packed else found.body
        headers = [
            (b"content-type", found.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", _FOR_GOOD),
            (b"x-content-type-options", b"nosniff"),
            (b"vary", b"Accept-Encoding"),
        ]
        if takes_packed:
            headers.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def accepts_gzip(scope: Scope) -> bool:
    """Return whether a client takes bodies that are packed by gzip."""
    given = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding").decode("latin-1")
    for each in given.lower().split(","):
        coding, _, parameters = each.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
