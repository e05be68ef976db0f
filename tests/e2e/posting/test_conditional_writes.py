"""Writes that hold for one state alone: `If-Match` and `If-None-Match`, as RFC 9110 says."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import httpx
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
    unique,
)
from tests.server import ServerClient

FAILED = "urn:detente:problem:precondition-failed"


def etag_of(client: httpx.Client, path: str, **parameters: str) -> str:
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    return str(response.headers["etag"])


def test_a_put_is_done_in_the_state_that_was_read_and_in_no_other(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = recorded(server, clash(a, b))
    path = f"/v1/articles/{sent['id']}"
    etag = etag_of(server, path)
    recorded(server, clash(b, a))  # what others do is no other state
    assert etag_of(server, path) == etag
    assert server.get(path, headers={"If-None-Match": etag}).status_code == 304

    done = server.put(path, json={**sent, "headline": "One"}, headers={"If-Match": etag})
    position = log_position(server)
    late = [
        problem(server.put(path, json={**sent, "headline": "Two"}, headers={"If-Match": etag}), 412),
        problem(server.put(path, params={"dry_run": "true"}, json=sent, headers={"If-Match": etag}), 412),
        problem(server.delete(path, headers={"If-Match": etag}), 412),
        problem(server.delete(f"{path}/events/1", headers={"If-Match": etag}), 412),
        problem(server.put(f"{path}/events/1", json={"event": clash(b, a)}, headers={"If-Match": etag}), 412),
    ]

    assert answer(done)["outcome"] == "revised"
    assert {each["type"] for each in late} == {FAILED}
    assert log_position(server) == position
    assert read(server, path)["headline"] == "One"
    fresh = etag_of(server, path)
    assert answer(server.put(f"{path}/events/1", json={"event": clash(b, a)}, headers={"If-Match": fresh}))
    fresh = etag_of(server, path)
    assert answer(server.delete(f"{path}/events/1", headers={"If-Match": fresh}))
    fresh = etag_of(server, path)
    assert answer(server.delete(path, headers={"If-Match": fresh}))["changed"]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("{}", 200),
        ("*", 200),
        ('"other", {}', 200),
        (',"a,b" ,, {} ,', 200),
        ("W/{}", 412),
        ('"other"', 412),
        ('W/"*"', 412),
        ("other", 422),
        ('"other" {}', 422),
        ("*, {}", 422),
        ("w/{}", 422),
        ('"open', 422),
        (",", 422),
        ("", 422),
    ],
)
def test_if_match_is_a_list_of_strong_tags_or_any(sqlite_server: ServerClient, form: str, status: int) -> None:
    sent = recorded(sqlite_server, clash("RUS", "TUR"))
    path = f"/v1/articles/{sent['id']}"
    headers = {"If-Match": form.format(etag_of(sqlite_server, path))}

    response = sqlite_server.put(path, json={**sent, "headline": "Other"}, headers=headers)

    assert response.status_code == status, response.text
    if status == 422:
        assert response.json()["errors"][0]["parameter"] == "If-Match"


def test_tags_may_stand_in_several_headers_and_be_of_any_format(sqlite_server: ServerClient) -> None:
    sent = recorded(sqlite_server, clash("RUS", "TUR"))
    path = f"/v1/articles/{sent['id']}"
    tags = [etag_of(sqlite_server, path, format=form) for form in ("json", "csv", "ndjson")]
    assert len(set(tags)) == 3

    for number, tag in enumerate(tags):
        if number:
            tag = etag_of(sqlite_server, path, format=("json", "csv", "ndjson")[number])
        headers = [("If-Match", '"other"'), ("If-Match", tag)]
        response = sqlite_server.put(path, json={**sent, "headline": str(number)}, headers=headers)
        assert answer(response)["outcome"] == "revised"


def test_if_none_match_makes_only_what_is_not_there(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = article(clash(a, b))
    path = f"/v1/articles/{sent['id']}"
    only_new = {"If-None-Match": "*"}

    assert problem(server.put(path, json=sent, headers={"If-Match": "*"}), 412)["type"] == FAILED
    assert server.put(path, json=sent, headers=only_new).status_code == 201
    assert problem(server.put(path, json=sent, headers=only_new), 412)["type"] == FAILED
    etag = etag_of(server, path)
    for tags in (etag, f"W/{etag}", f'"other", {etag}'):
        problem(server.put(path, json=sent, headers={"If-None-Match": tags}), 412)
    answer(server.delete(path, headers={"If-None-Match": '"other"'}))
    problem(server.put(path, json=sent, headers=only_new), 412)  # it is there, and retracted
    missing = f"/v1/articles/{unique('none')}"
    problem(server.delete(missing, headers={"If-Match": "*"}), 404)


@pytest.mark.parametrize("made", [True, False])
def test_of_many_writers_who_saw_the_same_state_one_wins(
    server: ServerClient, new_actor: ActorFactory, made: bool
) -> None:
    a, b = new_actor.pair()
    sent = recorded(server, clash(a, b)) if made else article(clash(a, b))
    path = f"/v1/articles/{sent['id']}"
    headers = {"If-Match": etag_of(server, path)} if made else {"If-None-Match": "*"}

    def write(number: int) -> int:
        return server.put(path, json={**sent, "headline": f"{number}"}, headers=headers).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(write, range(6)))

    assert statuses == [200 if made else 201] + [412] * 5


def test_a_ruling_is_withdrawn_in_the_state_that_was_read(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = recorded(server, clash(a, b))
    ruled: Json = {
        "ruling": "separate",
        "reports": [{"article": sent["id"], "number": 1}],
        "reason": "Another one.",
    }
    path = f"/v1/rulings/{answer(server.post('/v1/rulings', json=ruled))['id']}"
    etag = etag_of(server, path)
    recorded(server, clash(b, a))

    assert etag_of(server, path) == etag
    problem(server.delete(path, params={"reason": "No."}, headers={"If-Match": '"other"'}), 412)
    assert answer(server.delete(path, params={"reason": "No."}, headers={"If-Match": etag}))["changed"]
    problem(server.delete(path, params={"reason": "No."}, headers={"If-Match": etag}), 412)
    assert etag_of(server, path) != etag


def test_a_write_that_goes_by_no_state_is_not_done_where_one_is_named(sqlite_server: ServerClient) -> None:
    sent, ruled = article(clash("RUS", "TUR")), [{"article": "none", "number": 1}]
    batch = json.dumps(sent).encode()
    alias, ruling = {"alias": "A", "publisher": "B"}, {"ruling": "separate", "reports": ruled, "reason": "No."}
    requests: list[tuple[str, str, Json]] = [
        ("POST", "/v1/articles", {"json": sent}),
        ("POST", "/v1/articles?on_conflict=revise", {"json": sent}),
        ("POST", "/v1/articles/batch", {"content": batch, "headers": {"Content-Type": "application/x-ndjson"}}),
        ("POST", f"/v1/articles/{sent['id']}/redactions", {"json": {"reason": "No."}}),
        ("DELETE", f"/v1/articles/{sent['id']}/redactions?reason=No", {}),
        ("POST", "/v1/actors/RUS/names", {"json": {"name": unique("Rossiya")}}),
        ("DELETE", "/v1/actors/RUS/names/Russia", {}),
        ("POST", "/v1/publishers/aliases", {"json": alias}),
        ("DELETE", "/v1/publishers/aliases/A", {}),
        ("POST", "/v1/rulings", {"json": ruling}),
    ]
    position = log_position(sqlite_server)
    for (method, path, body), name in product(requests, ("If-Match", "If-None-Match")):
        headers = {**body.get("headers", {}), name: '"5f1c"'}
        refused = problem(sqlite_server.request(method, path, **{**body, "headers": headers}), 422)["errors"]
        assert [(each["parameter"], each["code"]) for each in refused] == [(name, "not-conditional")], path
    assert log_position(sqlite_server) == position


def test_what_was_known_once_has_the_tag_that_it_had(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = recorded(server, clash(a, b))
    path = f"/v1/articles/{sent['id']}"
    first, known = etag_of(server, path), read(server, path)["history"][-1]["recorded"]

    answer(server.put(path, json={**sent, "headline": "Other"}))

    assert etag_of(server, path, known_at=known) == first
    assert etag_of(server, path) != first
    problem(server.put(path, json=sent, headers={"If-Match": first}), 412)


def test_a_text_that_was_redacted_is_in_no_cache_of_what_was_known(sqlite_server: ServerClient) -> None:
    sent = recorded(sqlite_server, clash("RUS", "TUR", summary="A secret."))
    path = f"/v1/articles/{sent['id']}"
    known = read(sqlite_server, path)["history"][-1]["recorded"]
    first = etag_of(sqlite_server, path, known_at=known)

    answer(sqlite_server.post(f"{path}/redactions", json={"fields": ["summary"], "reason": "By order."}))

    again = sqlite_server.get(path, params={"known_at": known}, headers={"If-None-Match": first})
    assert again.status_code == 200
    assert "A secret." not in again.text
    problem(sqlite_server.put(path, json=sent, headers={"If-Match": again.headers["etag"]}), 412)


def test_a_read_is_answered_in_the_state_that_is_expected_and_in_no_other(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = recorded(server, clash(a, b))
    for path in (f"/v1/articles/{sent['id']}", f"/v1/relations/{a}/{b}", "/v1/publishers/aliases"):
        etag, answers = answers_if_matched(server, path)
        assert [each.status_code for each in answers] == [200, 200, 200, 412, 412], path
        assert problem(server.get(path, headers={"If-Match": etag}), 412)["type"] == FAILED  # that of another form
        problem(server.get(path, headers={"If-Match": "x"}), 422)


def answers_if_matched(server: ServerClient, path: str) -> tuple[str, list[httpx.Response]]:
    """Return an ETag, and answers to reads that expect it, or others, all in one state: folding goes on beside."""
    while True:
        etag = etag_of(server, path, format="ndjson")
        wanted = (etag, f'"x", {etag}', "*", '"x"', f"W/{etag}")
        answers = [server.get(path, params={"format": "ndjson"}, headers={"If-Match": each}) for each in wanted]
        if etag_of(server, path, format="ndjson") == etag:
            return etag, answers
