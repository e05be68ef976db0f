"""Where a request may come from, and the tokens of forms."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request

from api.access.key_ring import LOCAL, Caller
from api.access.keys import Scope
from api.http.problems import Problem
from api.pages.forms.forgery import check_origin, form_token, new_form_secret


def request(scheme: str = "http", state: dict[str, Any] | None = None, **headers: Any) -> Request:
    given = {"host": "desk.example:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    app = SimpleNamespace(state=SimpleNamespace(form_secret=b"secret"))
    return Request(
        {"type": "http", "scheme": scheme, "headers": raw, "state": state or {}, "app": app, "method": "POST"}
    )


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [
        ("http", {"origin": "http://desk.example:8000"}),
        ("http", {"origin": "HTTP://Desk.Example:8000", "sec_fetch_site": "same-origin"}),
        ("http", {"origin": "https://desk.example:8000"}),  # a proxy ends HTTPS
        ("http", {"sec_fetch_site": "same-origin"}),
        ("https", {"origin": "https://desk.example:8000"}),
    ],
)
def test_our_own_pages_are_let_through(scheme: str, headers: dict[str, str]) -> None:
    check_origin(request(scheme, None, **headers))


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [
        ("http", {}),
        ("http", {"origin": "null"}),
        ("http", {"origin": ""}),
        ("http", {"origin": "http://desk.example"}),
        ("http", {"origin": "http://desk.example:8001"}),
        ("http", {"origin": "http://desk.example:8000.evil.example"}),
        ("http", {"origin": "http://x@desk.example:8000"}),
        ("http", {"origin": "http://desk.example:8000/x"}),
        ("http", {"origin": "http://[::1"}),
        ("http", {"origin": "file://desk.example:8000"}),
        ("http", {"origin": "http://desk.example:8000", "sec_fetch_site": "cross-site"}),
        ("http", {"origin": "http://desk.example:8000", "sec_fetch_site": "same-site"}),
        ("https", {"origin": "http://desk.example:8000"}),
    ],
)
def test_all_else_is_refused(scheme: str, headers: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        check_origin(request(scheme, None, **headers))
    assert refused.value.details.type == "urn:detente:problem:foreign-origin"


def test_a_token_is_of_one_session_or_of_one_browser_on_this_machine() -> None:
    signed_in = {"caller": Caller("Desk", Scope.POST), "session": "s1"}
    local = {"caller": LOCAL}
    tokens = [
        form_token(request(state=signed_in)),
        form_token(request(state={**signed_in, "session": "s2"})),
        form_token(request(state=local, cookie="detente_visit=v1")),
        form_token(request(state=local, cookie="detente_visit=v2")),
    ]
    assert len(set(tokens)) == len(tokens)
    assert None not in tokens
    assert form_token(request(state={"former_session": "s1"})) == tokens[0]
    assert form_token(request(state=local)) is None
    assert form_token(request(state={"caller": Caller("Desk", Scope.POST)}, cookie="detente_visit=v1")) is None
    assert new_form_secret() != new_form_secret()
