"""Actors: by code or any name, in any order and case; what is unknown or ambiguous says so."""

import pytest

from tests.e2e.support import (
    ActorFactory,
    answer,
    article,
    clash,
    log_position,
    posted,
    problem,
    read,
    relation,
    unique,
    wait_for_all,
)
from tests.server import ServerClient


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("TUR", "RUS"),
        ("rus", "tur"),
        ("Russia", "Turkey"),
        ("Ankara", "Moscow"),
        ("KREMLIN", "turkiye"),
        ("Türkiye", "the Kremlin"),
        ("Russian Federation", " TUR "),
    ],
)
def test_a_pair_is_the_same_in_any_order_case_and_by_any_name(server: ServerClient, a: str, b: str) -> None:
    assert relation(server, a, b) == relation(server, "RUS", "TUR")


def test_an_unknown_actor_is_refused_with_a_suggestion(server: ServerClient) -> None:
    refused = problem(server.get("/v1/relations/Rusia/TUR"), 422)

    (error,) = refused["errors"]
    assert (error["parameter"], error["code"]) == ("a", "unknown-actor")
    assert "RUS" in error["candidates"]
    assert "did you mean RUS (Russia)" in error["detail"]


@pytest.mark.parametrize(
    ("name", "candidates"),
    [("Congo", {"COD", "COG"}), ("korea", {"KOR", "PRK"}), ("Guinea", {"GNB", "GNQ", "PNG", "GIN"})],
)
def test_an_ambiguous_name_lists_who_may_be_meant(server: ServerClient, name: str, candidates: set[str]) -> None:
    in_path = problem(server.get(f"/v1/relations/RUS/{name}"), 422)["errors"][0]
    event = clash("RUS", name)
    in_body = problem(server.post("/v1/articles", json=article(event)), 422)["errors"][0]

    assert (in_path["parameter"], in_body["pointer"]) == ("b", "/events/0/target")
    for error in (in_path, in_body):
        assert error["code"] == "ambiguous-actor"
        assert set(error["candidates"]) == candidates


def test_an_actor_has_no_relation_with_itself(server: ServerClient) -> None:
    refused = problem(server.get("/v1/relations/Moscow/Kremlin"), 422)

    assert refused["errors"][0]["code"] == "equal-actors"


def test_a_new_actor_can_be_used_at_once(server: ServerClient) -> None:
    code = unique("A").upper()[:20]
    actor = {"code": code, "kind": "organisation", "name": f"League {code}", "aliases": [f"Bund {code}"]}

    registered = server.post("/v1/actors", json=actor)
    sent = posted(server, clash(f"bund {code}", "RUS"))

    assert registered.status_code == 201
    assert registered.headers["location"] == f"/v1/actors/{code}"
    assert relation(server, "RUS", f"LEAGUE {code}", min_position=sent["position"])["incidents"] == 1
    assert read(server, f"/v1/actors/{code}", min_position=answer(registered)["position"]) == actor


def test_an_actor_registered_again_gets_what_names_are_new(server: ServerClient) -> None:
    code = unique("A").upper()[:20]
    actor = {"code": code, "kind": "group", "name": f"Group {code}"}
    server.post("/v1/actors", json=actor)
    position = log_position(server)

    same = server.post("/v1/actors", json=actor)
    assert log_position(server) == position
    more = server.post("/v1/actors", json={**actor, "aliases": [f"G {code}"]})

    assert (same.status_code, answer(same)["changed"]) == (200, False)
    assert (more.status_code, answer(more)["changed"]) == (200, True)
    found = read(server, f"/v1/actors/G {code}", min_position=answer(more)["position"])
    assert found["code"] == code


def test_an_actor_registered_otherwise_is_a_conflict(server: ServerClient) -> None:
    refused = problem(server.post("/v1/actors", json={"code": "RUS", "kind": "group", "name": "Russia"}), 409)

    assert refused["type"] == "urn:detente:problem:actor-differs"


def test_a_name_that_was_added_can_be_used_at_once(server: ServerClient, new_actor: ActorFactory) -> None:
    code, other, name = new_actor(), new_actor(), unique("Владивосток")

    added = answer(server.post(f"/v1/actors/{code.lower()}/names", json={"name": name}))
    again = answer(server.post(f"/v1/actors/{code}/names", json={"name": name}))
    sent = posted(server, clash(name.upper(), other))

    assert (added["changed"], again["changed"]) == (True, False)
    assert relation(server, name, other, min_position=sent["position"])["incidents"] == 1
    assert name in read(server, f"/v1/actors/{name}", min_position=added["position"])["aliases"]


def test_a_name_that_two_actors_have_is_ambiguous_from_then_on(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    name = unique("Twinland")
    one, other = new_actor(name), new_actor()

    refused = problem(server.post(f"/v1/actors/{other}/names", json={"name": name.upper()}), 409)
    shared = answer(server.post(f"/v1/actors/{other}/names", json={"name": name.upper()}, params={"share": True}))
    error = problem(server.get(f"/v1/actors/{name}"), 422)["errors"][0]
    (event,) = read(server, "/v1/events", after=shared["position"] - 1)["items"]

    assert (refused["type"], refused["errors"][0]["candidates"]) == ("urn:detente:problem:name-taken", [one])
    assert error["candidates"] == sorted([one, other])
    assert event["data"] == {"code": other, "name": name.upper(), "shared_with": [one]}


def test_a_code_that_is_a_name_of_another_actor_is_refused(server: ServerClient) -> None:
    position = log_position(server)

    refused = problem(server.post("/v1/actors", json={"code": "ANKARA", "kind": "group", "name": "Moscow"}), 409)

    assert [(error["pointer"], error["candidates"]) for error in refused["errors"]] == [
        ("/code", ["TUR"]),
        ("/name", ["RUS"]),
    ]
    assert "TUR (Turkey)" in refused["detail"]
    assert log_position(server) == position


def test_what_an_addition_would_change_is_shown_first(server: ServerClient, new_actor: ActorFactory) -> None:
    name, actor, other = unique("Palace"), new_actor(), new_actor()
    code = new_actor(name)
    sent = posted(server, clash(name, other), clash(name.upper(), actor))
    position = wait_for_all(server)

    asked = {"share": True, "dry_run": True}
    shown = answer(server.post(f"/v1/actors/{actor}/names", json={"name": f"The {name}"}, params=asked))

    assert (shown["dry_run"], shown["changed"], shown["shared_with"]) == (True, True, [code])
    assert shown["meanings"] == [{"name": f"The {name}", "means": [code], "would_mean": [actor]}]
    assert shown["recorded"]["events"] == 0  # they were written without "the"
    shown = answer(server.post(f"/v1/actors/{actor}/names", json={"name": name}, params=asked))
    recorded = shown["recorded"]
    assert shown["meanings"] == [{"name": name, "means": [code], "would_mean": sorted([actor, code])}]
    assert (recorded["events"], recorded["articles"], recorded["pairs"]) == (2, 1, 2)
    assert {(use["name"], use["code"], use["events"]) for use in recorded["names"]} == {
        (name, code, 1),
        (name.upper(), code, 1),
    }
    assert shown["position"] >= sent["position"]
    assert log_position(server) == position


def test_a_name_that_was_taken_back_is_no_name_any_more(server: ServerClient, new_actor: ActorFactory) -> None:
    name, other = unique("Castle/Hill"), new_actor()
    code = new_actor(name, name.upper())
    sent = posted(server, clash(name, other))
    path = f"/v1/actors/{code}/names/{name.lower().replace('/', '%2F')}"

    shown = answer(server.delete(path, params={"dry_run": True}))
    gone = answer(server.delete(path, params={"reason": "A building."}))
    again = answer(server.delete(path))
    missing = problem(server.delete(f"/v1/actors/{code}/names/Nobody"), 404)
    the_code = problem(server.delete(f"/v1/actors/{code}/names/{code}"), 422)
    refused = problem(server.post("/v1/articles", json=article(clash(name, other))), 422)

    assert [(meaning["means"], meaning["would_mean"]) for meaning in shown["meanings"]] == [([code], [])] * 2
    assert (gone["changed"], again["changed"]) == (True, False)
    assert missing["type"] == "urn:detente:problem:name-not-found"
    assert (the_code["errors"][0]["parameter"], the_code["errors"][0]["code"]) == ("name", "is-the-code")
    assert refused["errors"][0]["code"] == "unknown-actor"
    assert read(server, f"/v1/actors/{code}", min_position=gone["position"])["aliases"] == []
    assert relation(server, code, other, min_position=sent["position"])["incidents"] == 1


def test_actors_are_listed_by_kind_and_by_part_of_a_name(server: ServerClient) -> None:
    organisations = read(server, "/v1/actors", kind="organisation")["items"]
    found = read(server, "/v1/actors", q="TURKIYE")["items"]

    assert {actor["kind"] for actor in organisations} == {"organisation"}
    assert "TUR" in {actor["code"] for actor in found}
    codes = [actor["code"] for actor in read(server, "/v1/actors")["items"]]
    assert codes == sorted(codes)


def test_lists_leave_regions_out_unless_asked(server: ServerClient) -> None:
    position = posted(server, clash("EUR", "BRB"), clash("GRD", "BRB"))["position"]
    at = {"min_position": position, "limit": 1000}

    def pairs(**asked: str) -> set[tuple[str, str]]:
        listed = read(server, "/v1/relations", **at, **asked)["items"]
        return {(item["pair"][0], item["pair"][1]) for item in listed}

    assert ("BRB", "GRD") in pairs()
    assert ("BRB", "EUR") not in pairs()
    assert ("BRB", "EUR") in pairs(regions="true")
    assert ("BRB", "EUR") in pairs(actor="Europe")
    assert relation(server, "Barbados", "Europe")["incidents"] > 0
    assert "region" not in {item["kind"] for item in read(server, "/v1/actors")["items"]}
    assert "region" in {item["kind"] for item in read(server, "/v1/actors", regions="true")["items"]}


def test_a_state_that_is_no_more_says_when_it_existed_and_what_came_after_it(server: ServerClient) -> None:
    union = read(server, "/v1/actors/USSR")
    assert (union["code"], union["from"], union["until"]) == ("SUN", "1922-12-30", "1991-12-26")
    assert {"RUS", "UKR", "EST"} <= set(union["succeeded_by"])
    assert "preceded_by" not in union
    russia = read(server, "/v1/actors/RUS")
    assert russia["preceded_by"] == ["SUN"]
    assert not {"from", "until", "succeeded_by"} & russia.keys()
    between = read(server, "/v1/actors/SCG")
    assert (between["preceded_by"], between["succeeded_by"]) == (
        ["YUG"],
        ["SRB", "MNE"],
    )
    header, *rows = server.get("/v1/actors", params={"q": "USSR", "format": "csv"}).text.splitlines()
    assert header == "code,kind,name,aliases,from,until,succeeded_by,preceded_by"
    assert "1922-12-30,1991-12-26,RUS;" in rows[0]
