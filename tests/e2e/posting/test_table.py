"""A table of events as CSV in one request: rows of one id are one article, and each row has a result."""

import json

import httpx

from api.parsing.event_tables import template_csv
from tests.e2e.support import ActorFactory, Json, unique
from tests.server import ServerClient

HEADER = "id;publisher;published;type;date;source;target;killed"


def post(
    client: httpx.Client, content: bytes, media_type: str = "text/csv; charset=utf-8", **params: str
) -> httpx.Response:
    return client.post("/v1/articles/batch", content=content, headers={"Content-Type": media_type}, params=params)


def results(response: httpx.Response) -> list[Json]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


def test_each_row_has_a_result_of_its_own(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    one, two, three = unique("table"), unique("table"), unique("table")
    rows = [
        HEADER,
        f"{one};Example News;2020-02-11;ASSAULT;2020-02-03;{a};{b};8",
        f"{two};Example News;2020-02-11;ASSAULT;2020-02-03;{a};{b};1,200",
        f"{one};;;ACCUSE;2020-02-04;{b};{a};",
        f"{two};;;ACCUSE;2020-02-04;{b};{a};",
        f"{three};Example News;2020-02-11;ACCUSE;2020-02-04;{b};{a};",
        f"{three};;;ACCUSE;2020-02-04;{b};Nobody Whom We Know;",
    ]
    first, bad, again, beside, good, unknown = found = results(post(server, "\n".join(rows).encode("cp1252")))
    assert [(result["line"], result["status"]) for result in found] == [
        (2, 201),
        (3, 422),
        (4, 201),
        (5, 422),
        (6, 422),
        (7, 422),
    ]
    assert first["id"] == again["id"] == one
    assert first["position"] == again["position"]
    assert "write 1200" in bad["problem"]["detail"]
    assert "line 3" in beside["problem"]["detail"]
    assert "Nobody" in unknown["problem"]["detail"]
    assert good["problem"]["errors"]
    recorded = server.get(f"/v1/articles/{one}").json()
    assert [report["event"]["type"] for report in recorded["events"]] == ["ASSAULT", "ACCUSE"]
    assert [result["status"] for result in results(post(server, "\n".join([*rows[:2], rows[3]]).encode()))] == [
        200
    ] * 2


def test_a_table_is_tried_and_revises(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    one = unique("table")

    def table(*killed: int) -> bytes:
        rows = [f"{one};Example News;2020-02-11;ASSAULT;2020-02-03;{a};{b};{count}" for count in killed]
        return "\n".join([HEADER, *rows]).encode()

    def outcomes(content: bytes, **params: str) -> list[tuple[int, str | None]]:
        return [(result["status"], result.get("outcome")) for result in results(post(server, content, **params))]

    tried, beside = results(post(server, table(8, 9), dry_run="true"))
    assert (tried["status"], tried["outcome"]) == (beside["status"], beside["outcome"]) == (200, "recorded")
    assert [event["event"]["killed"] for event in tried["understood"]["events"]] == [8, 9]
    assert "understood" not in beside
    assert server.get(f"/v1/articles/{one}").status_code == 404
    assert outcomes(table(8, 9)) == [(201, "recorded")] * 2
    assert outcomes(table(8, 7)) == [(409, None)] * 2
    assert outcomes(table(8, 7), on_conflict="revise", dry_run="true") == [(200, "revised")] * 2
    assert outcomes(table(8, 7), on_conflict="revise") == [(200, "revised")] * 2
    assert outcomes(table(8, 7), on_conflict="revise") == [(200, "unchanged")] * 2
    recorded = server.get(f"/v1/articles/{one}").json()["events"]
    assert sorted(report["event"]["killed"] for report in recorded) == [7, 8]


def test_a_text_that_is_no_good_is_a_problem_that_names_it(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    row = f"{unique('table')};Example News;2020-02-11;ASSAULT;2020-02-03;{a};{b};"
    for column, text in (("place", "\x01"), ("quote", "A\u202eB"), ("headline", "x" * 501), ("language", "!")):
        (refused,) = results(post(server, f"{HEADER};{column}\n{row};{text}".encode()))
        assert refused["status"] == 422
        assert refused["problem"]["errors"][0]["pointer"].endswith(f"/{column}")


def test_the_template_is_taken(server: ServerClient) -> None:
    assert {result["status"] for result in results(post(server, template_csv().encode(), dry_run="true"))} == {200}


def test_a_table_that_cannot_be_read_is_a_problem(server: ServerClient) -> None:
    for content, says in ((b"a,b\n1,2\n", "names the columns"), (f"{HEADER};colur".encode(), "no column 'colur'")):
        refused = post(server, content)
        assert refused.status_code == 422
        assert says in refused.json()["detail"]
    assert post(server, b"", "text/csv-schema").status_code == 415
