"""Which address is a page, which is data, and how a name stands in one."""

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from api.http.formats.negotiation import ANSWER_FORMAT, AnswerFormat
from api.pages.addresses import PageAddresses, path_segment


async def _asked(path: str, accept: str | None = None, method: str = "GET") -> tuple[str, AnswerFormat | None]:
    """Return the path and the format as which a request goes on."""
    seen: dict[str, Any] = {}

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.update(scope)

    async def receive() -> Any: ...
    async def send(_message: Any) -> None: ...

    headers = [] if accept is None else [(b"accept", accept.encode())]
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
    }
    await PageAddresses(app)(scope, receive, send)
    return seen["path"], seen.get(ANSWER_FORMAT)


def asked(path: str, accept: str | None = None, method: str = "GET") -> tuple[str, AnswerFormat | None]:
    """Return the same from outside of an event loop: nothing in it waits."""
    going = _asked(path, accept, method)
    with pytest.raises(StopIteration) as ended:
        going.send(None)
    return ended.value.value  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/", None, ("/", AnswerFormat.HTML)),
        ("/", "application/json", ("/v1/relations", AnswerFormat.JSON)),
        ("/log.csv", None, ("/v1/events", AnswerFormat.CSV)),
        ("/relations/SYR/TUR", "text/html,*/*;q=0.8", ("/relations/SYR/TUR", AnswerFormat.HTML)),
        ("/relations/SYR/TUR", "*/*;q=0.8, text/csv", ("/v1/relations/SYR/TUR", AnswerFormat.CSV)),
        ("/relations/SYR/TUR.csv", "text/html", ("/v1/relations/SYR/TUR", AnswerFormat.CSV)),
        ("/articles/a%2Ejson", None, ("/articles/a.json", AnswerFormat.HTML)),
        ("/articles/a%2Ejson.json", None, ("/v1/articles/a.json", AnswerFormat.JSON)),
        ("/articles/a.jsonl", "image/png", ("/articles/a.jsonl", AnswerFormat.HTML)),
        ("/map.svg", "text/html", ("/v1/pictures/map", AnswerFormat.SVG)),
        ("/map.vl.json", None, ("/v1/pictures/map", AnswerFormat.VEGA_LITE)),
        ("/map", "image/png", ("/v1/pictures/map", AnswerFormat.PNG)),
        ("/articles/a%2Evl%2Ejson", None, ("/articles/a.vl.json", AnswerFormat.HTML)),
        ("/relations", "text/csv," * 500, ("/relations", AnswerFormat.HTML)),
        ("/v1/relations", "text/html", ("/v1/relations", None)),
        ("/health", "text/html", ("/health", None)),
        ("/health/live", None, ("/health/live", None)),
    ],
)
def test_an_address_is_of_a_page_or_of_its_data(path: str, accept: str | None, expected: Any) -> None:
    assert asked(path, accept) == expected


def test_what_is_sent_to_a_page_is_answered_by_a_page() -> None:
    assert asked("/sign-in", "application/json", "POST") == ("/sign-in", AnswerFormat.HTML)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_name_is_the_same_in_an_address(name: str) -> None:
    segment = path_segment(name)
    assert unquote(segment) == name
    assert asked(f"/articles/{segment}") == (f"/articles/{name}", AnswerFormat.HTML)
