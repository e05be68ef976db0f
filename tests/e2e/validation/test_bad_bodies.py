"""Bodies that are no JSON, too long or of another media type: refused, and nothing is recorded."""

import json

import pytest

from tests.e2e.support import article, clash, problem
from tests.e2e.validation.support import IDLIB, JSON, assert_refused
from tests.server import ServerClient

pytestmark = pytest.mark.usefixtures("nothing_is_recorded")

BODIES = [
    ("POST", "/v1/articles"),
    ("PUT", IDLIB),
    ("PUT", f"{IDLIB}/events/1"),
    ("POST", "/v1/actors"),
    ("POST", "/v1/actors/RUS/names"),
]


@pytest.mark.parametrize(
    "body",
    [
        b'{"url": ',
        b"nonsense",
        b"{'id': 1}",
        b'{"id": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"id": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_not_json_is_a_400(server: ServerClient, body: bytes) -> None:
    for method, path in BODIES:
        refused = problem(server.request(method, path, content=body, headers=JSON), 400)
        assert refused["type"] == "urn:detente:problem:malformed-json"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"7", b"NaN", b"true"])
def test_what_is_not_an_object_is_refused(server: ServerClient, body: bytes) -> None:
    assert_refused(server.post("/v1/articles", content=body, headers=JSON), "")


def test_a_body_over_the_limit_is_refused_when_it_is_announced(server: ServerClient) -> None:
    response = server.post("/v1/articles", content=b" " * 5_000_000, headers=JSON)

    assert problem(response, 413)["type"] == "urn:detente:problem:body-too-large"


def test_a_body_over_the_limit_is_refused_when_it_comes_in_pieces(server: ServerClient) -> None:
    response = server.post("/v1/articles", content=(b" " * 50_000 for _ in range(100)), headers=JSON)

    assert problem(response, 413)["type"] == "urn:detente:problem:body-too-large"


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_a_body_of_another_media_type_is_refused(server: ServerClient, media_type: str) -> None:
    for method, path in BODIES:
        body = json.dumps(article(clash("RUS", "TUR"))).encode()
        response = server.request(method, path, content=body, headers={"Content-Type": media_type})
        assert "application/json" in problem(response, 415)["detail"]
