"""Why tension moved, and the episodes of a relation: what an analyst reads off them."""

import csv
import io
from itertools import pairwise
from math import fsum
from typing import Any

import pytest

from tests.e2e.support import ActorFactory, Json, answer, clash, posted, problem, read, statement, unique
from tests.server import ServerClient

PAIRS = [("RUS", "TUR"), ("SYR", "TUR"), ("RUS", "SYR-REB"), ("SYR", "SYR-REB")]
FIGURES = ("tension", "cooperation", "conflict_pressure", "cooperation_pressure", "spillover_pressure")


def _explanation(server: ServerClient, a: str, b: str, **parameters: Any) -> Json:
    return read(server, f"/v1/relations/{a}/{b}/explanation", **parameters)


def _episodes(server: ServerClient, a: str, b: str, **parameters: Any) -> Json:
    return read(server, f"/v1/relations/{a}/{b}/episodes", **parameters)


def _parts(found: Json) -> dict[str, Json]:
    return {part["part"] if part["via"] is None else part["via"]: part for part in found["items"]}


# The article on Idlib


@pytest.mark.parametrize(("a", "b"), PAIRS)
@pytest.mark.parametrize(
    ("first", "last"), [("2020-02-03", "2020-02-12"), ("2020-02-12", "2020-06-30"), ("2018-01-01", "2020-02-06")]
)
def test_the_parts_add_up_to_the_change_of_tension(
    server: ServerClient, a: str, b: str, first: str, last: str
) -> None:
    found = _explanation(server, a, b, from_=first, to=last, limit=1000)

    for side, day in (("before", first), ("after", last)):
        standing = read(server, f"/v1/relations/{a}/{b}", as_of=day)
        assert found[side]["day"] == day
        assert [found[side][f] for f in FIGURES] == pytest.approx([standing[f] for f in FIGURES], abs=1e-9)
    change = found["after"]["tension"] - found["before"]["tension"]
    assert found["change"] == pytest.approx(change, abs=1e-9)
    assert fsum(part["change"] for part in found["items"]) == pytest.approx(change, abs=1e-9)
    for part in found["items"]:
        assert fsum(i["change"] for i in part["incidents"]) == pytest.approx(part["change"], abs=1e-9)
        assert len(part["incidents"]) == part["incident_count"]
        sizes = [abs(incident["change"]) for incident in part["incidents"]]
        assert sizes == sorted(sizes, reverse=True)


def test_russia_and_turkey_drifted_apart_by_way_of_syria(server: ServerClient) -> None:
    found = _explanation(server, "Ankara", "Kremlin", from_="2020-02-02", to="2020-02-12")

    assert found["sentence"] == (
        "Tension between Russia and Turkey rose by 31.0 points to 42.3 between 2 and 12 February 2020, because of "
        "spill-over by way of Syria (+22.6), 1 new incident (+6.7) and spill-over by way of Syrian rebels (+1.8)."
    )
    parts = _parts(found)
    syria = parts["SYR"]
    assert (syria["part"], syria["patron"], syria["incident_count"]) == ("spillover", "RUS", 3)
    assert [tie["event"]["kind"] for tie in syria["tie_reported_by"]] == ["alignment"]
    shelling = syria["incidents"][0]
    assert (shelling["id"], shelling["cause"]) == ("SYR>TUR:ASSAULT:2020-02-03", "new")
    assert shelling["weight_before"] == 0 > shelling["weight_after"]
    assert [reported["event"]["killed"] for reported in shelling["reported_by"]] == [13, 8]
    assert "cooperation" not in parts
    assert parts["new"]["tie_reported_by"] == []


def test_without_days_the_last_thirty_until_as_of_are_explained(server: ServerClient) -> None:
    found = _explanation(server, "RUS", "TUR", as_of="2020-02-12")

    assert (found["before"]["day"], found["after"]["day"]) == ("2020-01-13", "2020-02-12")
    assert found["before"]["known_at"] == found["after"]["known_at"] is not None
    assert found["sentence"].startswith(
        "Tension between Russia and Turkey rose from unknown by 42.3 points to 42.3"
    )
    today = _explanation(server, "RUS", "TUR")
    assert [part["part"] for part in today["items"] if part["part"] in ("new", "corrected", "model")] == []


def test_months_without_news_are_explained_by_decay_alone(server: ServerClient) -> None:
    found = _explanation(server, "SYR", "TUR", from_="2020-03-01", to="2020-05-01")

    causes = {incident["cause"] for part in found["items"] for incident in part["incidents"]}
    assert causes == {"decay"}
    assert set(_parts(found)) == {"decay", "SYR-REB"}
    assert "Syria and Turkey fell by" in found["sentence"]
    assert "because of decay (-" in found["sentence"]


def test_a_limit_cuts_the_incidents_and_not_the_totals(server: ServerClient) -> None:
    stretch = {"from_": "2020-02-03", "to": "2020-02-12"}
    whole, cut = (_explanation(server, "RUS", "TUR", limit=limit, **stretch) for limit in (1000, 1))

    for part, one in zip(whole["items"], cut["items"], strict=True):
        assert one["incidents"] == part["incidents"][:1]
        assert (one["change"], one["incident_count"]) == (part["change"], part["incident_count"])
    assert whole["sentence"] == cut["sentence"]


def test_a_pair_nobody_wrote_about_is_said_to_be_unknown(server: ServerClient, new_actor: ActorFactory) -> None:
    found = _explanation(server, *new_actor.pair(), as_of="2020-02-12")

    assert (found["items"], found["change"]) == ([], 0)
    assert found["sentence"].startswith("Nobody had written lately of ")


def test_an_explanation_as_csv_has_a_row_a_part(server: ServerClient) -> None:
    asked = {"from": "2020-02-03", "to": "2020-02-12"}
    path = "/v1/relations/RUS/TUR/explanation"
    parts = read(server, path, **asked)["items"]

    rows = list(csv.DictReader(io.StringIO(server.get(path, params={**asked, "format": "csv"}).text)))

    assert [(r["part"], r["via"], float(r["change"])) for r in rows] == [
        (part["part"], part["via"] or "", part["change"]) for part in parts
    ]


# What a correction changed


def test_what_became_known_between_two_instants_is_told_apart(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    shown = unique("shown")
    posted(
        server,
        clash(a, b, "2020-01-05", killed=20),
        clash(a, b, "2020-01-06"),
        clash(a, b, "2020-01-07"),
        id=shown,
    )
    noted = _known_at(server, a, b)
    corrected = {"event": clash(a, b, "2020-01-05", killed=2), "reason": "miscounted"}
    answer(server.put(f"/v1/articles/{shown}/events/1", json=corrected))
    answer(server.delete(f"/v1/articles/{shown}/events/2"))
    late = posted(server, clash(b, a, "2020-01-08"), clash(a, b, "2020-01-07"), publisher="Another Wire")

    found = _explanation(server, a, b, to="2020-01-10", known_from=noted, min_position=late["position"])

    assert (found["before"]["day"], found["after"]["day"]) == ("2020-01-10", "2020-01-10")
    assert found["before"]["known_at"] == noted
    parts = _parts(found)
    assert set(parts) == {"corrected", "retracted", "newly_known"}
    fewer_dead, confirmed = sorted(parts["corrected"]["incidents"], key=lambda incident: str(incident["day"]))
    assert (fewer_dead["change"] < 0, fewer_dead["killed"]) == (True, 2)
    assert [reported["event"]["killed"] for reported in fewer_dead["reported_by"]] == [2]
    assert [reported["event"]["killed"] for reported in fewer_dead["reported_before"]] == [20]
    assert (confirmed["change"] > 0, confirmed["publishers"], len(confirmed["reported_before"])) == (True, 2, 1)
    (gone,) = parts["retracted"]["incidents"]
    assert (gone["day"], gone["weight_after"]) == ("2020-01-06", 0)
    assert [reported["article"]["id"] for reported in gone["reported_by"]] == [shown]
    (learnt,) = parts["newly_known"]["incidents"]
    assert (learnt["source"], learnt["day"], learnt["reported_before"]) == (b, "2020-01-08", [])
    assert "on 10 January 2020 is" in found["sentence"]
    assert "1 retracted incident (-" in found["sentence"]
    assert fsum(part["change"] for part in found["items"]) == pytest.approx(found["change"], abs=1e-9)


def _known_at(server: ServerClient, a: str, b: str) -> str:
    """Return the instant of the newest event that a relation knows of, once all is folded."""
    position = read(server, "/v1/events", limit=1)["position"]
    return str(read(server, f"/v1/relations/{a}/{b}", min_position=position)["known_at"])


def test_a_correction_and_the_days_are_explained_together_the_correction_first(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    first = posted(server, clash(a, b, "2020-01-05"))
    noted = _known_at(server, a, b)
    second = posted(server, clash(a, b, "2020-01-05"), clash(a, b, "2020-01-12"), publisher="Another Wire")
    position = second["position"]
    assert first["position"] < position

    found = _explanation(
        server, a, b, from_="2020-01-08", to="2020-01-15", known_from=noted, min_position=position
    )

    assert set(_parts(found)) == {"corrected", "new", "decay"}
    known_then = read(server, f"/v1/relations/{a}/{b}", as_of="2020-01-08", known_at=noted)
    known_now = read(server, f"/v1/relations/{a}/{b}", as_of="2020-01-08")
    corrected = known_now["tension"] - known_then["tension"]
    assert _parts(found)["corrected"]["change"] == pytest.approx(corrected, abs=1e-9)


def test_known_at_is_the_knowledge_of_both_sides(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    posted(server, clash(a, b, "2020-01-05"))
    noted = _known_at(server, a, b)
    later = posted(server, clash(a, b, "2020-01-06"))
    stretch = {"from_": "2020-01-01", "to": "2020-01-10", "min_position": later["position"]}

    then, now = _explanation(server, a, b, known_at=noted, **stretch), _explanation(server, a, b, **stretch)

    assert [_parts(found)["new"]["incident_count"] for found in (then, now)] == [1, 2]
    assert then["before"]["known_at"] == then["after"]["known_at"] == noted


# What is refused


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"from": "2020-02-12", "to": "2020-02-11"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"to": "2020-2-1"}, "to"),
        ({"known_from": "once"}, "known_from"),
        ({"known_to": "now"}, "known_to"),
        ({"known_from": "2026-01-02", "known_to": "2026-01-01"}, "known_from"),
        ({"known_to": "2020-01-01"}, "known_from"),
        ({"known_at": "2020-01-01", "known_from": "2021-01-01"}, "known_from"),
        ({"model": "other"}, "model"),
        ({"model_from": "other"}, "model_from"),
        ({"model_to": "other"}, "model_to"),
        ({"limit": "0"}, "limit"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_what_cannot_be_explained_is_refused(server: ServerClient, parameters: dict[str, str], named: str) -> None:
    refused = problem(server.get("/v1/relations/RUS/TUR/explanation", params=parameters), 422)

    assert [error["parameter"] for error in refused["errors"]] == [named]


# Episodes


def test_the_episodes_of_russia_and_turkey(server: ServerClient) -> None:
    found = _episodes(server, "RUS", "TUR", as_of="2020-03-31")

    latest, strained, before, *_ = found["items"]
    assert (latest["state"], latest["first"], latest["last"]) == ("strained", "2020-03-18", None)
    assert (latest["days"], latest["because"], latest["peak_day"]) == (14, ["decay"], "2020-03-18")
    assert (strained["state"], strained["first"], strained["last"]) == (
        "strained_cooperation",
        "2020-02-06",
        "2020-03-17",
    )
    assert strained["because"] == ["incidents"]
    assert {incident["day"] for incident in strained["began_with"]} == {"2020-02-06"}
    assert strained["began_with"][0]["via"] is None
    assert (before["state"], before["first"], before["last"]) == ("strained", "2020-02-04", "2020-02-05")
    assert all(later["first"] > earlier["last"] for later, earlier in pairwise(found["items"]))


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_episodes_agree_with_the_reads_of_single_days(server: ServerClient, a: str, b: str) -> None:
    for episode in _episodes(server, a, b, as_of="2020-06-30")["items"]:
        for day in (episode["first"], episode["last"] or "2020-06-30", episode["peak_day"]):
            single = read(server, f"/v1/relations/{a}/{b}", as_of=day)
            assert (single["state"], single["since"]) == (episode["state"], episode["first"])
        assert single["tension"] == pytest.approx(episode["peak"], abs=1e-9)
        listed = read(server, f"/v1/relations/{a}/{b}/incidents", as_of=episode["first"], limit=1000)["items"]
        contributions = {incident["id"]: incident["contribution"] for incident in listed}
        for incident in episode["began_with"]:
            assert incident["contribution"] == pytest.approx(contributions[incident["id"]], abs=1e-9)


def test_nothing_after_as_of_is_told(server: ServerClient) -> None:
    whole = _episodes(server, "RUS", "TUR", as_of="2020-12-31")["items"]
    cut = _episodes(server, "RUS", "TUR", as_of="2020-02-05")["items"]

    assert cut[0]["last"] is None
    assert [e["first"] for e in cut] == [e["first"] for e in whole if e["first"] <= "2020-02-05"]
    assert _episodes(server, "RUS", "TUR", as_of="2010-01-01")["items"] == []


def test_episodes_come_page_by_page(server: ServerClient) -> None:
    whole = _episodes(server, "RUS", "TUR", as_of="2020-12-31")["items"]

    pages: list[list[Json]] = []
    cursor = None
    while cursor is not None or not pages:
        asked: Json = {"cursor": cursor} if cursor else {}
        page = _episodes(server, "RUS", "TUR", as_of="2020-12-31", limit=2, **asked)
        pages.append(page["items"])
        cursor = page["next"]

    assert [len(page) for page in pages[:-1]] == [2] * (len(pages) - 1)
    assert [episode for page in pages for episode in page] == whole


def test_a_pair_nobody_wrote_about_has_no_episodes(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()

    assert _episodes(server, a, b)["items"] == []

    sent = posted(server, clash(a, b, "2020-01-05"), statement(b, a, "2020-01-05"))
    (first,) = _episodes(server, a, b, as_of="2020-01-05", min_position=sent["position"])["items"]
    assert (first["days"], first["incident_count"], len(first["began_with"])) == (1, 2, 2)
