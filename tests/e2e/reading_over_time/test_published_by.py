"""What readers could know by a day: all reads by what was published until then, whenever it was recorded."""

import pytest

from tests.e2e.support import ActorFactory, Json, clash, posted, problem, read, wait_for_all
from tests.server import ServerClient

DAY = "2020-03-01"


@pytest.fixture
def pair(server: ServerClient, new_actor: ActorFactory) -> tuple[str, str]:
    """Return two actors of whose clash one article tells at once, and of another's a later one."""
    a, b = new_actor.pair()
    deal = {"kind": "agreement", "agreement": f"deal-{a}", "parties": [a, b], "occurred": "2020-01-02"}
    posted(server, clash(a, b, "2020-01-10"), published="2020-02-20")
    posted(server, clash(b, a, "2020-01-12"), deal, published="2020-01-15")
    wait_for_all(server)
    return a, b


def test_every_read_goes_by_what_was_published(server: ServerClient, pair: tuple[str, str]) -> None:
    a, b = pair
    path = f"/v1/relations/{a}/{b}"
    counts = []
    for day in ("2020-01-14", "2020-01-15", "2020-02-19", "2020-02-20", "9999-12-31"):
        asked = {"as_of": DAY, "published_by": day}
        one = read(server, path, **asked)
        listed = read(server, "/v1/relations", actor=a, **asked)
        series = read(server, f"{path}/tension", **asked)
        incidents = read(server, f"{path}/incidents", **asked)
        explained = read(server, f"{path}/explanation", **asked, from_="2020-01-01")
        episodes = read(server, f"{path}/episodes", **asked)
        deals = read(server, "/v1/agreements", actor=a, **asked)
        counts.append((one["incidents"], len(incidents["items"]), len(deals["items"])))

        named = [one, listed, series, incidents, explained["before"], explained["after"], episodes, deals]
        assert {answer["published_by"] for answer in named} == {day}
        assert [item["tension"] for item in listed["items"]] == ([one["tension"]] if one["incidents"] else [])
        assert [item["published_by"] for item in listed["items"]] == [day] * len(listed["items"])
        tensions = [series["items"][-1]["tension"], incidents["tension"], explained["after"]["tension"]]
        assert tensions == pytest.approx([one["tension"]] * 3, abs=1e-9)
        assert bool(episodes["items"]) == bool(one["incidents"])
        assert one["agreements_in_force"] == [deal["id"] for deal in deals["items"]]
    assert counts == [(0, 0, 0), (2, 2, 1), (2, 2, 1), (3, 3, 1), (3, 3, 1)]
    assert read(server, path, as_of=DAY)["published_by"] is None


def test_it_goes_with_what_was_known_and_what_if(server: ServerClient, pair: tuple[str, str]) -> None:
    path = "/v1/relations/{}/{}".format(*pair)
    asked = {"as_of": DAY, "published_by": "2020-01-15"}

    assert read(server, path, **asked, known_at="2001-01-01")["incidents"] == 0
    assert read(server, path, **asked, known_at="2999-01-01")["incidents"] == 2
    assert read(server, path, **asked, what_if="without_publisher:Test Wire")["incidents"] == 0
    assert read(server, path, **asked, model="clash-count")["incidents"] == 2


def test_answers_by_other_publications_are_never_taken_for_each_other(
    server: ServerClient, pair: tuple[str, str]
) -> None:
    path = "/v1/relations/{}/{}".format(*pair)
    asked: Json = {"as_of": DAY, "limit": 1}
    tags = [
        server.get(path, params={"as_of": DAY, **more}).headers["etag"]
        for more in ({}, {"published_by": "2020-01-15"}, {"published_by": "2020-02-20"})
    ]
    cursor = read(server, f"{path}/incidents", **asked, published_by="2020-02-20")["next"]

    assert len(set(tags)) == 3
    for other in ({}, {"published_by": "2020-02-19"}):
        refused = server.get(f"{path}/incidents", params={**asked, **other, "cursor": cursor})
        assert problem(refused, 422)["errors"][0]["code"] == "bad-cursor"


def test_rows_name_it(server: ServerClient, pair: tuple[str, str]) -> None:
    asked = {"as_of": DAY, "actor": pair[0], "published_by": "2020-01-20", "format": "csv"}
    header, row = server.get("/v1/relations", params=asked).text.splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["published_by"] == "2020-01-20"
