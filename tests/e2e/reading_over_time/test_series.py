"""Series of many pairs at once: each row is what the pair's own series has."""

import csv
import io
import json
from typing import Any

import pytest

from tests.e2e.support import ActorFactory, Json, clash, problem, read, recorded, statement, wait_for_all
from tests.server import ServerClient

PAIRS = ("SYR,TUR", "Moscow,Ankara", "FJI,ISL", "NATO,SYR")
CODES = (("SYR", "TUR"), ("RUS", "TUR"), ("FJI", "ISL"), ("NATO", "SYR"))
POINT = ("day", "tension", "cooperation", "conflict_pressure", "peak")
WITH_A_STATE = ("state", "ceasefire", "trend", "usual_weeks", "last_clash", "last_clash_day", "quiet_days")
USUAL = ("usual_percentile", "usual_ratio", "usual_new_percentile", "usual_new_ratio")
NUMBERS = ("trend_change", "new_pressure", *USUAL)


@pytest.mark.parametrize(
    "asked",
    [
        {"from_": "2020-01-01", "to": "2020-03-31", "interval": "week"},
        {"as_of": "2020-02-20", "interval": "month"},
        {"from_": "2020-02-01", "as_of": "2020-02-20", "known_at": "2999-01-01", "model": "2026.1-clash"},
        {"to": "2020-02-12", "from_": "2020-02-10", "published_by": "2020-02-10"},
        {"to": "2020-03-12", "from_": "2020-03-10", "what_if": ["half_life_verbal:60", "spillover:0.5"]},
        {"as_of": "1999-01-01"},
    ],
)
def test_each_series_is_the_pairs_own(server: ServerClient, asked: Json) -> None:
    got = read(server, "/v1/series", pair=PAIRS, **asked)

    assert [tuple(entry["pair"]) for entry in got["items"]] == list(CODES)
    for (a, b), entry in zip(CODES, got["items"], strict=True):
        alone = read(server, f"/v1/relations/{a}/{b}/tension", **asked)
        assert entry == {
            name: alone[name] for name in ("pair", "interval", "first_day", "complete", "empty_because", "items")
        }
        assert {name: got[name] for name in ("model", "what_if", "known_at", "published_by")} == {
            name: alone[name] for name in ("model", "what_if", "known_at", "published_by")
        }


def test_rows_have_their_pair(sqlite_server: ServerClient) -> None:
    asked: Json = {"pair": PAIRS, "from": "2020-01-01", "to": "2020-02-29", "interval": "month"}
    entries = sqlite_server.get("/v1/series", params=asked).json()["items"]
    expected = [{"pair": entry["pair"], **point} for entry in entries for point in entry["items"]]

    lines = sqlite_server.get("/v1/series", params={**asked, "format": "ndjson"}).text.splitlines()
    table = csv.DictReader(io.StringIO(sqlite_server.get("/v1/series", params={**asked, "format": "csv"}).text))

    assert [json.loads(line) for line in lines] == expected
    assert [(row["a"], row["b"], *(row[name] for name in POINT)) for row in table] == [
        (*row["pair"], *(str(row[name]) for name in POINT)) for row in expected
    ]


def test_what_goes_with_a_state_is_in_the_columns_of_relations_lists_and_series(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    deal = {"kind": "agreement", "agreement": f"{a}-deal", "purpose": "ceasefire", "parties": [a, b]}
    events = [
        statement(a, b, "2019-06-01"),
        {**deal, "development": "reached", "occurred": "2020-03-05"},
        clash(a, b, "2020-03-07"),
        {**deal, "development": "reaffirmed", "occurred": "2020-03-09"},
    ]
    recorded(server, *events, published="2020-03-20")
    wait_for_all(server)
    asked = {"from": "2020-03-04", "to": "2020-03-20"}

    def rows(path: str, **parameters: Any) -> dict[str, dict[str, str]]:
        text = server.get(path, params={**parameters, "format": "csv"}).text
        return {row.get("day") or row["as_of"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}

    alone = rows(f"/v1/relations/{a}/{b}/tension", **asked)
    several = rows("/v1/series", pair=f"{a},{b}", **asked)
    assert list(alone) == list(several)
    seen = set()
    for day in ("2020-03-04", "2020-03-06", "2020-03-08", "2020-03-20"):
        (relation,) = rows(f"/v1/relations/{a}/{b}", as_of=day).values()
        (listed,) = rows("/v1/relations", actor=a, as_of=day).values()
        for other in (listed, alone[day], several[day]):
            assert [other[name] for name in WITH_A_STATE] == [relation[name] for name in WITH_A_STATE]
            numbers = [[float(row[name] or -1) for name in NUMBERS] for row in (other, relation)]
            assert numbers[0] == pytest.approx(numbers[1])
        ceasefires = read(server, f"/v1/relations/{a}/{b}", as_of=day)["ceasefire"] or []
        assert relation["ceasefire"] == ";".join(each["agreement"] for each in ceasefires)
        seen |= {(each["status"], each["clashes"]) for each in ceasefires}
    assert seen == {("in_force", 0), ("violated", 1)}
    (ledger,) = read(server, "/v1/agreements", actor=a, as_of="2020-03-20")["items"]
    assert (ledger["status"], ledger["status_since"], ledger["since"]) == ("in_force", "2020-03-09", "2020-03-05")
    under = read(server, f"/v1/agreements/{a}-deal", as_of="2020-03-20", model="2026.1")
    assert (under["model"], under["as_of"], under["status_since"]) == ("2026.1", "2020-03-20", "2020-03-09")


def test_without_points_there_is_a_header(sqlite_server: ServerClient) -> None:
    asked = {"pair": "SYR,TUR", "as_of": "1999-01-01", "format": "csv"}
    assert sqlite_server.get("/v1/series", params=asked).text.startswith("a,b,day,tension,")


def test_a_pair_comes_once_whatever_its_order_and_names(sqlite_server: ServerClient) -> None:
    pairs = ["TUR,SYR", "SYR,TUR", "damascus,t\u00fcrkiye", "TUR , RUS"]
    got = read(sqlite_server, "/v1/series", pair=pairs, from_="2020-02-01", to="2020-02-02")
    assert [entry["pair"] for entry in got["items"]] == [["SYR", "TUR"], ["RUS", "TUR"]]


@pytest.mark.parametrize("text", ["Korea, Republic of,TUR", "TUR,Korea, Republic of"])
def test_a_name_with_a_comma_is_a_name(sqlite_server: ServerClient, text: str) -> None:
    got = read(sqlite_server, "/v1/series", pair=text, from_="2020-02-01", to="2020-02-02")
    assert got["items"][0]["pair"] == ["KOR", "TUR"]


@pytest.mark.parametrize(
    ("asked", "parameter", "code"),
    [
        ({}, "pair", "missing"),
        ({"pair": ""}, "pair", "invalid-parameter"),
        ({"pair": "SYR"}, "pair", "invalid-parameter"),
        ({"pair": ["SYR,TUR", "SYR"]}, "pair", "invalid-parameter"),
        ({"pair": "SYR,TUR,RUS"}, "pair", "invalid-parameter"),
        ({"pair": "SYR,Nobodystan"}, "pair", "unknown-actor"),
        ({"pair": "SYR,"}, "pair", "unknown-actor"),
        ({"pair": "SYR,Damascus"}, "pair", "equal-actors"),
        ({"pair": "x" * 402}, "pair", "invalid-parameter"),
        ({"pair": ["SYR,TUR"] * 101}, "pair", "too-many-pairs"),
        ({"pair": "SYR,TUR", "from": "2020-02-02", "to": "2020-02-01"}, "from", "invalid-parameter"),
        ({"pair": "SYR,TUR", "from": "0001-01-01"}, "from", "too-many-points"),
        ({"pair": PAIRS, "from": "1980-01-01", "to": "2019-12-31"}, "from", "too-many-points"),
        ({"pair": "SYR,TUR", "interval": "year"}, "interval", None),
        ({"pair": "SYR,TUR", "limit": "1"}, "limit", "unknown-parameter"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    sqlite_server: ServerClient, asked: Json, parameter: str, code: str | None
) -> None:
    (error,) = problem(sqlite_server.get("/v1/series", params=asked), 422)["errors"]
    assert error["parameter"] == parameter
    assert code in (None, error["code"])
