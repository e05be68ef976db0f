"""Posting, revising, correcting and taking back; what the history and the log say of it afterwards."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.e2e.support import (
    ActorFactory,
    Json,
    answer,
    article,
    clash,
    log_position,
    posted,
    problem,
    read,
    relation,
    statement,
    unique,
)
from tests.server import ServerClient


def _changes(server: ServerClient, article_id: str) -> list[str]:
    return [entry["change"] for entry in read(server, f"/v1/articles/{article_id}")["history"]]


def _events_of(server: ServerClient, after: int) -> list[Json]:
    return list(read(server, "/v1/events", after=after, limit=1000)["items"])


def test_a_new_article_is_created_and_the_same_again_is_no_change(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = article(statement(a, b), clash(b, a))

    first = server.post("/v1/articles", json=sent)
    position = log_position(server)
    second = server.post("/v1/articles", json=sent)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["location"] == second.headers["location"] == f"/v1/articles/{sent['id']}"
    assert (answer(first)["changed"], answer(second)["changed"]) == (True, False)
    assert answer(first)["version"] == answer(second)["version"] == 3
    assert answer(second)["position"] >= answer(first)["position"]
    assert log_position(server) == position


def test_an_article_that_says_the_same_in_other_words_is_no_change(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    name = unique("Kandyland")
    new_actor(name)
    b = new_actor()
    sent = article(clash(name, b), statement([b], name))
    server.post("/v1/articles", json=sent)

    again = server.post("/v1/articles", json={**sent, "events": sent["events"][::-1], "headline": None})

    assert again.status_code == 200
    assert _changes(server, sent["id"]) == ["article-posted", "clash-reported", "statement-reported"]


def test_the_id_of_an_article_comes_from_its_url(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    url = f"https://news.example/{unique('story')}"
    sent = {"url": url, "published": "2020-01-20", "events": [statement(a, b)]}

    first = server.post("/v1/articles", json=sent)
    again = server.post("/v1/articles", json={**sent, "url": url.replace("https://n", "HTTPS://N") + "#top"})

    assert (first.status_code, again.status_code) == (201, 200)
    found = read(server, first.headers["location"])
    assert found["url"] == url
    assert found["publisher"] == "news.example"


def test_other_content_under_a_known_id_is_refused_and_points_to_put(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = article(clash(a, b, killed=3))
    server.post("/v1/articles", json=sent)
    position = log_position(server)

    refused = problem(server.post("/v1/articles", json={**sent, "events": [clash(a, b, killed=4)]}), 409)

    assert refused["type"] == "urn:detente:problem:article-differs"
    assert "PUT" in refused["detail"]
    assert log_position(server) == position


def test_a_revision_records_only_what_differs(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = article(statement(a, b, ref="words"), clash(a, b, ref="deed", killed=3), statement(b, a, type="REJECT"))
    server.post("/v1/articles", json=sent)
    after = log_position(server)
    events = [statement(a, b, ref="words"), clash(a, b, ref="deed", killed=5), statement(b, a, type="CONCEDE")]

    revised = server.put(f"/v1/articles/{sent['id']}", json={**sent, "events": events, "reason": "New toll."})
    unchanged = server.put(f"/v1/articles/{sent['id']}", json={**sent, "events": events, "reason": "New toll."})

    assert answer(revised)["changed"]
    assert not answer(unchanged)["changed"]
    recorded = [(entry["type"], entry["data"].get("number")) for entry in _events_of(server, after)]
    assert recorded == [
        ("article-revised", None),
        ("report-retracted", 3),
        ("report-corrected", 2),
        ("statement-reported", 4),
    ]
    standing = read(server, f"/v1/articles/{sent['id']}")["events"]
    assert {item["number"] for item in standing} == {1, 2, 4}
    assert relation(server, a, b, min_position=answer(revised)["position"])["incidents"] == 3


def test_a_corrected_event_stands_in_the_place_of_the_old_one(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash(a, b, killed=100))
    before = relation(server, a, b, min_position=sent["position"])

    corrected = server.put(
        f"/v1/articles/{sent['id']}/events/1",
        json={"event": clash(a, b, killed=0, wounded=4), "reason": "The ministry revised the toll."},
    )

    after = relation(server, a, b, min_position=answer(corrected)["position"])
    assert after["tension"] < before["tension"]
    entry = read(server, f"/v1/articles/{sent['id']}")["history"][-1]
    assert (entry["change"], entry["number"], entry["version"]) == ("report-corrected", 1, 3)
    assert entry["reason"] == "The ministry revised the toll."
    assert entry["event"]["wounded"] == 4


def test_the_same_correction_again_is_no_change(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash(a, b))

    again = server.put(f"/v1/articles/{sent['id']}/events/1", json={"event": clash(a, b)})

    assert not answer(again)["changed"]


def test_a_retracted_event_leaves_the_others_standing(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash(a, b), statement(b, a))

    retracted = server.delete(f"/v1/articles/{sent['id']}/events/1", params={"reason": "Never happened."})

    found = read(server, f"/v1/articles/{sent['id']}")
    assert [item["number"] for item in found["events"]] == [2]
    assert found["history"][-1]["reason"] == "Never happened."
    assert relation(server, a, b, min_position=answer(retracted)["position"])["incidents"] == 1
    problem(server.delete(f"/v1/articles/{sent['id']}/events/1"), 404)


def test_a_retracted_article_leaves_relations_as_if_it_had_never_been_posted(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    kept = posted(server, clash(a, b, killed=2), statement(b, a), publisher="First Wire")
    before = relation(server, a, b, min_position=kept["position"])
    gone = posted(
        server,
        clash(a, b, killed=50, wounded=7),
        clash(b, a, "2020-01-02"),
        {"kind": "agreement", "agreement": unique("deal"), "parties": [a, b], "occurred": "2019"},
        {"kind": "alignment", "source": a, "target": b, "occurred": "2019"},
        publisher="Second Wire",
    )
    between = relation(server, a, b, min_position=gone["position"])

    retracted = answer(server.delete(f"/v1/articles/{gone['id']}"))

    assert between != before
    assert relation(server, a, b, min_position=retracted["position"]) == before
    found = read(server, f"/v1/articles/{gone['id']}")
    assert found["retracted"]
    assert found["events"] == []


def test_a_pair_of_which_everything_is_retracted_is_unknown_and_in_no_list(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash(a, b))

    retracted = answer(server.delete(f"/v1/articles/{sent['id']}"))

    found = relation(server, a, b, min_position=retracted["position"])
    assert (found["state"], found["since"], found["tension"], found["incidents"]) == ("unknown", None, 0.0, 0)
    listed = read(server, "/v1/relations", actor=a, as_of="2020-02-01", min_position=retracted["position"])
    assert listed["items"] == []


def test_a_retracted_article_is_refused_again_but_a_revision_brings_it_back(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = article(clash(a, b))
    server.post("/v1/articles", json=sent)
    server.delete(f"/v1/articles/{sent['id']}")
    again = server.delete(f"/v1/articles/{sent['id']}")

    refused = problem(server.post("/v1/articles", json=sent), 409)
    corrected = problem(server.put(f"/v1/articles/{sent['id']}/events/1", json={"event": clash(a, b)}), 409)
    back = answer(server.put(f"/v1/articles/{sent['id']}", json=sent))

    assert not answer(again)["changed"]
    assert refused["type"] == corrected["type"] == "urn:detente:problem:article-retracted"
    assert "PUT" in refused["detail"]
    assert not read(server, f"/v1/articles/{sent['id']}")["retracted"]
    assert relation(server, a, b, min_position=back["position"])["incidents"] == 1


def test_the_history_says_who_did_what_under_which_request(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = article(clash(a, b), headline="Shots fired")
    request_id = unique("request")

    response = server.post(
        "/v1/articles",
        json=sent,
        headers=[(b"X-Request-ID", request_id.encode()), (b"X-Recorded-By", "Şule Öz (Ankara)".encode())],
    )
    server.delete(f"/v1/articles/{sent['id']}", params={"reason": "Withdrawn by the publisher."})

    assert response.headers["x-request-id"] == request_id
    posting, report, retraction = read(server, f"/v1/articles/{sent['id']}")["history"]
    for entry in (posting, report):
        assert (entry["request_id"], entry["recorded_by"]) == (request_id, "Şule Öz (Ankara)")
    assert posting["header"]["headline"] == "Shots fired"
    assert report["event"]["kind"] == "clash"
    assert posting["recorded"] == report["recorded"] < retraction["recorded"]
    assert retraction["recorded_by"] == "anonymous"
    assert retraction["reason"] == "Withdrawn by the publisher."
    assert retraction["request_id"] not in (None, request_id)


def test_what_was_known_before_a_correction_can_still_be_read(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash(a, b, killed=100))
    before = relation(server, a, b, min_position=sent["position"])
    then = read(server, f"/v1/articles/{sent['id']}")["history"][0]["recorded"]
    path = f"/v1/articles/{sent['id']}/events/1"
    corrected = answer(server.put(path, json={"event": clash(a, b, "2020-01-10", killed=0)}))
    after = relation(server, a, b, min_position=corrected["position"])

    assert after["tension"] != before["tension"]
    known_then = relation(server, a, b, known_at=then)
    for figure in ("tension", "cooperation", "conflict_pressure", "cooperation_pressure"):
        assert known_then[figure] == pytest.approx(before[figure], abs=1e-9)
    for fact in ("state", "since", "incidents", "publishers", "as_of"):
        assert known_then[fact] == before[fact]
    asked = read(server, f"/v1/relations/{a}/{b}", as_of="2020-02-01", known_at=then)
    assert asked["known_at"] == then
    incidents = read(server, f"/v1/relations/{a}/{b}/incidents", as_of="2020-02-01", known_at=then)
    assert [item["killed"] for item in incidents["items"]] == [100]
    assert incidents["items"][0]["reported_by"][0]["event"]["killed"] == 100
    listed = read(server, "/v1/relations", actor=a, as_of="2020-02-01", known_at=then)
    assert listed["items"][0]["tension"] == pytest.approx(before["tension"], abs=1e-9)
    old = read(server, f"/v1/articles/{sent['id']}", known_at=then)
    assert len(old["history"]) == 2
    assert old["events"][0]["event"]["killed"] == 100


def test_before_anything_was_recorded_nothing_was_known(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash(a, b))

    found = relation(server, a, b, known_at="2020-02-01", min_position=sent["position"])

    assert (found["state"], found["since"], found["incidents"]) == ("unknown", None, 0)
    problem(server.get(f"/v1/articles/{sent['id']}", params={"known_at": "2020-02-01"}), 404)


def test_a_dry_run_says_how_an_article_is_understood_and_records_nothing(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    name = unique("Dryland")
    a, b = new_actor(name), new_actor()
    position = log_position(server)
    event = statement(name.swapcase(), b)
    coded = {**{key: value for key, value in event.items() if key != "type"}, "cameo": "112"}

    response = server.post("/v1/articles", params={"dry_run": "true"}, json=article(coded))

    understood = answer(response)
    assert response.status_code == 200
    assert understood["dry_run"]
    assert understood["events"][0]["event"]["source"] == [a]
    assert understood["events"][0]["event"]["type"] == "ACCUSE"
    assert log_position(server) == position
    problem(server.get(f"/v1/articles/{understood['id']}"), 404)


@pytest.mark.parametrize("fault", [{"occurred": "2020-02-30"}, {"type": "ASSAULT"}, {"target": "Nowhereland"}])
def test_a_dry_run_refuses_what_a_posting_would(server: ServerClient, fault: Json) -> None:
    sent = article({**statement("RUS", "TUR"), **fault})

    dry = problem(server.post("/v1/articles", params={"dry_run": "true"}, json=sent), 422)

    assert dry["errors"] == problem(server.post("/v1/articles", json=sent), 422)["errors"]


def test_an_article_posted_from_many_threads_at_once_is_recorded_once(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = article(clash(a, b), statement(b, a))
    after = log_position(server)
    threads = 16
    together = Barrier(threads)

    def post(_thread: int) -> httpx.Response:
        together.wait()
        return server.post("/v1/articles", json=sent)

    with ThreadPoolExecutor(threads) as pool:
        responses = list(pool.map(post, range(threads)))

    assert sorted(response.status_code for response in responses) == [200] * (threads - 1) + [201]
    recorded = [entry["type"] for entry in _events_of(server, after)]
    assert recorded == ["article-posted", "clash-reported", "statement-reported"]


def test_an_event_corrected_from_many_threads_at_once_has_every_correction_in_its_history(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash(a, b))
    threads = 6
    together = Barrier(threads)

    def correct(thread: int) -> httpx.Response:
        together.wait()
        return server.put(f"/v1/articles/{sent['id']}/events/1", json={"event": clash(a, b, killed=thread + 1)})

    with ThreadPoolExecutor(threads) as pool:
        responses = list(pool.map(correct, range(threads)))

    assert [response.status_code for response in responses] == [200] * threads
    history = read(server, f"/v1/articles/{sent['id']}")["history"]
    assert [entry["version"] for entry in history] == list(range(1, threads + 3))
    assert {entry["event"]["killed"] for entry in history[2:]} == set(range(1, threads + 1))


def test_a_writer_sees_its_own_writes(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    for killed in range(5):
        sent = posted(server, clash(a, b, f"2020-01-{10 + killed}", killed=killed))
        assert relation(server, a, b, min_position=sent["position"])["incidents"] == killed + 1


def test_a_position_that_the_log_has_not_reached_is_refused(server: ServerClient) -> None:
    refused = problem(server.get("/v1/relations", params={"min_position": log_position(server) + 1}), 422)

    assert refused["errors"][0]["parameter"] == "min_position"


def test_two_publishers_weigh_more_than_one_publisher_twice(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    once = relation(server, a, b, min_position=posted(server, clash(a, b), publisher="Wire")["position"])
    twice = relation(server, a, b, min_position=posted(server, clash(a, b), publisher="WIRE ")["position"])
    two = relation(server, a, b, min_position=posted(server, clash(a, b), publisher="Agency")["position"])

    assert twice["tension"] == pytest.approx(once["tension"], abs=1e-12)
    assert two["tension"] > twice["tension"]
    assert (two["incidents"], two["publishers"]) == (1, 2)
