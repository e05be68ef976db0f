"""What may come once and comes twice is refused: a parameter, a header, a key of a JSON object."""

import json
import socket
from typing import Any

import httpx
import pytest

from tests.e2e.support import Json, article, clash, log_position, problem, read, unique
from tests.patience import PATIENCE
from tests.server import ServerClient

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
PATHS = {
    "a": "RUS",
    "b": "TUR",
    "actor": "RUS",
    "name": "Kremlin",
    "agreement": "idlib-dmz-2018",
    "article_id": "idlib-2020-02-11",
    "number": "1",
    "ruling_id": "none",
    "import_id": "none",
    "alias": "none",
}


def _refused(response: httpx.Response, where: str, code: str) -> None:
    (error,) = problem(response, 422)["errors"]
    assert error["code"] == code
    assert where in (error.get("pointer"), error.get("parameter"))


# Parameters


def _query_parameters(server: ServerClient) -> list[tuple[str, str, Json]]:
    document = read(server, "/openapi.json")
    return [
        (method, path.format_map(PATHS), parameter)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    ]


def test_every_parameter_that_may_come_once_is_refused_when_it_comes_twice(sqlite_server: ServerClient) -> None:
    before = log_position(sqlite_server)
    several = set()
    for method, path, parameter in _query_parameters(sqlite_server):
        name = parameter["name"]
        schema = parameter["schema"]
        arguments: dict[str, Any] = {}
        if method in ("post", "put"):
            arguments["json"] = article(clash("FJI", "TON"))
        response = sqlite_server.request(method, f"{path}?{name}=1&{name}=1", **arguments)
        if "array" in {part.get("type") for part in (schema, *schema.get("anyOf", ()))}:
            several.add(name)
            assert "repeated-parameter" not in response.text, (method, path, name)
        else:
            _refused(response, name, "repeated-parameter")
    assert several == {"actor", "pair", "state", "type", "what_if"}
    assert log_position(sqlite_server) == before


def test_two_dry_runs_record_nothing(sqlite_server: ServerClient) -> None:
    sent = article(clash("FJI", "TON"))

    refused = sqlite_server.post("/v1/articles?dry_run=true&dry_run=false", json=sent)

    _refused(refused, "dry_run", "repeated-parameter")
    problem(sqlite_server.get(f"/v1/articles/{sent['id']}"), 404)


def test_a_repeated_parameter_is_not_answered_from_the_cache(sqlite_server: ServerClient) -> None:
    path = "/v1/relations/RUS/TUR?as_of=2020-02-12"
    for _ in range(3):
        assert sqlite_server.get(path).status_code == 200
        for repeated in ("&as_of=2020-02-12", "&as%5Fof=2020-02-11", "&format=json&format=csv"):
            for method in ("GET", "HEAD"):
                response = sqlite_server.request(method, path + repeated)
                assert response.status_code == 422, (method, repeated)


def test_a_list_may_come_again(sqlite_server: ServerClient) -> None:
    states = "state=hostile&state=cordial"
    assert sqlite_server.get(f"/v1/relations?{states}&limit=1").status_code == 200


# Headers


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("X-Recorded-By", ("one", "other")),
        ("Authorization", ("Bearer one", "Bearer other")),
        ("Content-Type", ("text/plain", "application/json")),
        ("Origin", ("http://localhost", "http://elsewhere.example")),
    ],
)
def test_a_header_that_may_come_once_is_refused_when_it_comes_twice(
    sqlite_server: ServerClient, name: str, values: tuple[str, str]
) -> None:
    sent = article(clash("FJI", "TON"))
    headers = [(name, value) for value in values]
    if name != "Content-Type":
        headers.append(("Content-Type", "application/json"))

    refused = sqlite_server.post("/v1/articles", content=json.dumps(sent), headers=headers)

    _refused(refused, name, "repeated-parameter")
    problem(sqlite_server.get(f"/v1/articles/{sent['id']}"), 404)


@pytest.mark.parametrize(
    "repeated", ["Host: localhost\r\nHost: elsewhere.example", "Content-Length: 2\r\nContent-Length: 3"]
)
def test_two_hosts_or_lengths_are_not_http(sqlite_server: ServerClient, repeated: str) -> None:
    lines = f"POST /v1/articles HTTP/1.1\r\n{repeated}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    address = sqlite_server.base_url.host, sqlite_server.base_url.port or 80
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(f"{lines}\r\n".encode())
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"urn:detente:problem:bad-request" in received


# Keys

EVENT = '{"kind": "clash", "type": "ASSAULT", "source": "FJI", "target": "TON", "occurred": "2020-01-15"%s}'


def _article(article_id: str, more: str = "", in_event: str = "") -> str:
    """Return an article as JSON, with more fields than an object can have."""
    header = f'"id": "{article_id}", "publisher": "Test Wire", "published": "2020-01-20"'
    return f'{{{header}, "events": [{EVENT % ""}, {EVENT % in_event}]{more}}}'


REPEATED = [
    (', "events": []', "", "/events"),
    ("", ', "killed": 8, "killed": 80', "/events/1/killed"),
    ("", ', "killed": 8, "k\\u0069lled": 8', "/events/1/killed"),
    (', "x": {"~/": 1, "~/": 2}', "", "/x/~0~1"),
    (', "x": {"\\ud800": 1, "\\ud800": 2}', "", "/x/\N{REPLACEMENT CHARACTER}"),
]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_key_given_twice_is_refused_however_the_body_is_encoded(
    sqlite_server: ServerClient, encoding: str
) -> None:
    once, twice = (_article(unique("article"), "", more) for more in ("", ', "killed": 8, "killed": 80'))

    refused = sqlite_server.post("/v1/articles", content=twice.encode(encoding), headers=JSON)
    posted = sqlite_server.post("/v1/articles", content=once.encode(encoding), headers=JSON)

    _refused(refused, "/events/1/killed", "repeated-key")
    assert posted.status_code == 201


@pytest.mark.parametrize(("more", "in_event", "pointer"), REPEATED)
def test_a_key_given_twice_is_refused_in_a_post_and_in_a_batch(
    sqlite_server: ServerClient, more: str, in_event: str, pointer: str
) -> None:
    before = log_position(sqlite_server)
    sent = _article(unique("article"), more, in_event)

    _refused(sqlite_server.post("/v1/articles", content=sent, headers=JSON), pointer, "repeated-key")
    batch = sqlite_server.post("/v1/articles/batch", content=sent, headers=NDJSON)

    (result,) = map(json.loads, batch.text.splitlines())
    assert (result["line"], result["status"]) == (1, 422)
    assert result["problem"]["errors"][0]["code"] == "repeated-key"
    assert result["problem"]["errors"][0]["pointer"] == pointer
    assert log_position(sqlite_server) == before


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("PUT", "/v1/articles/idlib-2020-02-11", _article("idlib-2020-02-11", ', "events": []'), "/events"),
        ("PUT", "/v1/articles/idlib-2020-02-11/events/1", '{"event": %s}', "/event/killed"),
        ("POST", "/v1/actors", '{"code": "TWICE", "kind": "group", "name": "A", "name": "B"}', "/name"),
        ("POST", "/v1/actors/RUS/names", '{"name": "A name", "name": "Another"}', "/name"),
        (
            "POST",
            "/v1/imports",
            '{"id": "one", "file": "a.tsv", "file": "b.tsv", "outcome": "complete"}',
            "/file",
        ),
        (
            "POST",
            "/v1/rulings",
            '{"ruling": "separate", "reason": "One.", "reason": "Two.", "reports": []}',
            "/reason",
        ),
    ],
)
def test_a_key_given_twice_is_refused_by_every_route(
    sqlite_server: ServerClient, method: str, path: str, body: str, pointer: str
) -> None:
    before = log_position(sqlite_server)
    if "%s" in body:
        body = body % (EVENT % ', "killed": 8, "killed": 80')

    refused = sqlite_server.request(method, path, content=body, headers=JSON)

    _refused(refused, pointer, "repeated-key")
    assert log_position(sqlite_server) == before
