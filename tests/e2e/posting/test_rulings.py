"""Rulings: analysts link reported events as one incident or separate them; every read follows, from then on."""

from typing import Any

import httpx
import pytest

from tests.e2e.support import (
    ActorFactory,
    Json,
    answer,
    article,
    clash,
    posted,
    problem,
    read,
    relation,
    statement,
    unique,
)
from tests.server import ServerClient

AS_OF = "2020-02-01"


def report(of: Json, number: int = 1) -> Json:
    return {"article": of["id"], "number": number}


def ruled(server: ServerClient, ruling: str, *reports: Json, **fields: Any) -> httpx.Response:
    body = {"ruling": ruling, "reports": list(reports), "reason": "They tell of one night.", **fields}
    return server.post("/v1/rulings", json=body, headers={"X-Recorded-By": "ada"})


def incidents(server: ServerClient, a: str, b: str, **parameters: Any) -> list[Json]:
    return list(read(server, f"/v1/relations/{a}/{b}/incidents", as_of=AS_OF, **parameters)["items"])


@pytest.fixture
def two_reports(server: ServerClient, new_actor: ActorFactory) -> tuple[str, str, Json, Json]:
    """Return two actors, and two articles that give the clash between them different days."""
    a, b = new_actor.pair()
    one = posted(server, clash(a, b, "2020-01-14", killed=8), publisher="One")
    return a, b, one, posted(server, clash(a, b, "2020-01-15", killed=6), publisher="Other")


def test_linked_reports_are_one_incident_until_the_ruling_is_withdrawn(
    server: ServerClient, two_reports: tuple[str, str, Json, Json]
) -> None:
    a, b, one, other = two_reports
    assert len(incidents(server, a, b, min_position=other["position"])) == 2

    made = ruled(server, "link", report(one), report(other))

    assert made.status_code == 201
    outcome = answer(made)
    assert made.headers["location"] == f"/v1/rulings/{outcome['id']}"
    (incident,) = incidents(server, a, b, min_position=outcome["position"])
    assert incident["id"] == f"{a}>{b}:ASSAULT:2020-01-14"
    assert (incident["publishers"], incident["reports"], incident["killed"]) == (2, 2, 6)
    assert [reported["ruling"] for reported in incident["reported_by"]] == [outcome["id"], outcome["id"]]

    found = read(server, made.headers["location"])
    assert (found["ruling"], found["recorded_by"], found["withdrawal"]) == ("link", "ada", None)
    assert found["reports"] == [report(one), report(other)]

    gone = answer(server.delete(made.headers["location"], params={"reason": "Two nights after all."}))
    assert gone["changed"]
    apart = incidents(server, a, b, min_position=gone["position"])
    assert [reported["ruling"] for item in apart for reported in item["reported_by"]] == [None, None]
    withdrawal = read(server, made.headers["location"])["withdrawal"]
    assert (withdrawal["reason"], withdrawal["recorded_by"]) == ("Two nights after all.", "anonymous")
    again = answer(server.delete(made.headers["location"], params={"reason": "Again."}))
    assert (again["changed"], again["version"]) == (False, 2)


def test_what_was_known_before_a_ruling_shows_the_old_incidents(
    server: ServerClient, two_reports: tuple[str, str, Json, Json]
) -> None:
    a, b, one, other = two_reports
    before = relation(server, a, b, min_position=other["position"])
    earlier = read(server, f"/v1/articles/{other['id']}")["history"][-1]["recorded"]

    position = answer(ruled(server, "link", report(one), report(other)))["position"]

    assert relation(server, a, b, min_position=position)["incidents"] == 1
    assert relation(server, a, b, known_at=earlier)["incidents"] == before["incidents"] == 2
    old = incidents(server, a, b, known_at=earlier)
    assert [reported["ruling"] for item in old for reported in item["reported_by"]] == [None, None]


def test_separated_reports_are_an_incident_of_their_own(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    one = posted(server, clash(a, b, place="The village"), publisher="One")
    other = posted(server, clash(a, b, place="The airfield"), publisher="Other")

    outcome = answer(ruled(server, "separate", report(other)))

    found = incidents(server, a, b, min_position=outcome["position"])
    key = f"{a}>{b}:ASSAULT:2020-01-15"
    by_article = {item["reported_by"][0]["article"]["id"]: item["id"] for item in found}
    assert by_article[one["id"]] == key
    assert by_article[other["id"]].startswith(f"{key}#")
    assert [item["publishers"] for item in found] == [1, 1]


def test_what_is_linked_follows_the_first_report(
    server: ServerClient, two_reports: tuple[str, str, Json, Json]
) -> None:
    a, b, one, other = two_reports
    ruled(server, "link", report(one), report(other))
    path = f"/v1/articles/{one['id']}/events/1"

    corrected = answer(server.put(path, json={"event": clash(a, b, "2020-01-10")}))
    (incident,) = incidents(server, a, b, min_position=corrected["position"])
    assert (incident["day"], incident["reports"]) == ("2020-01-10", 2)

    retracted = answer(server.delete(path))
    (incident,) = incidents(server, a, b, min_position=retracted["position"])
    assert (incident["day"], incident["reports"]) == ("2020-01-15", 1)


def test_the_same_ruling_again_is_no_change(
    server: ServerClient, two_reports: tuple[str, str, Json, Json]
) -> None:
    _, _, one, other = two_reports
    first = ruled(server, "link", report(one), report(other))
    again = ruled(server, "link", report(one), report(other))
    assert (first.status_code, again.status_code) == (201, 200)
    assert answer(again)["id"] == answer(first)["id"]

    other_reason = ruled(server, "link", report(one), report(other), reason="Because.")
    assert problem(other_reason, 409)["type"] == "urn:detente:problem:ruling-differs"

    server.delete(first.headers["location"], params={"reason": "No."})
    anew = ruled(server, "link", report(one), report(other))
    assert anew.status_code == 201
    assert answer(anew)["id"] != answer(first)["id"]


def test_a_withdrawn_ruling_of_an_id_of_ones_own_is_not_made_again(
    server: ServerClient, two_reports: tuple[str, str, Json, Json]
) -> None:
    _, _, one, other = two_reports
    id_ = unique("ruling")
    assert answer(ruled(server, "link", report(one), report(other), id=id_))["id"] == id_
    server.delete(f"/v1/rulings/{id_}", params={"reason": "No."})
    refused = ruled(server, "link", report(one), report(other), id=id_)
    assert problem(refused, 409)["type"] == "urn:detente:problem:ruling-withdrawn"


def test_a_report_is_under_one_ruling_at_a_time(
    server: ServerClient, two_reports: tuple[str, str, Json, Json]
) -> None:
    _, _, one, other = two_reports
    standing = answer(ruled(server, "link", report(one), report(other)))["id"]
    refused = problem(ruled(server, "separate", report(other)), 409)
    assert refused["type"] == "urn:detente:problem:report-ruled"
    assert standing in refused["detail"]


def test_reports_that_cannot_be_one_incident_are_refused_with_a_pointer(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b, c = new_actor(), new_actor(), new_actor()
    sent = posted(
        server,
        clash(a, b),
        statement(a, b),
        clash(b, a),
        clash(a, c),
        {"kind": "alignment", "source": a, "target": b, "occurred": "2019"},
        clash(a, b),
    )
    server.delete(f"/v1/articles/{sent['id']}/events/6")
    first = report(sent)
    for reports, pointer, code in [
        ([first], "/reports", "number-of-reports"),
        ([first, first], "/reports/1", "repeated-report"),
        ([first, report(sent, 2)], "/reports/1", "not-of-one-kind"),
        ([first, report(sent, 3)], "/reports/1", "no-common-pair"),
        ([first, report(sent, 4)], "/reports/1", "no-common-pair"),
        ([report(sent, 5), first], "/reports/0", "not-an-incident"),
        ([first, report(sent, 6)], "/reports/1/number", "retracted-report"),
        ([first, report(sent, 7)], "/reports/1/number", "unknown-report"),
        ([first, {"article": "nothing", "number": 1}], "/reports/1/article", "unknown-article"),
        ([first, {"article": sent["id"]}], "/reports/1/number", "missing"),
    ]:
        (error,) = problem(ruled(server, "link", *reports), 422)["errors"]
        assert (error["pointer"], error["code"]) == (pointer, code)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"reason": " "}, "/reason"), ({"ruling": "merge"}, "/ruling"), ({"reason": "a\u202eb"}, "/reason")],
)
def test_a_ruling_says_what_and_why(
    server: ServerClient, two_reports: tuple[str, str, Json, Json], change: Json, pointer: str
) -> None:
    _, _, one, other = two_reports
    body = {"ruling": "link", "reports": [report(one), report(other)], "reason": "One night.", **change}
    assert problem(server.post("/v1/rulings", json=body), 422)["errors"][0]["pointer"] == pointer


def test_a_withdrawal_says_why(server: ServerClient, two_reports: tuple[str, str, Json, Json]) -> None:
    path = ruled(server, "separate", report(two_reports[2])).headers["location"]
    for parameters, code in (({}, "missing"), ({"reason": " "}, "no-reason"), ({"reason": "\u2028"}, "bad-text")):
        (error,) = problem(server.delete(path, params=parameters), 422)["errors"]
        assert (error["parameter"], error["code"]) == ("reason", code)
    assert read(server, path)["withdrawal"] is None


def test_rulings_are_listed_the_newest_first_page_by_page(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = answer(server.post("/v1/articles", json=article(*(clash(a, b, place=f"{n}") for n in range(3)))))
    made = [answer(ruled(server, "separate", report(sent, number))) for number in (1, 2, 3)]
    server.delete(f"/v1/rulings/{made[1]['id']}", params={"reason": "No."})

    first = read(server, "/v1/rulings", article=sent["id"], limit=2)
    rest = read(server, "/v1/rulings", article=sent["id"], limit=2, cursor=first["next"])

    assert [item["id"] for item in first["items"]] == [made[2]["id"], made[1]["id"]]
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([made[0]["id"]], None)
    for status, ids in (("standing", [made[2]["id"], made[0]["id"]]), ("withdrawn", [made[1]["id"]])):
        found = read(server, "/v1/rulings", article=sent["id"], status=status)["items"]
        assert [item["id"] for item in found] == ids
    then = first["items"][1]["recorded"]
    known = read(server, "/v1/rulings", article=sent["id"], known_at=then)["items"]
    assert [(item["id"], item["withdrawal"]) for item in known] == [(m["id"], None) for m in (made[1], made[0])]
    path = f"/v1/rulings/{made[2]['id']}"
    assert problem(server.get(path, params={"known_at": then}), 404)["type"].endswith(":ruling-not-found")
    assert server.get("/v1/rulings", params={"format": "csv"}).text.startswith("id,ruling,reports,")


def test_a_ruling_that_there_is_not_is_not_found(server: ServerClient) -> None:
    assert problem(server.get("/v1/rulings/none"), 404)["type"].endswith(":ruling-not-found")
    assert problem(server.delete("/v1/rulings/none", params={"reason": "x"}), 404)["type"].endswith("not-found")


def test_rulings_are_in_the_log(server: ServerClient, two_reports: tuple[str, str, Json, Json]) -> None:
    _, _, one, other = two_reports
    outcome = answer(ruled(server, "link", report(one), report(other)))
    (entry,) = read(server, "/v1/events", after=outcome["position"] - 1, limit=1)["items"]
    assert (entry["type"], entry["version"], entry["recorded_by"]) == ("reports-linked", 1, "ada")
    assert entry["data"] == {
        "ruling_id": outcome["id"],
        "reports": [report(one), report(other)],
        "reason": "They tell of one night.",
    }
    assert [h["change"] for h in read(server, f"/v1/articles/{one['id']}")["history"]] == [
        "article-posted",
        "clash-reported",
    ]
