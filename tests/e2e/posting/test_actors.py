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
    one, other = sorted((new_actor(name), new_actor(name)))

    error = problem(server.get(f"/v1/actors/{name}"), 422)["errors"][0]

    assert error["candidates"] == [one, other]


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
