"""Answers are shared with the origins that are named, and each says that it depends on who asks."""

import asyncio
from typing import Any, Final

import pytest
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from api.http.entrance.cross_origin import CrossOrigin
from api.running.settings import Settings

OURS: Final = "https://desk.example.org"


def ask(method: str = "GET", path: str = "/v1/models", *headers: tuple[str, str]) -> tuple[int, dict[str, Any]]:
    """Return the status and the headers that a request is answered with."""
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": [(b"x-of", b"the app")]})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    asyncio.run(CrossOrigin(app, [OURS])(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_a_named_origin_may_read_a_refusal_too() -> None:
    status, headers = ask("GET", "/v1/models", ("origin", OURS))

    assert (status, headers["x-of"]) == (401, "the app")
    assert headers["access-control-allow-origin"] == OURS
    assert {"ETag", "Link", "Retry-After"} <= set(headers["access-control-expose-headers"].split(", "))
    assert headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    "given",
    [
        [],
        [("origin", "https://desk.example.org.evil.example")],
        [("origin", "https://DESK.example.org")],
        [("origin", "http://desk.example.org")],
        [("origin", "https://desk.example.org:8443")],
        [("origin", "null")],
        [("origin", "*")],
        [("origin", OURS), ("origin", "https://evil.example")],
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_other_may_and_the_answer_says_that_it_depends_on_it(method: str, given: list[tuple[str, str]]) -> None:
    status, headers = ask(method, "/v1/models", *given, ("access-control-request-method", "GET"))

    assert status == 401
    assert headers == {"x-of": "the app", "vary": "Origin"}


def test_what_a_browser_asks_beforehand_is_answered_without_the_app() -> None:
    status, headers = ask("OPTIONS", "/v1/articles", ("origin", OURS), ("access-control-request-method", "POST"))

    assert status == 204
    assert headers["access-control-allow-origin"] == OURS
    assert headers["access-control-allow-methods"] == "GET, HEAD, POST, PUT, DELETE"
    assert "Authorization" in headers["access-control-allow-headers"]
    assert "*" not in "".join(headers.values())
    assert ask("OPTIONS", "/v1/articles", ("origin", OURS))[0] == 401  # nothing is asked beforehand


@pytest.mark.parametrize("path", ["/", "/relations", "/sign-in", "/v1", "/relations.csv"])
def test_pages_are_for_no_other_origin(path: str) -> None:
    assert ask("GET", path, ("origin", OURS)) == (401, {"x-of": "the app"})
    assert ask("OPTIONS", path, ("origin", OURS), ("access-control-request-method", "GET"))[0] == 401


def test_the_setting_is_a_list_of_origins() -> None:
    given = " https://Desk.example.org, http://localhost:3000,http://[::1]:8080,"
    listed = ["https://desk.example.org", "http://localhost:3000", "http://[::1]:8080"]
    assert Settings(cors_origins=given).shared_origins() == listed
    assert Settings().shared_origins() == []


@pytest.mark.parametrize(
    "text",
    [
        *("*", "null", "desk.example.org", "https://*.example.org", "ftp://a.example", "https://u@a.example"),
        *(
            "https://a.example/",
            "https://a.example:443",
            "http://a.example:80",
            "https://a.example https://b.example",
        ),
    ],
)
def test_what_no_browser_sends_as_an_origin_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        Settings(cors_origins=text)
