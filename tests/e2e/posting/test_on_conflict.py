"""Articles that may be recorded already: made, revised or known, one by one, in a batch, and dry."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.support import (
    ActorFactory,
    Json,
    answer,
    article,
    clash,
    log_position,
    problem,
    read,
    recorded,
    statement,
    unique,
)
from tests.server import ServerClient

NDJSON = {"Content-Type": "application/x-ndjson"}
REVISE = {"on_conflict": "revise"}


def batch(client: ServerClient, *sent: Json, **parameters: str) -> list[Json]:
    content = "\n".join(map(json.dumps, sent))
    response = client.post("/v1/articles/batch", params=parameters, content=content, headers=NDJSON)
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def test_a_put_makes_an_article_that_is_not_there(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = article(clash(a, b))
    path = f"/v1/articles/{sent['id']}"

    dry = answer(server.put(path, params={"dry_run": "true"}, json=sent))
    made = server.put(path, json={**sent, "reason": "the archive"})
    again = server.put(path, json=sent)

    assert (dry["outcome"], dry["changes"]) == ("recorded", [])
    assert (made.status_code, made.headers["location"]) == (201, path)
    assert (made.json()["outcome"], made.json()["version"]) == ("recorded", 2)
    assert (again.status_code, again.json()["outcome"], again.json()["changed"]) == (200, "unchanged", False)
    assert again.json()["position"] >= made.json()["position"]
    assert [entry["reason"] for entry in read(server, path)["history"]] == ["the archive", None]


def test_a_post_revises_where_it_is_told_to(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = article(clash(a, b), statement(b, a))
    other = {**sent, "events": [sent["events"][1], clash(a, b, killed=3)]}
    outcomes = [
        server.post("/v1/articles", params=parameters, json=each)
        for each, parameters in (
            (sent, REVISE),
            (sent, REVISE),
            (other, {}),
            (other, {**REVISE, "reason": "a new toll"}),
            (other, {}),
        )
    ]

    assert [each.status_code for each in outcomes] == [201, 200, 409, 200, 200]
    kinds = [each.json().get("outcome") for each in outcomes]
    assert kinds == ["recorded", "unchanged", None, "revised", "unchanged"]
    found = read(server, f"/v1/articles/{sent['id']}")
    assert [entry["change"] for entry in found["history"][3:]] == [
        "article-revised",
        "report-retracted",
        "clash-reported",
    ]
    assert [entry["number"] for entry in found["events"]] == [2, 3]
    assert [entry["reason"] for entry in found["history"] if entry["reason"]] == ["a new toll"] * 2


def test_what_was_retracted_is_not_undone_in_passing(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = recorded(server, clash(a, b))
    answer(server.delete(f"/v1/articles/{sent['id']}"))
    position = log_position(server)

    refusals = [
        problem(server.post("/v1/articles", params={**REVISE, "dry_run": dry}, json=sent), 409)
        for dry in ("false", "true")
    ]
    results = batch(server, sent, {**sent, "headline": "Other"}, **REVISE)
    restored = answer(server.put(f"/v1/articles/{sent['id']}", params={"dry_run": "true"}, json=sent))

    assert {refusal["type"] for refusal in refusals} == {"urn:detente:problem:article-retracted"}
    assert [result["status"] for result in results] == [409, 409]
    assert {result["problem"]["type"] for result in results} == {"urn:detente:problem:article-retracted"}
    assert log_position(server) == position
    assert (restored["outcome"], [each["change"] for each in restored["changes"]]) == (
        "revised",
        ["article-revised", "clash-reported"],
    )
    assert answer(server.put(f"/v1/articles/{sent['id']}", json=sent))["outcome"] == "revised"


def test_a_batch_records_and_revises_and_says_which(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    known, changed, new = (article(clash(a, b, killed=n)) for n in range(3))
    batch(server, known, changed)
    changed = {**changed, "headline": "Corrected"}

    dry = batch(server, known, changed, new, {**new, "events": []}, **REVISE, dry_run="true")
    results = batch(server, known, changed, new, changed, **REVISE, reason="nightly")

    assert [result.get("outcome") for result in dry] == ["unchanged", "revised", "recorded", None]
    assert [result["status"] for result in dry] == [200, 200, 200, 422]
    assert [len(result["understood"]["changes"]) for result in dry[:3]] == [0, 1, 0]
    assert [result["outcome"] for result in results] == ["unchanged", "revised", "recorded", "unchanged"]
    assert [result["status"] for result in results] == [200, 200, 201, 200]
    assert [result["changed"] for result in results] == [False, True, True, False]
    assert read(server, f"/v1/articles/{changed['id']}")["history"][-1]["reason"] == "nightly"
    assert read(server, f"/v1/articles/{new['id']}")["history"][0]["reason"] == "nightly"


def test_a_dry_run_shows_what_a_revision_would_change(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = recorded(server, clash(a, b, ref="toll", killed=1), statement(a, b), statement(b, a))
    corrected = clash(a, b, ref="toll", killed=2)
    revised = {**sent, "headline": "New", "events": [corrected, sent["events"][2], clash(b, a)]}
    position = log_position(server)

    shown = answer(server.post("/v1/articles", params={**REVISE, "dry_run": "true"}, json=revised))

    header, gone, other, added = shown["changes"]
    assert (header["change"], header["header"]["headline"], header["header_before"]["headline"]) == (
        "article-revised",
        "New",
        None,
    )
    assert (gone["change"], gone["number"], gone["event"]) == ("report-retracted", 2, None)
    assert gone["event_before"]["kind"] == "statement"
    assert (other["change"], other["event"]["killed"], other["event_before"]["killed"]) == (
        "report-corrected",
        2,
        1,
    )
    assert (added["change"], added["number"], added["event_before"]) == ("clash-reported", 4, None)
    assert [each["number"] for each in shown["events"]] == [1, 3, 4]
    assert log_position(server) == position
    assert problem(server.post("/v1/articles", params={"dry_run": "true"}, json=revised), 409)


def test_the_same_facts_in_other_words_are_the_same_content(server: ServerClient, new_actor: ActorFactory) -> None:
    name = unique("Otherwords")
    a, b = new_actor(name), new_actor()
    sent = recorded(server, clash(a, b), statement(b, a))
    alike = {**sent, "events": [statement(b, name.upper()), clash(f" {name} ", b)]}
    position = log_position(server)

    answers = [
        answer(server.post("/v1/articles", json=alike)),
        answer(server.post("/v1/articles", params=REVISE, json=alike)),
        answer(server.put(f"/v1/articles/{sent['id']}", json=alike)),
        answer(server.post("/v1/articles", params={"dry_run": "true"}, json=alike)),
        *batch(server, alike),
        *batch(server, alike, **REVISE),
    ]

    assert {each["outcome"] for each in answers} == {"unchanged"}
    assert log_position(server) == position


@pytest.mark.parametrize("path", ["/v1/articles", "/v1/articles/batch"])
def test_what_conflicts_come_to_is_one_of_two_words(sqlite_server: ServerClient, path: str) -> None:
    sent = json.dumps(article(clash("RUS", "TUR"))).encode()
    headers = NDJSON if path.endswith("batch") else {"Content-Type": "application/json"}
    for parameters in ({"on_conflict": "restore"}, {"reason": "for no revision"}):
        refused = problem(sqlite_server.post(path, params=parameters, content=sent, headers=headers), 422)
        assert refused["errors"][0]["parameter"] == next(iter(parameters))


def test_what_a_dry_batch_tells_at_length_is_in_proportion(sqlite_server: ServerClient) -> None:
    """A short line that would replace a long article is told in short, once there were many."""
    long = recorded(sqlite_server, *(clash("RUS", "TUR", summary="x" * 3000) for _ in range(100)))
    short = {**long, "events": [clash("RUS", "TUR")]}

    results = batch(sqlite_server, *[short] * 5, **REVISE, dry_run="true")

    assert {result["outcome"] for result in results} == {"revised"}
    assert "understood" not in results[-1]


def sent_in_pieces(*pieces: bytes) -> Iterator[bytes]:
    yield from pieces


def test_a_batch_may_begin_with_a_byte_order_mark(sqlite_server: ServerClient) -> None:
    line = json.dumps(article(clash("RUS", "TUR"))).encode()
    content = sent_in_pieces(b"\xef", b"\xbb", b"\xbf" + line, b"\n\xef\xbb\xbf" + line)
    results = sqlite_server.post("/v1/articles/batch", content=content, headers=NDJSON).text.splitlines()
    assert [json.loads(result)["status"] for result in results] == [201, 400]


def test_a_slash_in_an_id_is_no_other_path(sqlite_server: ServerClient) -> None:
    """No id of an article or a ruling has one, and what there is not must not lead to what there is."""
    sent = recorded(sqlite_server, clash("RUS", "TUR"))
    event = f"{sent['id']}%2Fevents%2F1"
    body = article(clash("RUS", "TUR"), id=None)
    responses = [
        sqlite_server.get("/v1/rulings/a%2Fb"),
        *(sqlite_server.get(f"/v1/articles/{name}") for name in ("a%2Fb", event)),
        *(sqlite_server.delete(f"/v1/articles/{name}") for name in ("a%2fb", event)),
        *(sqlite_server.put(f"/v1/articles/{name}", json=body) for name in ("a%2Fb", event)),
    ]
    details = [problem(response, 404)["detail"] for response in responses]
    assert all("a/b'" in detail or "/events/1'" in detail for detail in details)
    assert len(read(sqlite_server, f"/v1/articles/{sent['id']}")["events"]) == 1
