"""What schemathesis has to be told of this service; it loads this module when it starts (`SCHEMATHESIS_HOOKS`).

With `FUZZ_MEANING` set, what it sends has a meaning besides the right shape: actors that there are, days, text
that hides nothing. Else hardly an article would ever be recorded, and hardly a read find anything.
"""

import csv
import io
import json
import os
import unicodedata
from typing import Any, Final

import schemathesis

from api.http.openapi.client_generators import with_all_content

_NDJSON = "application/x-ndjson"
_PROBLEM = "application/problem+json"
_HAS_MEANING = bool(os.environ.get("FUZZ_MEANING"))

#: Values in place of random text, by the name of a parameter.
_PARAMETERS: Final[dict[str, Any]] = {
    "a": "RUS",
    "b": "TUR",
    "actor": "SYR",
    "agreement": "idlib-dmz-2018",
    "article_id": "0",
    "as_of": "2020-02-12",
    "known_at": "2999-01-01",
    "published_by": "2020-02-29",
    "from": "2020-01-01",
    "to": "2020-03-01",
    "model": "2026.2",
    "number": 1,
    "pair": ["SYR,TUR", "RUS,TUR"],
}
#: Parameters that have to fit an earlier answer, which random ones do not.
_OF_ANSWERS: Final = ("cursor", "min_position", "format")
_TYPES: Final = {"statement": "ACCUSE", "clash": "ASSAULT", "cooperation": "AID"}


@schemathesis.serializer(_NDJSON)
def as_lines(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Return the body of a batch: text as it is, all else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_load_schema(_context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Have every media type of a body tried, and those set aside for generators of clients, too."""
    with_all_content(raw_schema)


if _HAS_MEANING:

    @schemathesis.hook
    def map_body(_context: schemathesis.HookContext, body: Any) -> Any:
        """Return a body with a meaning."""
        if not isinstance(body, dict):
            return body
        found: dict[str, Any] = _readable(body)
        if "event" in found:
            found["event"] = _meant(found["event"])
        if "events" in found and all("kind" in event for event in found["events"]):
            found["events"] = [_meant(event) for event in found["events"][:5]] or [_meant({"kind": "clash"})]
            found |= {"published": "2020-02-11", "publisher": "Reuters", "url": None}
            found["id"] = f"fuzz-{len(str(body)) % 10}"
        return found

    @schemathesis.hook
    def map_query(_context: schemathesis.HookContext, query: Any) -> Any:
        """Return query parameters with a meaning."""
        return _with_meaning(query)

    @schemathesis.hook
    def map_path_parameters(_context: schemathesis.HookContext, parameters: Any) -> Any:
        """Return the parameters of a path with a meaning."""
        return _with_meaning(parameters)

    @schemathesis.hook
    def map_headers(_context: schemathesis.HookContext, headers: Any) -> Any:
        """Return headers that can be read."""
        return _readable(dict(headers)) if headers else headers


def _with_meaning(parameters: Any) -> Any:
    if not parameters:
        return parameters
    kept = {name: value for name, value in parameters.items() if name not in _OF_ANSWERS}
    return {name: _PARAMETERS.get(name, _readable(value)) for name, value in kept.items()}


def _meant(event: dict[str, Any]) -> dict[str, Any]:
    """Return a reported event that can be recorded."""
    event = {name: value for name, value in event.items() if name not in ("cameo", "part_of", "same_as", "ref")}
    event |= {"source": "RUS", "target": ["TUR", "SYR"], "occurred": "2020-02-03"}
    if event["kind"] in _TYPES:
        event["type"] = _TYPES[event["kind"]]
    if event["kind"] == "agreement":
        event |= {"parties": ["RUS", "TUR"], "source": [], "target": [], "reciprocal": False}
        event |= {"development": "reached", "agreement": "fuzz"}
    if event["kind"] == "alignment":
        event["development"] = "standing"
    return event | {name: abs(event[name]) % 1000 for name in ("killed", "wounded") if event.get(name)}


def _readable(value: Any) -> Any:
    """Return a value whose texts have nothing in them that hides, and are not empty."""
    if isinstance(value, str):
        kept = "".join(c for c in value if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
        return kept.strip() or "x"
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, dict):
        return {name: _readable(item) for name, item in value.items()}
    return value


@schemathesis.check
def every_error_is_a_problem(
    _context: schemathesis.CheckContext, response: schemathesis.Response, _case: schemathesis.Case[Any]
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
        assert error.get("pointer") is not None or error.get("parameter") is not None


@schemathesis.check
def rows_can_be_read(
    _context: schemathesis.CheckContext, response: schemathesis.Response, _case: schemathesis.Case[Any]
) -> None:
    """Read the rows of an answer that is no JSON."""
    media_type = response.headers.get("content-type", [""])[0].partition(";")[0]
    if media_type == _NDJSON:
        assert all(isinstance(json.loads(line), dict) for line in response.text.split("\n")[:-1])
    elif media_type == "text/csv":
        widths = {len(row) for row in csv.reader(io.StringIO(response.text, newline=""))}
        assert len(widths) == 1, widths
