"""Reading lists: filters, orders, pages, and the log as a feed."""

from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.support import (
    ActorFactory,
    Json,
    article,
    clash,
    posted,
    problem,
    read,
    statement,
    wait_for_all,
)
from tests.server import ServerClient

DAY = "2020-02-12"


@pytest.fixture
def hub(server: ServerClient, new_actor: ActorFactory) -> str:
    """Return an actor with relations of different tension and cooperation to eight others."""
    hub = new_actor()
    events = []
    for number in range(4):
        hostile, friendly = new_actor(), new_actor()
        events += [clash(hub, hostile, f"2020-01-{10 + n}", killed=n * 5) for n in range(number + 1)]
        aid = {"kind": "cooperation", "type": "AID", "source": hub, "target": friendly}
        events += [{**aid, "occurred": f"2020-01-{10 + n}"} for n in range(number + 1)]
    posted(server, *events)
    wait_for_all(server)
    return hub


def _walk(client: httpx.Client, path: str, **parameters: Any) -> list[Json]:
    """Return all items of a list, page by page, as `next` leads."""
    items: list[Json] = []
    cursor = None
    while True:
        page = read(client, path, **parameters, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items
        assert len(page["items"]) == parameters["limit"]


def test_relations_of_one_actor_are_all_and_only_its_own(server: ServerClient, hub: str) -> None:
    items = read(server, "/v1/relations", actor=hub.lower(), as_of=DAY)["items"]

    assert len(items) == 8
    assert all(hub in item["pair"] for item in items)


def test_relations_are_filtered_by_state(server: ServerClient, hub: str) -> None:
    everything = read(server, "/v1/relations", actor=hub, as_of=DAY)["items"]
    states = {item["state"] for item in everything}
    assert len(states) > 2

    for state in states:
        found = read(server, "/v1/relations", actor=hub, as_of=DAY, state=state)["items"]
        assert found == [item for item in everything if item["state"] == state]
    two = sorted(states)[:2]
    both = read(server, "/v1/relations", actor=hub, as_of=DAY, state=two)["items"]
    assert both == [item for item in everything if item["state"] in two]


def test_relations_are_filtered_by_tension(server: ServerClient, hub: str) -> None:
    everything = read(server, "/v1/relations", actor=hub, as_of=DAY)["items"]
    least = sorted(item["tension"] for item in everything)[-2]

    found = read(server, "/v1/relations", actor=hub, as_of=DAY, min_tension=least)["items"]

    assert [item["tension"] for item in found] == sorted((i["tension"] for i in everything), reverse=True)[:2]


@pytest.mark.parametrize("sort", ["tension", "-tension", "cooperation", "-cooperation", "incidents", "-incidents"])
def test_relations_are_sorted(server: ServerClient, hub: str, sort: str) -> None:
    items = read(server, "/v1/relations", actor=hub, as_of=DAY, sort=sort)["items"]
    values = [item[sort.removeprefix("-")] for item in items]

    assert values == sorted(values, reverse=sort.startswith("-"))
    for one, other in pairwise(zip(values, [item["pair"] for item in items], strict=True)):
        assert one[0] != other[0] or one[1] < other[1]


def test_relations_are_sorted_by_pair(server: ServerClient, hub: str) -> None:
    pairs = [item["pair"] for item in read(server, "/v1/relations", actor=hub, as_of=DAY, sort="pair")["items"]]

    assert pairs == sorted(pairs)


@pytest.mark.parametrize("sort", ["-tension", "cooperation", "incidents", "pair"])
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_a_walk_through_pages_gives_each_pair_once_in_the_order_of_the_whole_list(
    server: ServerClient, hub: str, sort: str, limit: int
) -> None:
    whole = read(server, "/v1/relations", as_of=DAY, actor=hub, sort=sort)["items"]

    assert _walk(server, "/v1/relations", as_of=DAY, actor=hub, sort=sort, limit=limit) == whole


@pytest.mark.usefixtures("hub")
def test_every_list_walks_to_its_whole(server: ServerClient) -> None:
    lists: list[tuple[str, Json]] = [
        ("/v1/relations", {"as_of": DAY, "limit": 2}),
        ("/v1/relations/RUS/TUR/incidents", {"as_of": DAY, "limit": 2}),
        ("/v1/agreements", {"as_of": DAY, "limit": 1}),
        ("/v1/actors", {"kind": "organisation", "limit": 40}),
        ("/v1/articles", {"limit": 3}),
    ]
    for path, parameters in lists:
        whole = read(server, path, **{**parameters, "limit": 1000})
        assert whole["next"] is None
        assert _walk(server, path, **parameters) == whole["items"], path


@pytest.mark.usefixtures("hub")
def test_each_relation_in_the_list_is_what_a_read_of_the_pair_gives(server: ServerClient) -> None:
    for item in read(server, "/v1/relations", as_of=DAY, limit=1000)["items"]:
        single = read(server, "/v1/relations/{}/{}".format(*item["pair"]), as_of=DAY)
        for name, value in item.items():
            if isinstance(value, float) or name == "usual":
                assert single[name] == pytest.approx(value, abs=1e-9), (item["pair"], name)
            elif name != "directed":
                assert single[name] == value, (item["pair"], name)


def test_the_link_header_leads_to_the_next_page(server: ServerClient, hub: str) -> None:
    first = server.get("/v1/relations", params={"actor": hub, "as_of": DAY, "limit": 5})
    second = server.get(first.links["next"]["url"])

    assert len(second.json()["items"]) == 3
    assert "link" not in second.headers
    assert f"cursor={first.json()['next']}" in first.links["next"]["url"]


def test_the_link_header_of_a_name_in_another_script_leads_to_the_next_page(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    name = f"Приднестровье & Ко {uuid4().hex[:8]}"
    a, b = new_actor(name), new_actor()
    posted(server, clash(a, b, "2020-01-10"), clash(a, b, "2020-01-11"))
    wait_for_all(server)

    first = server.get(f"/v1/relations/{name}/{b}/incidents", params={"as_of": DAY, "limit": 1})
    second = server.get(first.links["next"]["url"])

    assert [len(page.json()["items"]) for page in (first, second)] == [1, 1]
    assert first.json()["items"] != second.json()["items"]


def test_a_cursor_belongs_to_the_filters_it_was_given_for(server: ServerClient, hub: str) -> None:
    parameters = {"actor": hub, "as_of": DAY, "known_at": "2030-01-01", "state": ["unknown", "hostile", "cordial"]}
    page = read(server, "/v1/relations", **parameters, limit=1)

    others: list[Json] = [
        {"min_tension": 1},
        {"state": ["unknown", "hostile"]},
        {"sort": "tension"},
        {"as_of": "2020-02-13"},
    ]
    for changed in others:
        refused = server.get("/v1/relations", params={**parameters, **changed, "cursor": page["next"]})
        assert problem(refused, 422)["errors"][0]["code"] == "bad-cursor"


def test_articles_are_listed_the_latest_first(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = [posted(server, statement(a, b, f"2020-01-{n + 1:02}"))["id"] for n in range(3)]
    wait_for_all(server)

    items = read(server, "/v1/articles", limit=3)["items"]

    assert [item["id"] for item in items] == sent[::-1]
    assert [item["version"] for item in items] == [2, 2, 2]


@pytest.mark.usefixtures("hub")
def test_the_feed_gives_the_whole_log_in_order(server: ServerClient) -> None:
    last = wait_for_all(server)
    entries: list[Json] = []
    after = 0
    while after < last:
        page = read(server, "/v1/events", after=after, limit=300)
        assert page["last"] == page["items"][-1]["position"]
        entries += page["items"]
        after = page["last"]

    positions = [entry["position"] for entry in entries]
    assert positions == sorted(set(positions))
    assert positions[-1] == last
    assert [entry for entry in entries if entry["position"] == last] == entries[-1:]
    versions: dict[str, list[int]] = {}
    for entry in entries:
        versions.setdefault(entry["aggregate"], []).append(entry["version"])
    for of_one in versions.values():
        assert of_one == list(range(1, len(of_one) + 1))


def test_the_feed_past_its_end_is_empty_and_says_where_to_ask_again(server: ServerClient) -> None:
    last = wait_for_all(server)

    page = read(server, "/v1/events", after=last)

    assert (page["items"], page["last"], page["position"]) == ([], last, last)


def test_the_feed_shows_what_was_posted(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    after = wait_for_all(server)
    sent = article(clash(a, b, killed=7, place="Idlib"))
    server.post("/v1/articles", json=sent, headers={"X-Recorded-By": "desk"})

    posting, report = read(server, "/v1/events", after=after)["items"]

    assert (posting["type"], report["type"]) == ("article-posted", "clash-reported")
    assert posting["data"]["article_id"] == sent["id"]
    assert posting["recorded_by"] == report["recorded_by"] == "desk"
    assert report["data"]["report"]["killed"] == 7
    assert report["data"]["report"]["source"] == [a]


def test_health_says_that_all_is_well(server: ServerClient) -> None:
    last = wait_for_all(server)

    health = read(server, "/health")

    assert (health["status"], health["log_position"]) == ("ok", last)
    assert [(p["lag"], p["parked"]) for p in health["projections"]] == [(0, [])]
    assert read(server, "/health/live") == {"status": "alive"}
    assert read(server, "/health/ready") == {"status": "ready"}
