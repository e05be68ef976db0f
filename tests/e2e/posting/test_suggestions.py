"""Incidents that may be one are offered with the ruling that would link them, and never merged without it."""

import pytest

from tests.e2e.support import ActorFactory, Json, article, clash, posted, read, wait_for_all
from tests.server import ServerClient

STRIKE: Json = {"killed": 33, "place": "Balyun"}


@pytest.fixture
def strike(server: ServerClient, new_actor: ActorFactory) -> tuple[str, str]:
    """Return two actors of whose one strike three publishers tell, each with a date of its own."""
    a, b = new_actor.pair()
    dates = {"AFP": "2020-02-27", "Reuters": "2020-02-28", "Review": "2020-02"}
    for publisher, occurred in dates.items():
        posted(server, clash(a, b, occurred, **STRIKE), publisher=publisher, published="2020-03-20")
    posted(server, clash(a, b, "2020-02-10", killed=5, place="Taftanaz"), published="2020-02-11")
    wait_for_all(server)
    return a, b


def test_one_strike_reported_with_three_dates_is_offered_as_one_until_it_is_linked(
    server: ServerClient, strike: tuple[str, str]
) -> None:
    path = "/v1/relations/{}/{}/incidents".format(*strike)
    (offered,) = read(server, f"{path}/suggestions")["items"]
    days = [incident["day"] for incident in offered["incidents"]]
    assert days == ["2020-02-15", "2020-02-27", "2020-02-28"]
    assert offered["reasons"] == ["close_days", "overlapping_dates", "same_place", "same_toll"]
    assert (offered["pair"], offered["source"], offered["type"]) == ([*strike], strike[0], "ASSAULT")
    assert offered["withdraw_first"] == []
    assert len(read(server, path, as_of="2020-04-01")["items"]) == 4

    ruled = server.post("/v1/rulings", json=offered["ruling"])
    assert ruled.status_code == 201, ruled.text
    wait_for_all(server)
    linked, other = sorted(read(server, path, as_of="2020-04-01")["items"], key=lambda each: -each["killed"])
    assert read(server, f"{path}/suggestions")["items"] == []
    assert (linked["day"], linked["publishers"], linked["killed"]) == ("2020-02-27", 3, 33)
    assert linked["dates"] == [
        {"occurred": "2020-02-27", "precision": "day", "reports": 1},
        {"occurred": "2020-02-28", "precision": "day", "reports": 1},
        {"occurred": "2020-02", "precision": "month", "reports": 1},
    ]
    assert (linked["place"], other["place"]) == ("Balyun", "Taftanaz")


def test_what_is_ruled_apart_is_not_offered_again(server: ServerClient, strike: tuple[str, str]) -> None:
    path = "/v1/relations/{}/{}/incidents/suggestions".format(*strike)
    (offered,) = read(server, path)["items"]
    for named in offered["ruling"]["reports"]:
        ruling = {"ruling": "separate", "reports": [named], "reason": "Another strike."}
        assert server.post("/v1/rulings", json=ruling).status_code == 201
    wait_for_all(server)
    assert read(server, path)["items"] == []


def test_a_ruling_that_is_in_the_way_is_named(server: ServerClient, strike: tuple[str, str]) -> None:
    path = "/v1/relations/{}/{}/incidents/suggestions".format(*strike)
    (offered,) = read(server, path)["items"]
    first = {**offered["ruling"], "reports": offered["ruling"]["reports"][:2]}
    made = server.post("/v1/rulings", json=first).json()["id"]
    wait_for_all(server)
    (again,) = read(server, path)["items"]
    assert (again["withdraw_first"], len(again["ruling"]["reports"])) == ([made], 3)
    assert server.delete(f"/v1/rulings/{made}", params={"reason": "More is known."}).status_code == 200
    assert server.post("/v1/rulings", json=again["ruling"]).status_code == 201


def test_a_dry_run_says_what_may_be_one(server: ServerClient, strike: tuple[str, str]) -> None:
    told = article(clash(*strike, "2020-02-26", killed=34), publisher="AP", published="2020-03-01")
    understood = server.post("/v1/articles", params={"dry_run": True}, json=told).json()
    (offered,) = understood["may_be_one"]
    assert {"article": told["id"], "number": 1} in offered["ruling"]["reports"]
    assert len(offered["incidents"]) == 4
    elsewhere = article(clash(*strike, "2019-02-27"), published="2020-03-01")
    assert server.post("/v1/articles", params={"dry_run": True}, json=elsewhere).json()["may_be_one"] == []


def test_all_suggestions_come_in_pages_by_pair(server: ServerClient, strike: tuple[str, str]) -> None:
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = read(server, "/v1/incidents/suggestions", limit=1, **cursor)
        found += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    whole = read(server, "/v1/incidents/suggestions", limit=1000)["items"]
    assert found == whole
    assert [*strike] in [each["pair"] for each in whole]
    assert [each["pair"] for each in whole] == sorted(each["pair"] for each in whole)
    table = server.get("/v1/incidents/suggestions", params={"format": "csv"}).text
    of_ruling = "ruling_ruling,ruling_reports,ruling_reason"
    assert table.startswith(f"a,b,source,target,reciprocal,type,reasons,incidents,{of_ruling},withdraw_first\r\n")
