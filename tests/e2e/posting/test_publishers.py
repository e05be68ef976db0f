"""Publishers that count as others: over HTTP and by the command line."""

import csv
import json
from io import StringIO
from typing import Any

import httpx
import pytest

from tests.e2e.support import ActorFactory, Json, answer, clash, posted, problem, read, relation, unique
from tests.server import ServerClient

AS_OF = "2020-02-01"


def declared(server: ServerClient, alias: str, publisher: str, **parameters: Any) -> httpx.Response:
    body = {"alias": alias, "publisher": publisher, "reason": "A re-print."}
    return server.post("/v1/publishers/aliases", json=body, params=parameters, headers={"X-Recorded-By": "ada"})


def listed(server: ServerClient, alias: str, **parameters: Any) -> list[Json]:
    found = read(server, "/v1/publishers/aliases", limit=1000, **parameters)["items"]
    return [item for item in found if item["alias"] == alias]


@pytest.fixture
def reported(server: ServerClient, new_actor: ActorFactory) -> tuple[str, str, str, str]:
    """Return two actors, and two publishers that report one clash between them."""
    a, b = new_actor.pair()
    wire, portal = unique("Wire"), unique("Portal") + "/news"
    for publisher in (wire, portal):
        posted(server, clash(a, b, "2020-01-14"), publisher=publisher)
    return a, b, wire, portal


def test_a_reprint_counts_as_its_wire_until_that_is_taken_back(
    server: ServerClient, reported: tuple[str, str, str, str]
) -> None:
    a, b, wire, portal = reported
    preview = answer(declared(server, portal, wire.upper(), dry_run=True))
    assert (preview["dry_run"], preview["changed"]) == (True, True)
    assert not listed(server, portal), "nothing was recorded"

    made = declared(server, portal, wire.upper())
    assert made.status_code == 201
    position = answer(made)["position"]
    found = relation(server, a, b, as_of=AS_OF, min_position=position)
    assert (found["incidents"], found["publishers"]) == (1, 1)
    assert declared(server, portal.upper(), wire).status_code == 200
    (entry,) = listed(server, portal)
    assert (entry["publisher"], entry["recorded_by"], entry["removal"]) == (wire.upper(), "ada", None)
    assert not listed(server, portal, known_at="2020-01-01")

    path = "/v1/publishers/aliases/" + portal.replace("/", "%2F")
    dry = answer(server.delete(path, params={"dry_run": True}))
    assert dry["effect"] == {
        "articles": 1,
        "incidents": 1,
        "pairs": 1,
        "most": [{"pair": [a, b], "incidents": 1}],
    }
    gone = answer(server.delete(path, params={"reason": "They write themselves."}))
    assert gone["changed"]
    assert relation(server, a, b, as_of=AS_OF, min_position=gone["position"])["publishers"] == 2
    (entry,) = listed(server, portal, status="removed")
    assert entry["removal"]["reason"] == "They write themselves."
    assert not listed(server, portal, status="standing")


def test_reports_and_articles_say_what_their_publisher_counts_as(
    server: ServerClient, reported: tuple[str, str, str, str]
) -> None:
    a, b, wire, portal = reported
    made = answer(declared(server, portal.upper(), wire.lower()))
    (incident,) = read(server, f"/v1/relations/{a}/{b}/incidents", as_of=AS_OF, min_position=made["position"])[
        "items"
    ]
    counted = {each["article"]["publisher"]: each["counts_as"] for each in incident["reported_by"]}
    assert counted == {wire: None, portal: wire.lower()}
    before = incident["reported_by"][-1]["known_from"]
    (then,) = read(server, f"/v1/relations/{a}/{b}/incidents", as_of=AS_OF, known_at=before)["items"]
    assert [each["counts_as"] for each in then["reported_by"]] == [None, None]
    recent = read(server, "/v1/articles", limit=20)["items"]
    assert {each["publisher"]: each["counts_as"] for each in recent}.items() >= counted.items()


def test_publishers_are_listed_by_pages_in_every_format(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    long = unique("出版社") + "報" * 150
    for publisher in (long, f"{unique('A; B')}", unique("Wire")):
        posted(server, clash(a, b), publisher=publisher)
    position = answer(declared(server, long, unique("Publisher")))["position"]

    whole = read(server, "/v1/publishers", limit=1000, min_position=position)
    assert (whole["next"], whole["position"] >= position) == (None, True)
    items: list[Json] = []
    cursor = None
    while cursor is not None or not items:
        size = len(whole["items"]) // 3 + 1
        page = read(server, "/v1/publishers", limit=size, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        cursor = page["next"]
    assert items == whole["items"]

    first = server.get("/v1/publishers", params={"limit": 1000})
    assert (
        server.get("/v1/publishers?limit=1000", headers={"If-None-Match": first.headers["etag"]}).status_code
        == 304
    )
    ndjson = server.get("/v1/publishers?limit=1000&format=ndjson").text.splitlines()
    assert [json.loads(line) for line in ndjson] == whole["items"]
    table = list(csv.DictReader(StringIO(server.get("/v1/publishers?limit=1000&format=csv").text)))
    assert list(table[0]) == list(whole["items"][0])
    assert [row["articles"] for row in table] == [str(item["articles"]) for item in whole["items"]]
    (with_semicolon,) = [row for row in table if row["publisher"].startswith("A; B")]
    assert with_semicolon["spellings"] == with_semicolon["publisher"].replace(";", r"\;")


def test_what_makes_no_sense_is_refused(server: ServerClient) -> None:
    one, other = unique("One"), unique("Other")
    assert declared(server, one, other).status_code == 201
    assert problem(declared(server, other, one), 422)["errors"][0]["code"] == "circular-alias"
    assert problem(declared(server, one, one.lower()), 422)["errors"][0]["code"] == "alias-of-itself"
    assert problem(declared(server, one, unique("Third")), 409)["type"].endswith("publisher-is-alias")
    assert problem(server.delete(f"/v1/publishers/aliases/{unique('None')}"), 404)["type"].endswith(
        "alias-not-found"
    )


def test_a_what_if_leaves_out_what_counts_as_one(
    server: ServerClient, reported: tuple[str, str, str, str]
) -> None:
    a, b, _, portal = reported
    agency = unique("Agency")
    position = answer(declared(server, portal, agency))["position"]
    asked = {"as_of": AS_OF, "min_position": position, "what_if": f"without_publisher:{agency}"}
    assert relation(server, a, b, **asked)["publishers"] == 1
