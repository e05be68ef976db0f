"""Other models, what if, and how sure: asked of a real server."""

import csv
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.support import (
    ActorFactory,
    Json,
    answer,
    clash,
    posted,
    problem,
    read,
    relation,
    statement,
    unique,
    wait_for_all,
)
from tests.server import ServerClient

DAY = "2020-02-12"
PAIR = "/v1/relations/SYR/TUR"
READS = ["/v1/relations", PAIR, f"{PAIR}/tension", f"{PAIR}/incidents"]
MODELS = ["2026.2", "2026.1", "2026.1-clash", "goldstein-mean", "clash-count"]


def _figures(found: Json) -> Json:
    """Return an answer without what names the question or depends on when it was asked."""
    named = ("model", "what_if", "known_at", "position", "next", "summary")
    rest = {name: value for name, value in found.items() if name not in named}
    if "items" in rest:
        rest["items"] = [_figures(item) for item in rest["items"]]
    return rest


# The models


def test_the_models_are_listed_with_their_constants(server: ServerClient) -> None:
    items = read(server, "/v1/models")["items"]

    assert [item["name"] for item in items] == MODELS
    assert [item["is_default"] for item in items] == [item["name"] == "2026.2" for item in items]
    assert [item["family"] for item in items] == [*["pressure"] * 3, "goldstein-mean", "clash-count"]
    assert items[0]["constants"]["half_life_verbal"] == 30
    for item in items:
        assert item["description"]
        assert item["constants"].keys() == item["ranges"].keys()
    assert len(server.get("/v1/models", params={"format": "csv"}).text.splitlines()) == 1 + len(MODELS)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("model", MODELS)
def test_every_read_takes_every_model_on_any_day_with_any_knowledge(
    server: ServerClient, path: str, model: str
) -> None:
    wait_for_all(server)
    now = read(server, path, as_of=DAY, model=model)
    then = read(server, path, as_of=DAY, model=model, known_at="2999-01-01T00:00:00Z")
    before = read(server, path, as_of=DAY, model=model, known_at="2001-01-01")

    assert now["model"] == then["model"] == before["model"] == model
    assert now["what_if"] is None
    for one, other in zip(now.get("items", [now]), then.get("items", [then]), strict=True):
        assert one["tension" if "tension" in one else "contribution"] == pytest.approx(
            other["tension" if "tension" in other else "contribution"], abs=1e-9
        )
    if path == PAIR:
        assert (before["state"], before["tension_interval"], before["incidents"]) == ("unknown", None, 0)


@pytest.mark.usefixtures("new_actor")
@pytest.mark.parametrize("model", MODELS)
def test_each_item_of_the_list_is_what_a_read_of_the_pair_gives(server: ServerClient, model: str) -> None:
    wait_for_all(server)
    for item in read(server, "/v1/relations", as_of=DAY, model=model, limit=20)["items"]:
        a, b = item["pair"]
        single = relation(server, a, b, DAY, model=model)
        for name in ("tension", "cooperation", "effective_incidents"):
            assert single[name] == pytest.approx(item[name], abs=1e-9)
        for name in ("state", "since", "incidents", "publishers"):
            assert single[name] == item[name]
        assert single["tension_interval"] == (item["tension_interval"] and pytest.approx(item["tension_interval"]))


def test_a_mean_lets_cooperation_cancel_conflict_and_a_count_does_not_see_words(server: ServerClient) -> None:
    states = {model: relation(server, "RUS", "TUR", DAY, model=model)["state"] for model in MODELS}

    assert states == {
        "2026.2": "strained_cooperation",
        "2026.1": "strained_cooperation",
        "2026.1-clash": "strained_cooperation",
        "goldstein-mean": "neutral",
        "clash-count": "unknown",
    }


# How sure


def test_more_reports_of_the_same_weight_make_a_tension_surer(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    (a, b), (c, d) = new_actor.pair(), new_actor.pair()
    posted(server, clash(a, b, "2020-01-10"))
    posted(server, *(clash(c, d, f"2020-01-{day}") for day in range(10, 20)))
    wait_for_all(server)

    one, ten = relation(server, a, b, "2020-01-20"), relation(server, c, d, "2020-01-20")

    assert one["effective_incidents"] == 1
    assert 9.9 < ten["effective_incidents"] <= 10
    for found in (one, ten):
        low, high = found["tension_interval"]
        assert low < found["tension"] < high
    assert one["tension_interval"][1] / one["tension"] > ten["tension_interval"][1] / ten["tension"]


def test_nothing_known_has_no_interval_in_any_format(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    wait_for_all(server)

    found = relation(server, a, b)
    text = server.get(f"/v1/relations/{a}/{b}", params={"format": "csv"}).text

    assert (found["state"], found["tension_interval"], found["effective_incidents"]) == ("unknown", None, 0)
    (cells,) = csv.DictReader(text.splitlines())
    assert (cells["tension_low"], cells["tension_high"], cells["state"]) == ("", "", "unknown")


# What if


@pytest.mark.parametrize("path", READS)
def test_every_read_supposes_and_says_so(server: ServerClient, path: str) -> None:
    wait_for_all(server)
    supposed = ["half_life_material:9", "without_publisher:Test Wire", "spillover:0.0"]
    plain = read(server, path, as_of=DAY)
    other = read(server, path, as_of=DAY, what_if=supposed)

    assert other["what_if"] == [supposed[0], supposed[2], supposed[1]]
    assert other["model"] == "2026.2"
    assert _figures(other) != _figures(plain)
    assert read(server, path, as_of=DAY) == plain


@pytest.mark.parametrize("path", READS)
def test_supposing_what_is_so_changes_no_figure(server: ServerClient, path: str) -> None:
    wait_for_all(server)
    constants = read(server, "/v1/models")["items"][0]["constants"]

    found = read(server, path, as_of=DAY, what_if=[f"{name}:{value}" for name, value in constants.items()])

    assert len(found["what_if"]) == len(constants)
    assert _figures(found) == _figures(read(server, path, as_of=DAY))


@pytest.mark.parametrize("path", READS)
def test_what_is_supposed_is_never_taken_for_what_is(server: ServerClient, path: str) -> None:
    """Twice each, so that the second comes from the answers kept; and two in one value, which is neither."""
    wait_for_all(server)
    questions: list[Json] = [
        {},
        {"model": "goldstein-mean"},
        {"what_if": "prior:20"},
        {"what_if": "prior:20.5"},
        {"what_if": ["prior:20", "damping:1"]},
        {"what_if": "without_publisher:Reuters"},
        {"what_if": "without_article:idlib-2020-02-11"},
    ]

    first = [server.get(path, params={"as_of": DAY, **question}) for question in questions]
    again = [server.get(path, params={"as_of": DAY, **question}) for question in questions]

    assert len({response.headers["etag"] for response in first}) == len(questions)
    assert [response.content for response in again] == [response.content for response in first]
    assert [answer(response)["what_if"] for response in first[:3]] == [None, None, ["prior:20.0"]]
    for question, other in zip(questions, [*first[1:], first[0]], strict=True):
        asked = server.get(
            path, params={"as_of": DAY, **question}, headers={"If-None-Match": other.headers["etag"]}
        )
        assert asked.status_code == 200
    problem(server.get(f"{path}?as_of={DAY}&what_if={quote('prior:20&what_if=damping:1', safe='')}"), 422)


def test_an_article_left_out_is_as_if_it_had_not_been_posted(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    client = new_actor()
    posted(server, clash(a, b, "2020-01-10", killed=5), publisher=unique("first"))
    wait_for_all(server)
    before = relation(server, a, b) | {"summary": None}  # which says what is supposed
    sent = posted(
        server,
        clash(a, b, "2020-01-10", killed=50),
        statement(b, a, "2020-01-12", type="THREATEN"),
        {"kind": "alignment", "source": a, "target": client, "occurred": "2019-01-01"},
        {"kind": "agreement", "agreement": unique("deal"), "parties": [a, b], "occurred": "2019-05-05"},
        clash(client, b, "2020-01-15"),
        publisher=f"Zweite Ännlich {a}",
    )

    after = relation(server, a, b, min_position=sent["position"])
    without: list[str] = [f"without_article:{sent['id']}", f"without_publisher:zweite annlich {a}"]
    for supposed in without:
        found = relation(server, a, b, what_if=supposed) | {"summary": None}
        listed = read(server, "/v1/relations", as_of="2020-02-01", actor=a, what_if=supposed)["items"]
        incidents = read(server, f"/v1/relations/{a}/{b}/incidents", as_of="2020-02-01", what_if=supposed)["items"]
        assert {**found, "what_if": None} == {
            **before,
            "tension": pytest.approx(before["tension"]),
        } | {name: pytest.approx(value) for name, value in before.items() if isinstance(value, float)} | {
            "directed": found["directed"],
            "tension_interval": pytest.approx(before["tension_interval"]),
        }
        assert [item["pair"] for item in listed] == [[a, b]]
        assert [(item["killed"], item["publishers"], len(item["reported_by"])) for item in incidents] == [
            (5, 1, 1)
        ]
    assert after["tension"] > before["tension"]
    assert after["agreements_in_force"] != before["agreements_in_force"] == []
    named = relation(server, a, b, what_if=without[1])["what_if"]
    assert named == [f"without_publisher:Zweite Ännlich {a}"]


def test_what_was_just_posted_can_be_left_out(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash(a, b))

    supposed = f"without_article:{sent['id']}"
    found = relation(server, a, b, what_if=supposed, min_position=sent["position"])

    assert (found["state"], found["incidents"]) == ("unknown", 0)


def test_a_publisher_that_an_article_has_lost_can_still_be_left_out_of_what_was_known(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    name = unique("Old Name")
    sent = posted(server, clash(a, b), publisher=name)
    known_at = read(server, f"/v1/relations/{a}/{b}", min_position=sent["position"])["known_at"]
    revision = {"publisher": unique("New Name"), "published": "2020-01-20", "events": [clash(a, b)]}
    revised = answer(server.put(f"/v1/articles/{sent['id']}", json=revision))

    supposed: dict[str, Any] = {"what_if": f"without_publisher:{name}", "min_position": revised["position"]}
    assert relation(server, a, b, known_at=known_at)["incidents"] == 1
    assert relation(server, a, b, known_at=known_at, **supposed)["incidents"] == 0
    assert relation(server, a, b, **supposed)["incidents"] == 1


def test_a_cursor_belongs_to_the_model_and_to_what_is_supposed(server: ServerClient) -> None:
    wait_for_all(server)
    for path in ("/v1/relations", f"{PAIR}/incidents"):
        asked: Json = {"as_of": DAY, "known_at": "2999-01-01", "limit": 1}
        cursor = read(server, path, **asked, what_if="prior:20")["next"]
        assert read(server, path, **asked, what_if="prior:20", cursor=cursor)["items"]
        others: list[Json] = [{}, {"what_if": "prior:21"}, {"what_if": "prior:20", "model": "clash-count"}]
        for other in others:
            refused = server.get(path, params={**asked, **other, "cursor": cursor})
            assert problem(refused, 422)["errors"][0]["code"] == "bad-cursor"


def test_constants_of_a_reference_model_are_supposed_by_their_own_names(server: ServerClient) -> None:
    found = relation(server, "SYR", "TUR", DAY, model="clash-count", what_if="clash_window:1")
    assert (found["tension"], found["state"], found["what_if"]) == (0, "unknown", ["clash_window:1"])

    refused = server.get(PAIR, params={"model": "clash-count", "what_if": "half_life_verbal:60"})
    assert "prior" in problem(refused, 422)["errors"][0]["detail"]


CONSTANTS = [
    "half_life_verbal:0",
    "half_life_verbal:-30",
    "half_life_verbal:nan",
    "half_life_verbal:inf",
    "half_life_verbal:30.5",
    "half_life_verbal:1e3",
    "half_life_verbal:3651",
    "half_life_material:" + "9" * 200,
    "half_life_material:٣٠",
    "half_life_material:3_0",
    "doubt:1",
    "doubt:-0.1",
    "wounded_share:2",
    "magnitude_cap:0",
    "prior:0",
    "prior:-1",
    "prior:nan",
    "prior:NaN",
    "prior:inf",
    "prior:-inf",
    "prior:1e999",
    "prior:1e99",
    "prior:ten",
    "prior:0x10",
    "prior:",
    "prior: ",
    "prior",
    "damping:-1",
    "damping:1e6",
    "spillover:1.01",
    "spillover:-0.3",
    "unknown_below:0",
    "high:101",
    "high:20",
    "elevated:60",
    "hysteresis:25",
    "hysteresis:-1",
    "clash_window:0",
    "clash_window:1.5",
    "clashes_for_conflict:0",
]
OTHERS = [
    "",
    ":",
    ":60",
    "60",
    "halflife:60",
    "name:other",
    "model:clash-count",
    "half_life:60",
    "HALF_LIFE_VERBAL:60",
    "half_life_verbal=60",
    "__class__:1",
    "without_publisher",
    "without_publisher:",
    "without_publisher:!!!",
    "without_publisher:Nobody's Gazette",
    "without_publisher:a\u0000b",
    "without_article:",
    "without_article:no-such-article",
    "without_article:%",
    "without_article:a\u0000b",
    "without_article:IDLIB-2020-02-11",
    "without_actor:RUS",
    "x" * 301,
]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("supposed", [*CONSTANTS, *OTHERS], ids=lambda text: repr(text)[:40])
def test_what_cannot_be_supposed_is_refused(server: ServerClient, path: str, supposed: str) -> None:
    errors = problem(server.get(path, params={"what_if": supposed}), 422)["errors"]

    assert [error["parameter"] for error in errors] == ["what_if"]
    assert errors[0]["detail"]


@pytest.mark.parametrize(
    ("supposed", "detail"),
    [
        ("half_life_verbal:0", "a whole number from 1 to 3650"),
        ("spillover:2", "a number from 0 to 1"),
        ("elevated:60", "at most high, which is 50.0"),
        ("hysteresis:25", "below elevated, which is 25.0"),
        ("prior", "write prior:10.0"),
        ("without_article:", "write without_article:idlib-2020-02-11"),
        ("halflife:3", "half_life_verbal, half_life_material"),
    ],
)
def test_a_refusal_says_what_would_be_right(server: ServerClient, supposed: str, detail: str) -> None:
    assert detail in problem(server.get(PAIR, params={"what_if": supposed}), 422)["detail"]


@pytest.mark.parametrize(
    ("supposed", "code", "candidate"),
    [
        ("half_life_verba:60", "unknown-constant", "half_life_verbal"),
        ("without_publisher:Reuter", "unknown-publisher", "Reuters"),
        ("without_article:idlib-2020", "unknown-article", "idlib-2020-02-11"),
    ],
)
def test_a_name_that_is_not_known_is_refused_with_what_was_meant(
    server: ServerClient, supposed: str, code: str, candidate: str
) -> None:
    (error,) = problem(server.get(PAIR, params={"what_if": supposed}), 422)["errors"]

    assert error["code"] == code
    assert candidate in error["candidates"]


def test_a_constant_is_supposed_once_and_not_too_much_is_supposed(server: ServerClient) -> None:
    twice = problem(server.get(PAIR, params={"what_if": ["prior:5", "damping:1", "prior:5"]}), 422)
    many = problem(server.get(PAIR, params={"what_if": ["without_publisher:Reuters"] * 21}), 422)

    assert "prior is given 2 times" in twice["detail"]
    assert "at most 20" in many["detail"]
    assert twice["errors"][0]["parameter"] == many["errors"][0]["parameter"] == "what_if"


def test_reads_that_have_no_score_suppose_nothing(server: ServerClient) -> None:
    for path in ("/v1/agreements", "/v1/actors", "/v1/articles", "/v1/models"):
        refused = server.get(path, params={"what_if": "prior:20"})
        assert problem(refused, 422)["errors"][0]["code"] == "unknown-parameter"
