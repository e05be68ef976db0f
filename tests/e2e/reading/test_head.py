"""HEAD works wherever GET does: the same status, the same headers, and no body."""

import socket

import httpx
import pytest

from tests.e2e.support import answer, read, wait_for_all
from tests.patience import PATIENCE
from tests.server import ServerClient

#: What differs from one answer to the next in any case.
VARYING = frozenset({"date", "x-request-id"})
PATHS = {
    "a": "RUS",
    "b": "TUR",
    "actor": "RUS",
    "agreement": "idlib-dmz-2018",
    "article_id": "idlib-2020-02-11",
    "ruling_id": "a-ruling-to-look-at",
    "import_id": "an-import-of-its-own",
}
CHANGING = ("/metrics",)  # whose length says the time
QUERIES = {"/v1/series": "?pair=RUS,TUR&from=2020-01-01&to=2020-03-01"}  # where there has to be one


def _headers(response: httpx.Response, *but: str) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in VARYING | set(but)}


def _same(server: ServerClient, path: str, **headers: str) -> httpx.Response:
    """Check that HEAD answers as GET does, asked before and after it; return the answer to GET."""
    but = ("content-length",) if path in CHANGING else ()
    first = server.get(path, headers=headers)
    head = server.head(path, headers=headers)
    again = server.get(path, headers=headers)
    assert head.status_code == first.status_code == again.status_code, path
    assert head.content == b""
    assert _headers(head, *but) == _headers(again, *but), path
    return again


@pytest.fixture(scope="module")
def settled(sqlite_server: ServerClient) -> ServerClient:
    """Return a server on which there is something under each of `PATHS`, and nothing happens."""
    named = {"article": "idlib-2020-02-11", "number": 11}
    ruling = {"id": PATHS["ruling_id"], "ruling": "separate", "reports": [named], "reason": "Nobody else tells."}
    answer(sqlite_server.post("/v1/rulings", json=ruling))
    kept = {"id": PATHS["import_id"], "file": "a.tsv", "outcome": "complete"}
    answer(sqlite_server.post("/v1/imports", json=kept))
    wait_for_all(sqlite_server)
    return sqlite_server


def test_every_route_answers_head_as_it_answers_get(settled: ServerClient) -> None:
    document = read(settled, "/openapi.json")
    paths = [path.format_map(PATHS) for path, item in document["paths"].items() if "get" in item]
    assert len(paths) > 15
    for path in (*paths, "/openapi.json"):
        assert _same(settled, path + QUERIES.get(path, "")).status_code == 200, path


def test_problems_and_what_has_not_changed_are_answered_as_to_get(settled: ServerClient) -> None:
    relation = "/v1/relations/RUS/TUR?as_of=2020-02-12"
    etag = _same(settled, relation).headers["etag"]
    assert _same(settled, relation, **{"If-None-Match": etag}).status_code == 304
    assert _same(settled, relation, Accept="text/csv").headers["content-type"].startswith("text/csv")
    assert _same(settled, relation + "&as_off=1").status_code == 422
    assert _same(settled, "/v1/articles/none").status_code == 404
    assert _same(settled, "/nowhere").status_code == 404
    assert _same(settled, relation, Accept="image/png").status_code == 406


def test_a_path_that_is_not_read_is_not_read_by_head(settled: ServerClient) -> None:
    refused = settled.head("/v1/articles/idlib-2020-02-11/events/1")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "PUT, DELETE"


def test_no_byte_follows_the_headers(settled: ServerClient) -> None:
    address = settled.base_url.host, settled.base_url.port or 80
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        lines = "HEAD /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        connection.sendall(lines.encode())
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert received.startswith(b"HTTP/1.1 200")
    assert received.partition(b"\r\n\r\n")[2] == b""


def test_head_is_counted_under_its_own_name_and_the_route(settled: ServerClient) -> None:
    for _ in range(2):  # the second is answered from the cache
        settled.head("/v1/relations/RUS/TUR?as_of=2019-01-01")
    labels = 'method="HEAD",route="/v1/relations/{a}/{b}",status="200"'
    assert f"detente_http_request_duration_seconds_count{{{labels}}}" in settled.get("/metrics").text
