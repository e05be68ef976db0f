"""What the tests of bad input share: where they send it, and how an answer refuses it."""

import json
from typing import Any

import httpx

from tests.e2e.support import Json, problem
from tests.server import ServerClient

IDLIB = "/v1/articles/idlib-2020-02-11"

PAIR = "/v1/relations/RUS/TUR"

JSON = {"Content-Type": "application/json"}

BAD_TEXT = {
    "NUL": "\u0000",
    "bell": "\u0007",
    "escape": "\u001b",
    "delete": "\u007f",
    "a C1 control": "\u0085",
    "a left-to-right mark": "\u200e",
    "a right-to-left mark": "\u200f",
    "an arabic letter mark": "\u061c",
    "a right-to-left override": "\u202e",
    "an isolate": "\u2066",
    "a lone surrogate": "\ud800",
}


def assert_refused(response: httpx.Response, where: str, status: int = 422) -> Json:
    """Return the error at `where`, a JSON pointer or a parameter, having checked the answer's form."""
    errors = problem(response, status)["errors"]
    found = [error for error in errors if where in (error.get("pointer"), error.get("parameter"))]
    assert found, (where, errors)
    assert found[0]["code"]
    assert found[0]["detail"]
    return dict(found[0])


def post(server: ServerClient, sent: Any) -> httpx.Response:
    return server.post("/v1/articles", content=json.dumps(sent).encode(), headers=JSON)
