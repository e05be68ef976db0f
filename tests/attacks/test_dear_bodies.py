"""Bodies that cost more than what they say: refused, or recorded, at a bounded price, with a bounded answer."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx
import pytest

from api.http.batch.post_batch import MOST_REFUSED
from domain.report_rules import MAX_ACTORS, MAX_REPORTS
from tests.attacks.cost import MEGABYTE, cpu_seconds, memory
from tests.e2e.support import Json, article, clash, posted, problem, statement, unique
from tests.server import ServerClient

LIMIT: Final = 4 * MEGABYTE  #: of a body, by default
CPU: Final = 2.0  #: seconds of processor time that no body below the limit takes
LARGEST_ANSWER: Final = 128 * 1024
JSON: Final = {"Content-Type": "application/json"}
FIELDS: Final = ("ref", "part_of", "mode", "place", "speaker", "summary", "quote", "cameo", "source_role", "type")


def filled(piece: str, begun: str = '{"events":[', ended: str = "]}") -> bytes:
    """Return a body of nearly the limit, full of one value."""
    times = (LIMIT - len(begun) - len(ended)) // (len(piece) + 1)
    return (begun + ",".join([piece] * times) + ended).encode()


def sent(*events: Json) -> bytes:
    return json.dumps(article(*events)).encode()


def many_codes(number: int) -> list[str]:
    return [f"NOBODY-{index}" for index in range(number)]


BODIES: Final[dict[str, Callable[[], bytes]]] = {
    "numbers for events": lambda: filled("0"),
    "lists for events": lambda: filled("[]"),
    "objects for events": lambda: filled("{}"),
    "a million fields": lambda: json.dumps({str(index): 0 for index in range(300_000)}).encode(),
    "60,000 unknown fields": lambda: json.dumps({str(index): 0 for index in range(59_000)}).encode(),
    "a field with a name of 4 MB": lambda: json.dumps({"x" * (LIMIT - 100): 0}).encode(),
    "a kind of 4 MB": lambda: sent({"kind": "x" * (LIMIT - 1000)}),
    "wrong in every field": lambda: sent(*[{"kind": "clash", **dict.fromkeys(FIELDS, 0)}] * MAX_REPORTS),
    "32,000 names": lambda: sent(statement(many_codes(32_000), "RUS")),
    "1,000 unknown names": lambda: sent(*[statement(name, "RUS") for name in many_codes(MAX_REPORTS)]),
    "40,000 unknown names": lambda: sent(*[statement(many_codes(MAX_ACTORS), "RUS")] * 200),
    "20 times 200 by 200": lambda: sent(
        *[statement(many_codes(MAX_ACTORS), many_codes(MAX_ACTORS), reciprocal=True)] * 20
    ),
    "1,000 dangling references": lambda: sent(
        *[clash("RUS", "TUR", ref=f"{index:0100}", part_of="none") for index in range(MAX_REPORTS)]
    ),
    "a chain of 1,000 references": lambda: sent(
        *[clash("RUS", "TUR", ref=str(index), part_of=str(index + 1)) for index in range(MAX_REPORTS)]
    ),
    "a name twice, 400 times": lambda: sent(*[statement(["RUS"] * MAX_ACTORS, "TUR")] * 200),
    "nested 50,000 times": lambda: b"[" * 50_000 + b"]" * 50_000,
    "a number of 4 MB": lambda: b'{"headline":' + b"1" * (LIMIT - 100) + b"}",
    "a string without an end": lambda: b'{"headline":"' + b'\\"' * (LIMIT // 2 - 100) + b"," * 100,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_refusal_costs_little_and_says_little(attacked: ServerClient, body: Callable[[], bytes]) -> None:
    content = body()
    assert len(content) < LIMIT
    memory_before, cpu_before = memory(attacked), cpu_seconds(attacked)
    refused = attacked.post("/v1/articles", content=content, headers=JSON)
    assert cpu_seconds(attacked) - cpu_before < CPU
    assert memory(attacked) - memory_before < 16 * LIMIT
    assert refused.status_code in (400, 422)
    problem(refused, refused.status_code)
    assert len(refused.content) < LARGEST_ANSWER


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/articles", article(*[clash("RUS", "TUR")] * (MAX_REPORTS + 1)), "too-many-events"),
        ("/v1/articles", article(statement(["RUS"] * (MAX_ACTORS + 1), "TUR")), "too-many-actors"),
        (
            "/v1/articles",
            article({"kind": "agreement", "parties": ["RUS"] * (MAX_ACTORS + 1), "occurred": "2020"}),
            "too-many-actors",
        ),
        (
            "/v1/actors",
            {"code": "MANY", "kind": "group", "name": "Many", "aliases": ["x"] * 201},
            "too-many-names",
        ),
        (
            "/v1/rulings",
            {"ruling": "link", "reports": [{"article": "a", "number": 1}] * 101, "reason": "x"},
            "number-of-reports",
        ),
        ("/v1/articles", {"x": [0] * 65_001}, "too-many-values"),
    ],
)
def test_lists_are_refused_by_their_length(attacked: ServerClient, path: str, body: Json, code: str) -> None:
    (error,) = [each for each in problem(attacked.post(path, json=body), 422)["errors"] if each["code"] == code]
    assert len(error["detail"]) < 200


def test_the_largest_article_is_recorded_for_a_bounded_price(attacked: ServerClient) -> None:
    long = [clash("RUS", "TUR", summary=f"{index} {'ü' * 1900}") for index in range(MAX_REPORTS)]
    content = json.dumps(article(*long), ensure_ascii=False).encode()
    before = cpu_seconds(attacked)
    assert attacked.post("/v1/articles", content=content, headers=JSON).status_code == 201
    assert cpu_seconds(attacked) - before < CPU  # the writing included


def test_others_are_answered_while_a_large_body_is_read(attacked: ServerClient) -> None:
    """Health answers come between, many times, and not only before and after."""
    long = [clash("RUS", "TUR", summary=f"{index} {'x' * 3900}") for index in range(MAX_REPORTS)]
    bodies = [json.dumps(article(*long, id=unique("large"))).encode() for _ in range(4)]

    def post(content: bytes) -> int:
        return attacked.post("/v1/articles", params={"dry_run": True}, content=content, headers=JSON).status_code

    with ThreadPoolExecutor(len(bodies)) as pool:
        posting = [pool.submit(post, content) for content in bodies]
        answered = 0
        while not all(each.done() for each in posting):
            assert attacked.get("/health/live").is_success
            answered += 1
    assert [each.result() for each in posting] == [200] * len(bodies)
    assert answered > len(bodies)


@pytest.mark.parametrize("line", [b"x", b"{}", b"[]", b'{"events":0}'])
def test_the_answer_to_a_batch_of_nonsense_is_in_proportion(attacked: ServerClient, line: bytes) -> None:
    content = (line + b"\n") * 8_000
    answered = attacked.post(
        "/v1/articles/batch", content=content, headers={"Content-Type": "application/x-ndjson"}
    )
    results: list[Any] = [json.loads(text) for text in answered.text.splitlines()]
    assert len(results) == content.count(b"\n")
    assert all(result["status"] in (400, 422) for result in results)
    assert "problem" in results[0]
    assert len(answered.content) < 256 * 1024 + 5 * len(content) + 30 * len(results)


@pytest.mark.parametrize("line", [b"x", b"[]"])
def test_a_batch_of_nonsense_ends_and_says_where(attacked: ServerClient, line: bytes) -> None:
    content = (line + b"\n") * (LIMIT // (len(line) + 1))
    before = cpu_seconds(attacked)
    answered = attacked.post(
        "/v1/articles/batch", content=content, headers={"Content-Type": "application/x-ndjson"}
    )
    assert cpu_seconds(attacked) - before < CPU
    *_, last, end = [json.loads(text) for text in answered.text.splitlines()]
    assert end["problem"]["type"] == "urn:detente:problem:too-many-refused"
    assert end["line"] == last["line"] + 1 == MOST_REFUSED + 101


def _of_unknown(number: int, events: int) -> Json:
    names = [f"Russian Federatio{number} {event}" for event in range(events)]
    return article(*(statement(name, "TUR", "2020-01-01") for name in names), id=f"nobody-{number}")


@pytest.mark.parametrize("events", [1, 10])
def test_the_first_names_of_a_batch_get_suggestions_alone(attacked: ServerClient, events: int) -> None:
    articles = [_of_unknown(number, events) for number in range(3000 // events)]
    before = cpu_seconds(attacked)
    answered = attacked.post("/v1/articles/batch", json=articles)
    assert cpu_seconds(attacked) - before < CPU
    results = answered.json()
    assert {result["status"] for result in results} == {422}
    errors = [error for result in results for error in result["problem"]["errors"]]
    assert [bool(error.get("candidates")) for error in errors] == [True] * 200 + [False] * 2800


def test_the_first_names_of_what_is_pasted_get_suggestions_alone(attacked: ServerClient) -> None:
    pasted = "\n".join(json.dumps(_of_unknown(number, 60)) for number in range(100))
    token = re.search(r'name="form_token" value="([^"]+)"', attacked.get("/post").text)
    assert token is not None
    fields = {"form_token": token[1], "do": "check", "pasted": pasted}
    before = cpu_seconds(attacked)
    shown = attacked.post("/post", data=fields, headers={"Origin": str(attacked.base_url).rstrip("/")})
    assert cpu_seconds(attacked) - before < CPU
    assert shown.status_code == 422
    assert 0 < shown.text.count("did you mean") <= 200


@pytest.mark.parametrize("row", [b"a,b,c,", b"a,b,c,x", b"x,b,c,,same"])
def test_the_answer_to_a_table_of_nonsense_is_in_proportion(attacked: ServerClient, row: bytes) -> None:
    content = b"source,target,published,killed,id\n" + (row + b"\n") * 3_000
    before = cpu_seconds(attacked)
    answered = attacked.post("/v1/articles/batch", content=content, headers={"Content-Type": "text/csv"})
    assert cpu_seconds(attacked) - before < CPU
    results = answered.text.splitlines()
    assert len(results) == 3_000
    assert len(answered.content) < 256 * 1024 + 5 * len(content) + 30 * len(results)


def checked(server: ServerClient, path: str, **fields: str | list[str]) -> httpx.Response:
    """Press the button of a form that shows what it would change."""
    token = re.findall('name="form_token" value="([0-9a-f]+)"', server.get("/post").text)[0]
    origin = {"Origin": str(server.base_url).rstrip("/")}
    return server.post(path, data={"do": "check", "form_token": token, **fields}, headers=origin)


def test_what_is_pasted_into_a_form_costs_as_much_as_is_looked_at(attacked: ServerClient) -> None:
    rows = "source,target,published\n" + "a,b,c\n" * (LIMIT // 20)
    before = cpu_seconds(attacked)
    refused = checked(attacked, "/post", pasted=rows)
    assert cpu_seconds(attacked) - before < CPU
    assert refused.status_code == 422
    assert f"{LIMIT // 20:,} lines" in refused.text


def test_an_article_is_read_once_for_all_its_events_that_a_form_names(attacked: ServerClient) -> None:
    one = posted(attacked, *[clash("RUS", "TUR", summary=str(number)) for number in range(200)])["id"]
    before = cpu_seconds(attacked)
    refused = checked(attacked, "/rulings/new", ruling="link", reason="x", report=[f"{one}/1"] * 1_900)
    assert cpu_seconds(attacked) - before < CPU
    assert refused.status_code == 422
