"""Entity tags and conditional requests: who has the answer already gets a 304."""

from hashlib import blake2b

from fastapi import Request, Response

from api.http.responses import chosen_format
from projections.storage.store import Snapshot
from projections.storage.tables import VERSION


def is_known(request: Request, etag: str) -> bool:
    """Return whether the reader says that it has the answer with an entity tag."""
    given = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag in given or "*" in given


def not_modified(etag: str) -> Response:
    """Return the answer that says that another one is still right."""
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept"})


def etag_of(request: Request, snapshot: Snapshot | None, *parts: object) -> str:
    """Return the entity tag of the answer to a request that depends on nothing but these parts.

    What depends on the projections is remembered for as long as they stand as in the snapshot.
    """
    mark = snapshot.mark if snapshot else None
    request.state.mark = mark
    query = repr(sorted(request.query_params.multi_items()))  # quoted: no value can pass for two
    named = map(str, (VERSION, mark, *parts))  # tables of another version say something else
    fingerprint = "\n".join([request.url.path, query, chosen_format(request), *named])
    return f'"{blake2b(fingerprint.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()}"'


def known_answer(request: Request, etag: str) -> Response | None:
    """Return a 304 if the reader has the answer already."""
    return not_modified(etag) if is_known(request, etag) else None
