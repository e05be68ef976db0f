"""Reads on the fast path are answered as FastAPI answers them; one with a `Content-Length` takes the long way."""

import httpx
import pytest

from tests.server import ServerClient

_PAIR = "/v1/relations/RUS/TUR"
_PATHS = [
    _PAIR,
    f"{_PAIR}?as_of=2020-02-12&known_at=2999-01-01&model=2026.1",
    f"{_PAIR}?min_position=1",
    f"{_PAIR}?min_position=999999999",
    f"{_PAIR}?format=csv",
    f"{_PAIR}?format=xml",
    f"{_PAIR}?what_if=half_life_verbal:60",
    f"{_PAIR}?what_if=none:60",
    f"{_PAIR}?asof=2020-02-12",
    f"{_PAIR}?as_of=2020-02-12&as_of=2020-02-13",
    f"{_PAIR}?as_of={'1' * 41}",
    f"{_PAIR}?min_position=-1",
    "/v1/relations/Russia/Türkiye",
    "/v1/relations/RUS/RUS",
    "/v1/relations/RUS/AFC%2FM23",
    f"/v1/relations/RUS/{'x' * 201}",
    f"{_PAIR}/tension?from=2020-01-01&interval=month",
    f"{_PAIR}/tension?from=2020-01-01&to=2019-01-01",
    f"{_PAIR}/incidents?limit=2",
    f"{_PAIR}/incidents?limit=0",
    f"{_PAIR}/explanation?from=2020-01-01&to=2020-03-01",
    f"{_PAIR}/explanation",
    f"{_PAIR}/episodes",
    "/v1/relations?limit=3&as_of=2020-03-01",
    "/v1/relations?state=hostile&state=tense&min_tension=10&format=ndjson",
    "/v1/relations?state=none",
    "/v1/articles?limit=2",
    "/v1/agreements?as_of=2020-03-06",
    "/v1/actors?limit=2",
    "/v1/actors/Russia",
    "/v1/actors/nobody",
]


def _shown(response: httpx.Response) -> tuple[object, ...]:
    headers = {k: v for k, v in response.headers.items() if k not in ("date", "x-request-id", "content-length")}
    body = response.text.replace(response.headers["x-request-id"], "")
    link = headers.pop("link", "").replace("localhost", "127.0.0.1")
    return response.status_code, headers, body, link


@pytest.mark.parametrize(("method", "paths"), [("GET", _PATHS), ("HEAD", _PATHS[:2])])
def test_both_ways_give_the_same_answer(sqlite_server: ServerClient, method: str, paths: list[str]) -> None:
    port = sqlite_server.base_url.port
    long_way = {"Content-Length": "0", "Host": f"localhost:{port}"}  # cached under another host
    for path in paths:
        short = sqlite_server.request(method, path)
        long = sqlite_server.request(method, path, headers=long_way)
        assert _shown(short) == _shown(long), path


def test_both_ways_know_what_a_reader_has(sqlite_server: ServerClient) -> None:
    for headers in ({}, {"Content-Length": "0"}):
        query = {"min_position": 1}  # which the cache leaves alone
        tag = sqlite_server.get(_PAIR, params=query).headers["etag"]
        answer = sqlite_server.get(_PAIR, params=query, headers={"If-None-Match": tag, **headers})
        assert (answer.status_code, answer.headers["etag"]) == (304, tag)
