"""Any day, any stretch of days: relations, agreements and series as of then."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.e2e.support import ActorFactory, Json, posted, problem, read, relation, statement, unique, wait_for_all
from tests.e2e.support import clash as clash_between
from tests.server import ServerClient

PAIRS = [("RUS", "TUR"), ("SYR", "TUR"), ("RUS", "SYR-REB")]
FIGURES = ("tension", "cooperation", "conflict_pressure", "cooperation_pressure", "spillover_pressure")


def _series(server: ServerClient, a: str, b: str, **parameters: Any) -> list[Json]:
    return list(read(server, f"/v1/relations/{a}/{b}/tension", **parameters)["items"])


@pytest.mark.parametrize("interval", ["day", "week", "month"])
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_a_series_agrees_with_the_reads_of_single_days(
    server: ServerClient, a: str, b: str, interval: str
) -> None:
    points = _series(server, a, b, from_="2019-06-01", to="2020-06-30", interval=interval)

    for point in points[:: max(len(points) // 12, 1)]:
        single = relation(server, a, b, as_of=point["day"])
        for figure in FIGURES:
            assert point[figure] == pytest.approx(single[figure], abs=1e-9)


def test_intervals_end_on_their_last_day_and_the_series_on_its_own(server: ServerClient) -> None:
    stretch = {"from_": "2020-01-15", "to": "2020-03-10"}
    days = _series(server, "RUS", "TUR", **stretch)
    weeks = [point["day"] for point in _series(server, "RUS", "TUR", interval="week", **stretch)]
    months = [point["day"] for point in _series(server, "RUS", "TUR", interval="month", **stretch)]

    assert [days[0]["day"], days[-1]["day"], len(days)] == ["2020-01-15", "2020-03-10", 56]
    assert {date.fromisoformat(day).weekday() for day in weeks[:-1]} == {6}
    assert weeks[-1] == "2020-03-10"
    assert months == ["2020-01-31", "2020-02-29", "2020-03-10"]


def test_the_peak_of_an_interval_is_its_most_tense_day(server: ServerClient) -> None:
    stretch = {"from_": "2020-01-01", "to": "2020-03-31"}
    by_month: dict[str, float] = {}
    for point in _series(server, "SYR", "TUR", **stretch):
        month = point["day"][:7]
        by_month[month] = max(by_month.get(month, 0.0), point["tension"])

    for point in _series(server, "SYR", "TUR", interval="month", **stretch):
        assert point["peak"] == pytest.approx(by_month[point["day"][:7]], abs=1e-9)


def test_a_series_begins_by_default_with_the_first_incident_and_ends_with_as_of(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash_between(a, b, "2020-01-05"), clash_between(b, a, "2020-01-11"))

    points = _series(server, a, b, as_of="2020-01-12", min_position=sent["position"])

    assert [point["day"] for point in points] == [f"2020-01-{day:02}" for day in range(5, 13)]
    assert points[5]["tension"] < points[0]["tension"] < points[6]["tension"]


def test_a_series_of_a_pair_nobody_wrote_about_is_flat(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()

    points = _series(server, a, b, from_="2020-01-01", to="2020-01-10")

    assert [point["tension"] for point in points] == [0.0] * 10


def test_a_series_that_ends_before_the_first_incident_is_empty(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash_between(a, b, "2020-01-05"))

    assert _series(server, a, b, as_of="2020-01-01", min_position=sent["position"]) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"to": "9999-12-31"},
        {"as_of": "9999-12-31"},
        {"from": "0001-01-01"},
        {"from": "0001-01-01", "to": "9999-12-31", "interval": "week"},
        {"from": "0001-01-01", "to": "9999-12-31", "interval": "month"},
    ],
)
def test_a_series_too_long_for_one_answer_is_refused(server: ServerClient, parameters: dict[str, str]) -> None:
    refused = problem(server.get("/v1/relations/RUS/TUR/tension", params=parameters), 422)

    assert (refused["errors"][0]["parameter"], refused["errors"][0]["code"]) == ("from", "too-many-points")


def test_a_hundred_years_of_days_are_one_series(server: ServerClient) -> None:
    assert len(_series(server, "RUS", "TUR", from_="1925-01-01", to="2024-12-31")) == 36525


def test_before_the_first_event_nothing_is_known(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = posted(server, clash_between(a, b, "2020-01-05"))

    for day in ("2020-01-04", "0001-01-01"):
        found = relation(server, a, b, as_of=day, min_position=sent["position"])
        assert (found["state"], found["since"], found["tension"]) == ("unknown", None, 0.0)
        assert (found["incidents"], found["publishers"]) == (0, 0)


def test_in_the_far_future_everything_is_forgotten(server: ServerClient) -> None:
    found = relation(server, "SYR", "TUR", as_of="9999-12-31")

    assert found["state"] == "unknown"
    assert found["tension"] == pytest.approx(0.0, abs=1e-9)
    assert "2020-02-12" < found["since"] < "2030-01-01"
    items = read(server, "/v1/relations", as_of="9999-12-31", limit=1000)["items"]
    assert {item["state"] for item in items} <= {"unknown", "aligned"}, "who backs whom has no end by itself"


def test_forgotten_is_not_calm_and_says_since_when(server: ServerClient, new_actor: ActorFactory) -> None:
    a, b = new_actor.pair()
    sent = posted(server, statement(a, b, "2020-01-05"))
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(120)]
    states = [relation(server, a, b, as_of=str(day), min_position=sent["position"]) for day in days]

    known = [str(day) for day, found in zip(days, states, strict=True) if found["state"] != "unknown"]
    assert known[0] == "2020-01-05"
    last = states[-1]
    assert last["state"] == "unknown"
    assert last["since"] == str(date.fromisoformat(known[-1]) + timedelta(days=1))


def test_an_instant_is_its_day_in_utc(server: ServerClient) -> None:
    by_day = relation(server, "RUS", "TUR", as_of="2020-02-11")

    assert relation(server, "RUS", "TUR", as_of="2020-02-12T01:30:00+03:00") == by_day
    assert relation(server, "RUS", "TUR", as_of="2020-02-11T23:59:59Z") == by_day


def test_agreements_stand_as_their_latest_development_until_then_left_them(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    deal = unique("deal")
    life = [("reached", "2019-01-01"), ("breached", "2019-06-01"), ("reaffirmed", "2019-09-01")]
    events = [
        {"kind": "agreement", "agreement": deal, "parties": [a, b], "development": development, "occurred": day}
        for development, day in life
    ]
    sent = posted(server, *events)
    path = f"/v1/agreements/{deal}"

    problem(server.get(path, params={"as_of": "2018-12-31", "min_position": sent["position"]}), 404)
    for day, status, since in [
        ("2019-01-01", "in_force", "2019-01-01"),
        ("2019-08-31", "breached", "2019-06-01"),
        ("2019-12-31", "in_force", "2019-09-01"),
    ]:
        found = read(server, path, as_of=day)
        assert (found["status"], found["status_since"], found["since"]) == (status, since, "2019-01-01")
    assert relation(server, a, b, as_of="2019-08-31")["agreements_in_force"] == []
    assert relation(server, a, b, as_of="2019-12-31")["agreements_in_force"] == [deal]
    breached = read(server, "/v1/agreements", actor=a, status="breached", as_of="2019-08-31")
    assert [item["id"] for item in breached["items"]] == [deal]


def test_an_agreement_says_since_when_as_precisely_as_it_was_reported(
    server: ServerClient, new_actor: ActorFactory
) -> None:
    a, b = new_actor.pair()
    deal = unique("deal")
    life = [
        ("reached", "2018"),
        ("reaffirmed", "2019-10-16"),
        ("suspended", "2019-10"),
        ("reaffirmed", "2019-10-16?"),
        ("implemented", "2019-10-31~"),
    ]
    events = [
        {"kind": "agreement", "agreement": deal, "parties": [a, b], "development": development, "occurred": day}
        for development, day in life
    ]
    sent = posted(server, *events)

    found = read(server, f"/v1/agreements/{deal}", as_of="2019-10-31", min_position=sent["position"])
    assert (found["since"], found["status_since"]) == ("2018", "2019-10-16?")
    days = [development["day"] for development in found["developments"]]
    assert days == ["2018-07-02", "2019-10-16", "2019-10-16", "2019-10-16", "2019-10-31"]


def test_an_answer_names_no_record_time_that_is_later_than_the_newest_event_in_it(server: ServerClient) -> None:
    """What is recorded next may be recorded before a moment to come."""
    position = wait_for_all(server)
    path = "/v1/relations/RUS/TUR"
    now = read(server, path, as_of="2020-02-12")
    to_come = read(server, path, as_of="2020-02-12", known_at="2999-01-01", min_position=position)
    assert to_come["known_at"] == now["known_at"]
    assert read(server, path, as_of="2020-02-12", known_at=now["known_at"])["known_at"] == now["known_at"]
    assert read(server, path, known_at="2001-01-01T00:00:00Z")["known_at"] == "2001-01-01T00:00:00Z"
    for listed in ("/v1/relations", f"{path}/tension", f"{path}/incidents", f"{path}/episodes", "/v1/agreements"):
        assert read(server, listed, as_of="2020-02-12", known_at="2999-01-01")["known_at"] == now["known_at"]
