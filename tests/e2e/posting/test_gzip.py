"""Bodies packed with gzip are unpacked within the limits of bodies; other encodings are refused."""

import gzip
import json
import zlib
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.support import answer, article, clash, log_position, problem, read, unique
from tests.server import ServerClient

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
GZIP = {"Content-Encoding": "gzip"}
LIMIT = 4 * 1024 * 1024


def _post(client: httpx.Client, body: bytes, encoding: str = "gzip", path: str = "") -> httpx.Response:
    media_type = NDJSON if path else JSON
    return client.post(f"/v1/articles{path}", content=body, headers={**media_type, "Content-Encoding": encoding})


def _encoded(article_id: str, **fields: str) -> bytes:
    return json.dumps(article(clash("FJI", "TON"), id=article_id, **fields)).encode()


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity, gzip", "gzip, identity"])
def test_a_packed_article_is_recorded(server: ServerClient, encoding: str) -> None:
    article_id = unique("article")

    recorded = answer(_post(server, gzip.compress(_encoded(article_id)), encoding))

    assert recorded["id"] == article_id
    assert read(server, f"/v1/articles/{article_id}")["publisher"] == "Test Wire"


def test_what_changes_and_registers_may_be_packed_too(server: ServerClient) -> None:
    article_id, code = unique("article"), unique("T").upper()[:20]
    headers = {**JSON, **GZIP}
    answer(_post(server, _encoded(article_id), "identity"))
    revised = server.put(
        f"/v1/articles/{article_id}",
        content=gzip.compress(_encoded(article_id, headline="Revised")),
        headers=headers,
    )
    assert answer(revised)["changed"]
    actor = json.dumps({"code": code, "kind": "group", "name": f"Test actor {code}"}).encode()
    assert server.post("/v1/actors", content=gzip.compress(actor), headers=headers).status_code == 201


def _pieces(packed: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(packed), size):
        yield packed[start : start + size]


def test_a_packed_batch_is_recorded_as_it_comes_whatever_its_pieces_and_members(server: ServerClient) -> None:
    ids = [unique("article") for _ in range(250)]
    lines = [_encoded(article_id) + b"\n" for article_id in ids]
    packed = gzip.compress(b"".join(lines[:101])) + gzip.compress(b"") + gzip.compress(b"".join(lines[101:]))

    response = server.post("/v1/articles/batch", content=_pieces(packed, 97), headers={**NDJSON, **GZIP})

    results = [json.loads(line) for line in response.text.splitlines()]
    assert [(result["line"], result["id"], result["status"]) for result in results] == [
        (number, article_id, 201) for number, article_id in enumerate(ids, 1)
    ]


@pytest.mark.parametrize("path", ["", "/batch"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:-1],
        lambda packed: packed[: len(packed) // 2],
        lambda _packed: b"",
        lambda packed: packed + b"trailing garbage",
        lambda packed: packed[:-5] + bytes([packed[-5] ^ 1]) + packed[-4:],
        lambda packed: zlib.compress(gzip.decompress(packed)),
        lambda packed: gzip.decompress(packed),
    ],
    ids=["cut", "halved", "empty", "garbage", "checksum", "deflate", "unpacked"],
)
def test_what_is_not_sound_gzip_is_a_400_that_says_so(
    sqlite_server: ServerClient, path: str, damage: object
) -> None:
    before = log_position(sqlite_server)
    assert callable(damage)

    refused = problem(_post(sqlite_server, damage(gzip.compress(_encoded(unique("article")))), path=path), 400)

    assert refused["type"] == "urn:detente:problem:malformed-gzip"
    assert log_position(sqlite_server) == before


def test_what_is_packed_but_not_json_is_called_so(sqlite_server: ServerClient) -> None:
    refused = problem(_post(sqlite_server, gzip.compress(b"nonsense")), 400)
    assert refused["type"] == "urn:detente:problem:malformed-json"


@pytest.mark.parametrize("path", ["", "/batch"])
@pytest.mark.parametrize(
    "encoding", ["br", "deflate", "zstd", "gzip, gzip", "compress", "*", "gzip;q=1", "nonsense"]
)
def test_another_encoding_is_a_415_that_names_the_one_there_is(
    sqlite_server: ServerClient, path: str, encoding: str
) -> None:
    refused = _post(sqlite_server, gzip.compress(_encoded(unique("article"))), encoding, path)

    assert problem(refused, 415)["type"] == "urn:detente:problem:unsupported-encoding"
    assert refused.headers["accept-encoding"] == "gzip"


def test_two_headers_are_two_encodings(sqlite_server: ServerClient) -> None:
    headers = [*JSON.items(), ("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")]
    body = gzip.compress(gzip.compress(_encoded(unique("article"))))
    problem(sqlite_server.post("/v1/articles", content=body, headers=headers), 415)


def test_a_request_without_a_body_may_name_any_encoding(sqlite_server: ServerClient) -> None:
    assert sqlite_server.get("/v1/models", headers={"Content-Encoding": "br"}).status_code == 200


def test_a_body_that_unpacks_to_more_than_the_limit_is_too_large(sqlite_server: ServerClient) -> None:
    within = _encoded(unique("article"))
    answer(_post(sqlite_server, gzip.compress(within + b" " * (LIMIT - len(within)))))
    refused = problem(_post(sqlite_server, gzip.compress(within + b" " * (LIMIT + 1 - len(within)))), 413)
    assert refused["type"] == "urn:detente:problem:body-too-large"
    problem(_post(sqlite_server, gzip.compress(b"") * (LIMIT // 20 + 1)), 413)  # packed it is too large already


@pytest.mark.parametrize("path", ["", "/batch"])
def test_a_bomb_is_refused_before_it_is_unpacked(sqlite_server: ServerClient, path: str) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = b"\n" * (1024 * 1024)
    bomb = b"".join(packer.compress(block) for _ in range(100)) + b"the end is never reached, nor is it gzip"

    refused = problem(_post(sqlite_server, bomb, path=path), 413)

    assert refused["type"] == "urn:detente:problem:body-too-large"


def test_a_long_line_of_a_packed_batch_is_refused_alone(sqlite_server: ServerClient) -> None:
    ids = unique("article"), unique("article")
    long = _encoded(ids[0], headline="x" * (LIMIT + 1))
    varied = b"".join(_encoded(unique("article"))[:20] for _ in range(10_000))  # so that it is no bomb

    response = _post(sqlite_server, gzip.compress(b"\n".join((long + varied, _encoded(ids[1])))), path="/batch")

    assert [json.loads(line)["status"] for line in response.text.splitlines()] == [413, 201]
