"""Many articles in one request: each line by itself, in memory that does not grow with the body."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import NewDatabase
from tests.e2e.support import (
    ActorFactory,
    Json,
    article,
    clash,
    log_position,
    problem,
    read,
    relation,
    statement,
    unique,
    wait_for_all,
)
from tests.server import FOLDING_BESIDE, ServerClient, running_server

NDJSON = {"Content-Type": "application/x-ndjson"}


def _line(sent: Json) -> bytes:
    return json.dumps(sent, ensure_ascii=False).encode()


def _results(response: httpx.Response) -> list[Json]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


def _post(client: httpx.Client, *lines: bytes, end: bytes = b"\n") -> list[Json]:
    return _results(client.post("/v1/articles/batch", content=b"\n".join(lines) + end, headers=NDJSON))


def test_each_line_has_a_result_of_its_own_under_its_number(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    good, other = article(clash(a, b)), article(statement(b, a))
    bad = article(statement(a, b), {**clash(a, b), "killed": -1}, statement("Congo", b))

    results = _post(
        server,
        _line(good),
        b"",
        _line(bad),
        b"   ",
        _line(good),
        _line({**good, "headline": "Other"}),
        b'{"id": ',
        _line(other) + b"\r",
        end=b"",
    )

    assert [(result["line"], result["status"]) for result in results] == [
        (1, 201),
        (3, 422),
        (5, 200),
        (6, 409),
        (7, 400),
        (8, 201),
    ]
    assert [results[0]["id"], results[2]["id"], results[5]["id"]] == [good["id"], good["id"], other["id"]]
    assert [results[0]["changed"], results[2]["changed"]] == [True, False]
    assert [error["pointer"] for error in results[1]["problem"]["errors"]] == ["/events/2/source"]
    assert results[3]["problem"]["type"] == "urn:detente:problem:article-differs"
    assert results[4]["problem"]["type"] == "urn:detente:problem:malformed-json"
    assert relation(server, a, b, min_position=results[5]["position"])["incidents"] == 2


def test_lines_too_long_or_not_utf_8_fail_alone(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    good = article(clash(a, b))

    results = _post(
        server,
        b'{"id": "' + b"x" * 5_000_000 + b'"}',
        b'{"id": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"id": "\\ud800"}',
        b"null",
        b"[]",
        _line(good),
        b"y" * 5_000_000,
        end=b"",
    )

    assert [result["line"] for result in results] == list(range(1, 9))
    assert [result["status"] for result in results] == [413, 400, 400, 400, 422, 422, 201, 413]
    assert results[0]["problem"]["type"] == "urn:detente:problem:body-too-large"


@pytest.mark.parametrize("name", ["body", "query", "path", "header", "clash", "event"])
def test_the_pointer_of_a_line_leads_to_the_field_whatever_its_name(server: ServerClient, name: str) -> None:
    sent = article(clash("RUS", "TUR"))

    (alone,) = problem(server.post("/v1/articles", json={**sent, name: "x"}), 422)["errors"]
    ((in_batch,),) = (result["problem"]["errors"] for result in _post(server, _line({**sent, name: "x"})))

    assert alone == in_batch
    assert (alone["pointer"], alone["code"]) == (f"/{name}", "extra_forbidden")


def test_a_batch_and_single_postings_record_the_same(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = [article(clash(a, b, f"2020-01-{day}", killed=day), statement(b, a)) for day in range(10, 20)]

    results = _post(server, *map(_line, sent))

    assert [result["status"] for result in results] == [201] * 10
    assert [server.post("/v1/articles", json=each).status_code for each in sent] == [200] * 10
    assert [result["status"] for result in _post(server, *map(_line, sent))] == [200] * 10


def test_a_batch_records_who_posted_it_and_under_which_request(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent, request_id = article(clash(a, b)), unique("batch")

    server.post(
        "/v1/articles/batch",
        content=_line(sent),
        headers={**NDJSON, "X-Recorded-By": "desk", "X-Request-ID": request_id},
    )

    for entry in read(server, f"/v1/articles/{sent['id']}")["history"]:
        assert (entry["recorded_by"], entry["request_id"]) == ("desk", request_id)


@pytest.mark.parametrize("body", [b"", b"\n", b"\n  \n\r\n"])
def test_a_batch_of_nothing_has_no_results(server: ServerClient, body: bytes) -> None:
    position = log_position(server)

    assert _results(server.post("/v1/articles/batch", content=body, headers=NDJSON)) == []
    assert log_position(server) == position


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", ""])
def test_a_batch_of_another_media_type_is_refused(server: ServerClient, media_type: str) -> None:
    response = server.post("/v1/articles/batch", content=b"{}\n", headers={"Content-Type": media_type})

    assert "application/x-ndjson" in problem(response, 415)["detail"]


def test_more_lines_than_one_transaction_takes_keep_their_order(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    ids = [unique(f"line-{number}") for number in range(250)]

    results = _post(server, *(_line(article(statement(a, b), id=article_id)) for article_id in ids))

    assert [result["id"] for result in results] == ids
    assert [result["line"] for result in results] == list(range(1, 251))
    positions = [result["position"] for result in results]
    assert positions == sorted(set(positions))
    assert relation(server, a, b, min_position=positions[-1])["incidents"] == 1


def _many(first: int, number: int) -> Iterator[bytes]:
    """Yield articles on pairs and days that come round only now and then, each on a line of nine kilobytes."""
    codes = ["AUT", "BEL", "BRA", "CAN", "CHE", "CHL", "CHN", "COL", "CUB", "CZE", "DEU", "DNK", "EGY", "ESP"]
    for index in range(first, first + number):
        source, target = codes[index % 14], codes[(index + 1 + index // 14 % 13) % 14]
        day = f"20{10 + index % 7}-{1 + index // 7 % 12:02}-{1 + index // 84 % 28:02}"
        sent = article(statement(source, target, day), id=f"bulk-{index}", headline="Accused. " * 50)
        yield _line(sent) + b" " * 8_000 + b"\n"


def _peak_memory(client: ServerClient) -> int:
    """Return the most memory that a server has had in use, in kB."""
    status = Path(f"/proc/{client.process_id}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1))


def test_memory_does_not_grow_with_the_body(new_database: NewDatabase, tmp_path: Path) -> None:
    with running_server(new_database(), tmp_path / "log", "--seed", **FOLDING_BESIDE) as server:
        peaks = []
        for first, number in ((0, 2_000), (2_000, 10_000)):
            response = server.post("/v1/articles/batch", content=_many(first, number), headers=NDJSON)
            results = _results(response)
            assert len(results) == number
            assert {result["status"] for result in results} == {201}
            wait_for_all(server)
            peaks.append(_peak_memory(server))

        assert peaks[1] < 1.2 * peaks[0]  # what was sent is nearly as much as the server began with


@pytest.mark.parametrize(
    "asked",
    [
        "on_conflict=revise&data_set=gdelt",
        "reason=why&on_conflict=revise&data_set=gdelt",
        "dry_run=false&data_set=gdelt",
        "silent=killed",
        "partial=place",
    ],
)
def test_what_would_be_left_unread_is_refused(sqlite_server: ServerClient, asked: str) -> None:
    """What becomes of a data set's documents is laid down, and other documents are of no file with columns."""
    line = json.dumps(article(clash("RUS", "TUR", ref="1"), id=unique("gdelt")))
    position = log_position(sqlite_server)
    refused = sqlite_server.post(f"/v1/articles/batch?{asked}", content=line, headers=NDJSON)
    assert problem(refused, 422)["errors"][0]["parameter"] in asked.partition("&data_set")[0]
    assert log_position(sqlite_server) == position


# As a JSON array

JSON = {"Content-Type": "application/json"}


def _post_array(client: httpx.Client, *items: bytes) -> list[Json]:
    response = client.post("/v1/articles/batch", content=b"[" + b",\n".join(items) + b"]", headers=JSON)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return list(response.json())


def test_an_array_has_the_results_that_its_items_have_as_lines(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    known = article(statement(a, b))
    sent = [_line(known), _line(article(clash(a, a))), b"{", b"", _line(article(clash(a, "Nobody")))]
    by_line = _post(server, *(line or b"{" for line in sent))
    by_item = _post_array(server, *(item if item != b"{" else b'{"a":]}' for item in sent))

    assert [result["status"] for result in by_line] == [201, 422, 400, 400, 422]
    assert [result["status"] for result in by_item] == [200, 422, 400, 400, 422]
    assert [result["line"] for result in by_item] == [1, 2, 3, 4, 5]
    assert [by_line[at]["problem"] for at in (1, 4)] == [by_item[at]["problem"] for at in (1, 4)]


def test_an_array_of_nothing_has_no_results(server: ServerClient) -> None:
    assert _post_array(server) == []
    assert _post_array(server, b" \n ") == []


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b"null", b'"[]"', b"]"])
def test_what_is_no_array_is_refused_as_a_whole(server: ServerClient, body: bytes) -> None:
    refused = server.post("/v1/articles/batch", content=body, headers=JSON)

    assert "begins with [" in problem(refused, 400)["detail"]


@pytest.mark.parametrize("end", [b"", b', {"publisher": "A', b"] 1", b"]]"])
def test_an_array_that_is_cut_off_or_goes_on_says_so_behind_what_is_recorded(
    server: ServerClient, new_actor: ActorFactory, end: bytes
) -> None:
    sent = [article(statement(*new_actor.pair())) for _ in range(3)]
    body = b"[" + b",".join(map(_line, sent)) + (end or b",")
    results = server.post("/v1/articles/batch", content=body, headers=JSON).json()

    assert [result["status"] for result in results] == [201, 201, 201, 400]
    assert "was looked at or recorded" in results[-1]["problem"]["detail"]


def test_more_items_than_one_transaction_takes_keep_their_order(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    ids = [unique(f"item-{number}") for number in range(250)]
    results = _post_array(server, *(_line(article(statement(a, b), id=article_id)) for article_id in ids))

    assert [result["id"] for result in results] == ids
    assert [result["line"] for result in results] == list(range(1, 251))


@pytest.mark.parametrize(
    ("accept", "sent", "answered"),
    [
        ("application/json", NDJSON, "application/json"),
        ("application/x-ndjson", JSON, "application/x-ndjson"),
        ("text/html, application/json;q=0.5, application/x-ndjson", JSON, "application/x-ndjson"),
        ("*/*", NDJSON, "application/x-ndjson"),
        ("*/*", JSON, "application/json"),
    ],
)
def test_the_results_come_as_accept_names_first(
    server: ServerClient, new_actor: ActorFactory, accept: str, sent: dict[str, str], answered: str
) -> None:
    line = _line(article(statement(*new_actor.pair())))
    body = b"[" + line + b"]" if sent is JSON else line
    response = server.post("/v1/articles/batch", content=body, headers={**sent, "Accept": accept})

    assert response.headers["content-type"] == answered
    (result,) = response.json() if answered == "application/json" else [json.loads(response.text)]
    assert result["status"] == 201
