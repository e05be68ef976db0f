"""How answers are written: JSON, CSV, NDJSON; unchanged ones not at all."""

import csv
import io
import json
from uuid import uuid4

import pytest

from tests.e2e.support import ActorFactory, clash, posted, problem, read, wait_for_all
from tests.server import ServerClient

LISTS = [
    "/v1/relations?as_of=2020-02-12",
    "/v1/relations/RUS/TUR?as_of=2020-02-12",
    "/v1/relations/RUS/TUR/tension?as_of=2020-02-12&interval=month",
    "/v1/relations/RUS/TUR/incidents?as_of=2020-02-12",
    "/v1/relations/RUS/TUR/explanation?as_of=2020-02-12",
    "/v1/relations/RUS/TUR/episodes?as_of=2020-02-12",
    "/v1/agreements?as_of=2020-02-12",
    "/v1/agreements/idlib-dmz-2018?as_of=2020-02-12",
    "/v1/actors",
    "/v1/actors/RUS",
    "/v1/articles",
    "/v1/articles/idlib-2020-02-11",
    "/v1/events",
]
CACHED = [path for path in LISTS if path != "/v1/events"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("by", ["accept", "parameter"])
def test_ndjson_has_an_item_a_line(server: ServerClient, path: str, by: str) -> None:
    if by == "accept":
        response = server.get(path, headers={"Accept": "application/x-ndjson"})
    else:
        response = server.get(path, params={**dict(_parameters(path)), "format": "ndjson"})

    answer = server.get(path).json()
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.text.endswith("\n")
    assert lines == answer.get("items", [answer])


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("by", ["accept", "parameter"])
def test_csv_has_a_header_and_an_item_a_row(server: ServerClient, path: str, by: str) -> None:
    if by == "accept":
        response = server.get(path, headers={"Accept": "text/csv"})
    else:
        response = server.get(path, params={**dict(_parameters(path)), "format": "CSV"})

    answer = server.get(path).json()
    items = answer.get("items", [answer])
    header, *rows = csv.reader(io.StringIO(response.text, newline=""))
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(rows) == len(items)
    assert len(set(header)) == len(header)
    assert {len(row) for row in rows} <= {len(header)}


def _parameters(path: str) -> list[tuple[str, str]]:
    query = path.partition("?")[2]
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&")) if name]


def test_a_relation_as_csv_has_flat_columns(server: ServerClient) -> None:
    path = "/v1/relations/RUS/TUR"
    answer = read(server, path, as_of="2020-02-12")

    (row,) = csv.DictReader(io.StringIO(server.get(path, params={"as_of": "2020-02-12", "format": "csv"}).text))

    assert (row["a"], row["b"], row["state"]) == ("RUS", "TUR", "strained_cooperation")
    assert float(row["tension"]) == answer["tension"]
    assert float(row["a_to_b_conflict_pressure"]) == answer["directed"]["RUS>TUR"]["conflict_pressure"]
    assert float(row["b_to_a_cooperation_pressure"]) == answer["directed"]["TUR>RUS"]["cooperation_pressure"]
    assert row["agreements_in_force"].split(";") == answer["agreements_in_force"]


def test_an_empty_list_as_csv_has_its_header(server: ServerClient, new_actor: ActorFactory) -> None:
    parameters = {"actor": new_actor(), "as_of": "2020-02-12"}

    empty = server.get("/v1/relations", params={**parameters, "format": "csv"}).text
    full = server.get("/v1/relations", params={"as_of": "2020-02-12", "format": "csv"}).text

    assert empty.splitlines() == full.splitlines()[:1]
    assert server.get("/v1/relations", params={**parameters, "format": "ndjson"}).text == ""


@pytest.mark.parametrize("headline", ["=1+1", "+49 30", "-1 for peace", "@home", '=HYPERLINK("x")'])
def test_text_that_a_spreadsheet_would_run_is_defused_in_csv(
    server: ServerClient, new_actor: ActorFactory, headline: str
) -> None:
    a, b = new_actor.pair()
    posted(server, clash(a, b), headline=headline)
    wait_for_all(server)

    text = server.get("/v1/articles", params={"limit": 1, "format": "csv"}).text

    (row,) = csv.DictReader(io.StringIO(text))
    assert row["headline"] == f"'{headline}"


def test_text_in_any_script_with_quotes_and_line_breaks_survives_csv(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    headline = f'«Привет», "сказал" он,\nуходя – 你好 مرحبا 🙂 {uuid4().hex}'
    a, b = new_actor.pair()
    posted(server, clash(a, b), headline=headline)
    wait_for_all(server)

    text = server.get("/v1/articles", params={"limit": 1, "format": "csv"}).text

    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["headline"] == headline


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("application/jsonl", "application/x-ndjson"),
        ("TEXT/CSV", "text/csv; charset=utf-8"),
        ("text/csv;q=0, application/json", "application/json"),
        ("text/csv;q=high, application/json", "application/json"),
    ],
)
def test_the_format_is_the_one_that_the_reader_likes_best(
    server: ServerClient, accept: str, media_type: str
) -> None:
    response = server.get("/v1/relations", headers={"Accept": accept})

    assert response.headers["content-type"] == media_type
    assert response.headers["vary"] == "Accept"


@pytest.mark.parametrize("lines", [["text/html", "text/csv"], ["application/json;q=0.5", "text/csv, text/html"]])
def test_accept_is_one_list_however_many_lines_it_comes_in(server: ServerClient, lines: list[str]) -> None:
    response = server.get("/v1/relations", headers=[("Accept", line) for line in lines])

    assert response.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "image/png, application/pdf", "application/json;q=0", "nonsense"])
def test_a_format_that_there_is_not_is_not_acceptable(server: ServerClient, accept: str) -> None:
    refused = problem(server.get("/v1/relations", headers={"Accept": accept}), 406)

    assert "text/csv" in refused["detail"]


def test_the_format_parameter_wins_over_the_header(server: ServerClient) -> None:
    response = server.get("/v1/relations", params={"format": "json"}, headers={"Accept": "text/html"})

    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", CACHED)
def test_an_unchanged_answer_is_not_sent_again(server: ServerClient, path: str) -> None:
    wait_for_all(server)  # what tests before this one have posted would change it
    first = server.get(path)

    for given in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = server.get(path, headers={"If-None-Match": given})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == first.headers["etag"]
    assert server.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", [path for path in CACHED if not path.startswith("/v1/articles/")])
def test_a_posting_changes_the_etag(server: ServerClient, new_actor: ActorFactory, path: str) -> None:
    before = server.get(path).headers["etag"]
    a, b = new_actor.pair()
    posted(server, clash(a, b))
    wait_for_all(server)

    after = server.get(path, headers={"If-None-Match": before})

    assert after.status_code == 200
    assert after.headers["etag"] != before


def test_a_change_of_an_article_changes_its_etag(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    path = f"/v1/articles/{posted(server, clash(a, b))['id']}"
    before = server.get(path).headers["etag"]

    server.delete(path)

    assert server.get(path, headers={"If-None-Match": before}).status_code == 200


def test_formats_and_questions_have_etags_of_their_own(server: ServerClient) -> None:
    questions = ["", "?as_of=2020-02-12", "?as_of=2020-02-13", "?format=csv", "?format=ndjson"]
    paths = ["/v1/relations/RUS/TUR", "/v1/relations/SYR/TUR"]

    tags = {server.get(path + question).headers["etag"] for path in paths for question in questions}

    assert len(tags) == len(questions) * len(paths)
