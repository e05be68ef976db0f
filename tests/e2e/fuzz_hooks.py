"""What schemathesis has to be told of this service; it loads this module when it starts (`SCHEMATHESIS_HOOKS`)."""

import csv
import io
import json
from typing import Any

import schemathesis

_NDJSON = "application/x-ndjson"
_PROBLEM = "application/problem+json"


@schemathesis.serializer(_NDJSON)
def as_lines(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Return the body of a batch: text as it is, all else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


@schemathesis.check
def every_error_is_a_problem(
    _context: schemathesis.CheckContext, response: schemathesis.Response, _case: schemathesis.Case
) -> None:
    """Hold every error against the one shape of a problem."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == [_PROBLEM], response.headers["content-type"]
    problem = response.json()
    assert problem["type"].startswith("urn:detente:problem:")
    assert problem["title"]
    assert problem["detail"]
    assert problem["status"] == response.status_code
    assert [problem["request_id"]] == response.headers["x-request-id"]
    for error in problem.get("errors", ()):
        assert error["code"]
        assert error["detail"]
        assert error.get("pointer") is not None or error.get("parameter")


@schemathesis.check
def rows_can_be_read(
    _context: schemathesis.CheckContext, response: schemathesis.Response, _case: schemathesis.Case
) -> None:
    """Read the rows of an answer that is no JSON."""
    media_type = response.headers.get("content-type", [""])[0].partition(";")[0]
    if media_type == _NDJSON:
        assert all(isinstance(json.loads(line), dict) for line in response.text.split("\n")[:-1])
    elif media_type == "text/csv":
        widths = {len(row) for row in csv.reader(io.StringIO(response.text, newline=""))}
        assert len(widths) == 1, widths
