"""The article of February 2020 on Idlib: what an analyst reads off it the day after."""

import pytest

from tests.e2e.support import Json, read
from tests.server import ServerClient

DAY = "2020-02-12"


def _incidents(server: ServerClient, a: str, b: str) -> Json:
    return read(server, f"/v1/relations/{a}/{b}/incidents", as_of=DAY, limit=1000)


def test_syria_and_turkey_are_in_open_conflict(server: ServerClient) -> None:
    found = read(server, "/v1/relations/SYR/TUR", as_of=DAY)

    assert found["pair"] == ["SYR", "TUR"]
    assert found["state"] == "open_conflict"
    assert found["tension"] >= 50
    pressures = {direction: side["conflict_pressure"] for direction, side in found["directed"].items()}
    assert pressures["SYR>TUR"] > pressures["TUR>SYR"] > 0


def test_russia_and_turkey_cooperate_under_strain(server: ServerClient) -> None:
    found = read(server, "/v1/relations/RUS/TUR", as_of=DAY)

    assert found["state"] == "strained_cooperation"
    assert found["tension"] >= 25
    assert found["cooperation"] >= 25
    assert found["as_of"] == DAY
    assert found["since"] <= DAY


def test_most_of_the_tension_between_russia_and_turkey_comes_by_way_of_syria(server: ServerClient) -> None:
    found = _incidents(server, "RUS", "TUR")

    by_syria = [item for item in found["items"] if item["via"] == "SYR"]
    assert {item["patron"] for item in by_syria} == {"RUS"}
    assert {item["source"] for item in by_syria} | {item["target"] for item in by_syria} == {"SYR", "TUR"}
    assert sum(item["contribution"] for item in by_syria) > found["tension"] / 2


@pytest.mark.parametrize(("a", "b"), [("RUS", "TUR"), ("SYR", "TUR"), ("RUS", "SYR-REB"), ("SYR", "SYR-REB")])
def test_contributions_add_up_to_tension_and_cooperation(server: ServerClient, a: str, b: str) -> None:
    found = _incidents(server, a, b)
    standing = read(server, f"/v1/relations/{a}/{b}", as_of=DAY)

    hostile = sum(item["contribution"] for item in found["items"] if item["weight"] < 0)
    friendly = sum(item["contribution"] for item in found["items"] if item["weight"] >= 0)
    assert hostile == pytest.approx(found["tension"], abs=1e-9)
    assert friendly == pytest.approx(found["cooperation"], abs=1e-9)
    assert found["tension"] == pytest.approx(standing["tension"], abs=1e-9)
    assert found["cooperation"] == pytest.approx(standing["cooperation"], abs=1e-9)


def test_both_agreements_are_listed(server: ServerClient) -> None:
    agreements = {item["id"]: item for item in read(server, "/v1/agreements", as_of=DAY)["items"]}
    zone, withdrawal = agreements["idlib-dmz-2018"], agreements["ypg-withdrawal-2019"]

    assert zone["parties"] == withdrawal["parties"] == ["RUS", "TUR"]
    assert zone["status"] == withdrawal["status"] == "in_force"
    assert (zone["since"], withdrawal["since"]) == ("2018", "2019-10")
    first = zone["developments"][0]
    assert (first["development"], first["occurred"], first["article"]["publisher"]) == (
        "reached",
        "2018",
        "Reuters",
    )


def test_both_deals_are_in_force_between_russia_and_turkey(server: ServerClient) -> None:
    in_force = read(server, "/v1/relations/RUS/TUR", as_of=DAY)["agreements_in_force"]

    assert {"idlib-dmz-2018", "ypg-withdrawal-2019"} <= set(in_force)


def test_an_agreement_is_not_listed_before_it_was_reached(server: ServerClient) -> None:
    agreements = {item["id"] for item in read(server, "/v1/agreements", as_of="2019-01-01")["items"]}

    assert "idlib-dmz-2018" in agreements
    assert "ypg-withdrawal-2019" not in agreements


def test_the_shelling_is_part_of_the_week_and_adds_no_dead(server: ServerClient) -> None:
    items = _incidents(server, "SYR", "TUR")["items"]

    (week,) = (i for i in items if (i["source"], i["target"], i["type"]) == ("SYR", "TUR", "ASSAULT"))
    assert week["killed"] == 13
    assert week["reports"] == 2
    assert week["publishers"] == 1
    assert [reporting["event"]["ref"] for reporting in week["reported_by"]] == ["I05", "I13"]


def test_every_incident_says_which_article_reports_it_in_which_words(server: ServerClient) -> None:
    for item in _incidents(server, "RUS", "TUR")["items"]:
        assert len(item["reported_by"]) == item["reports"]
        for reporting in item["reported_by"]:
            assert reporting["article"]["id"] == "idlib-2020-02-11"
            assert reporting["event"]["summary"]


def test_the_directions_of_a_pair_hold_its_own_pressure_without_what_spills_over(server: ServerClient) -> None:
    found = read(server, "/v1/relations/SYR/TUR", as_of=DAY)

    directed = sum(side["conflict_pressure"] for side in found["directed"].values())
    assert directed + found["spillover_pressure"] == pytest.approx(found["conflict_pressure"], abs=1e-9)
