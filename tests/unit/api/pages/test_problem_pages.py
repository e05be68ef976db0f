"""Pages for clients that do not unpack them, in however many pieces they come."""

import asyncio
import gzip
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from api.http.formats.negotiation import ANSWER_FORMAT, AnswerFormat
from api.pages.problem_pages import ProblemPages

PAGE = b"<!doctype html><title>A page</title>"
PACKED = gzip.compress(PAGE)


def sent(accepted: str, etag: str | None = None) -> tuple[dict[bytes, bytes], bytes]:
    """Return the headers and the body that a client gets of a page that comes packed, in two pieces."""
    messages: list[Any] = []
    headers = [(b"content-type", b"text/html"), (b"content-encoding", b"gzip")]
    headers += [(b"etag", etag.encode())] if etag else []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PACKED[:9], "more_body": True})
        await send({"type": "http.response.body", "body": PACKED[9:]})

    async def receive() -> Any: ...
    async def send(message: Any) -> None:
        messages.append(message)

    scope: Scope = {"type": "http", "headers": [(b"accept-encoding", accepted.encode())]}
    scope[ANSWER_FORMAT] = AnswerFormat.HTML
    asyncio.run(ProblemPages(app)(scope, receive, send))
    return dict(messages[0]["headers"]), b"".join(message["body"] for message in messages[1:])


def test_a_page_goes_on_as_it_came_to_whoever_unpacks_it() -> None:
    headers, body = sent("gzip, br")
    assert headers[b"content-encoding"] == b"gzip"
    assert gzip.decompress(body) == PAGE


@pytest.mark.parametrize("etag", [None, '"5f1c"'])
def test_a_page_is_unpacked_for_whoever_does_not(etag: str | None) -> None:
    headers, body = sent("gzip;q=0", etag)
    assert body == PAGE
    assert b"content-encoding" not in headers
    assert headers[b"content-length"] == str(len(PAGE)).encode()
    assert headers.get(b"etag") == (None if etag is None else b'W/"5f1c"')
