"""Entity tags and conditional GET: who has the answer already gets a 304."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.http.responses import chosen_format
from api.running.service import Service
from projections.storage.connection import Connection
from projections.storage.store import Snapshot, read_snapshot
from projections.storage.tables import VERSION


def is_not_modified(scope: Scope, etag: str) -> bool:
    """Return whether the reader says that it has the answer with an entity tag."""
    lists = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"]
    given = [tag.strip().removeprefix("W/") for tag in ",".join(lists).split(",")]
    return etag in given or "*" in given


def not_modified(etag: str) -> Response:
    """Return the answer that says that another one is still right."""
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept"})


def etag_of(request: Request, snapshot: Snapshot | None, *parts: object) -> str:
    """Return the entity tag of the answer to a request that depends on nothing but these parts.

    What depends on the projections may be cached for as long as they stand as in the snapshot.
    """
    mark = snapshot.mark if snapshot else None
    request.state.mark = mark
    query = repr(sorted(request.query_params.multi_items()))  # quoted: no value can pass for two
    named = map(str, (VERSION, mark, *parts))  # tables of another version say something else
    fingerprint = "\n".join([request.url.path, query, chosen_format(request.scope), *named])
    return f'"{blake2b(fingerprint.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()}"'


class NotModified(HTTPException):
    """The reader has the answer already."""

    def __init__(self, etag: str) -> None:
        super().__init__(304)
        self.etag = etag


def install(app: FastAPI) -> None:
    """Answer with a 304 where a route finds that its reader has the answer."""

    @app.exception_handler(NotModified)
    async def on_not_modified(_request: Request, found: NotModified) -> Response:
        return not_modified(found.etag)


class ConditionalRead(NamedTuple):
    """The projections under one snapshot, and the entity tag of the answer that is made from them."""

    connection: Connection
    snapshot: Snapshot
    etag: str


@contextmanager
def conditional_read(request: Request, service: Service, *parts: object) -> Iterator[ConditionalRead]:
    """Yield the projections for an answer that depends on them and on these parts.

    Raises `NotModified` if the reader has that answer.
    """
    with service.store.reading() as connection:
        snapshot = read_snapshot(connection)
        yield ConditionalRead(connection, snapshot, conditional_etag(request, snapshot, *parts))


def conditional_etag(request: Request, snapshot: Snapshot | None, *parts: object) -> str:
    """Return the entity tag of an answer, as `etag_of`. Raises `NotModified` if the reader has that answer."""
    etag = etag_of(request, snapshot, *parts)
    if is_not_modified(request.scope, etag):
        raise NotModified(etag)
    return etag
