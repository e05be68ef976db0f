"""Parameters that are not right: each is refused with a problem that names it, and nothing is recorded."""

import pytest

from tests.e2e.support import article, clash
from tests.e2e.validation.support import IDLIB, PAIR, assert_refused
from tests.server import ServerClient

pytestmark = pytest.mark.usefixtures("nothing_is_recorded")

BAD_TIMES = [
    "",
    "yesterday",
    "2020-02-30",
    "2020-13-01",
    "2020",
    "2020-02",
    "20200212",
    "2020-02-12T12:00:00",
    "2020-02-12T12:00:00+99:00",
    "0000-01-01",
    "0001-01-01T00:00:00+14:00",
    "９９９９-12-31",
    "x" * 41,
    "a\u0000b",
]


@pytest.mark.parametrize("value", BAD_TIMES)
def test_days_and_instants_that_do_not_exist_are_refused(server: ServerClient, value: str) -> None:
    for path in ("/v1/relations", PAIR, f"{PAIR}/tension", f"{PAIR}/incidents", "/v1/agreements", IDLIB):
        for name in ("as_of", "known_at", "published_by"):
            assert_refused(server.get(path, params={name: value}), name)
    for name in ("from", "to"):
        assert_refused(server.get(f"{PAIR}/tension", params={name: value}), name)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (f"{PAIR}/tension?to=2020-01-01", "from", "2020-02-01"),
        (f"{PAIR}/tension", "interval", "year"),
        (f"{PAIR}/tension", "interval", ""),
        ("/v1/relations", "published_by", "2020-02-12T12:00:00Z"),
        ("/v1/relations", "published_by", "1499-12-31"),
        ("/v1/relations", "model", "1999.1"),
        ("/v1/relations", "model", "x" * 101),
        ("/v1/relations", "state", "angry"),
        ("/v1/relations", "sort", "name"),
        ("/v1/relations", "sort", "-pair"),
        ("/v1/relations", "min_tension", "-1"),
        ("/v1/relations", "min_tension", "101"),
        ("/v1/relations", "min_tension", "nan"),
        ("/v1/relations", "min_tension", "inf"),
        ("/v1/relations", "min_tension", "high"),
        ("/v1/relations", "actor", "Nobodystan"),
        ("/v1/relations", "actor", "Congo"),
        ("/v1/relations", "actor", ""),
        ("/v1/relations", "actor", "x" * 201),
        ("/v1/relations", "actor", "a\u0000b"),
        ("/v1/agreements", "actor", "Nobodystan"),
        ("/v1/agreements", "actor", "x" * 5000),
        ("/v1/agreements", "status", "broken"),
        ("/v1/actors", "kind", "planet"),
        ("/v1/actors", "q", "x" * 201),
        ("/v1/events", "after", "-1"),
        ("/v1/events", "after", str(2**63)),
        ("/v1/events", "after", "1.5"),
        ("/v1/events", "after", "x"),
    ],
    ids=lambda value: value[:40],
)
def test_a_parameter_that_is_not_right_is_refused(server: ServerClient, path: str, name: str, value: str) -> None:
    parameters = dict([path.partition("?")[2].split("=")]) if "?" in path else {}

    assert_refused(server.get(path.partition("?")[0], params={**parameters, name: value}), name)


LISTS = [
    "/v1/relations",
    f"{PAIR}/incidents",
    "/v1/agreements",
    "/v1/actors",
    "/v1/articles",
    f"{PAIR}/episodes",
]


@pytest.mark.parametrize(
    "limit", ["0", "-1", "1001", "ten", "1.5", "1.0", "+1", "01", " 1", "", str(10**30), "9" * 5000]
)
def test_a_limit_that_is_not_right_is_refused(server: ServerClient, limit: str) -> None:
    for path in (*LISTS, "/v1/events"):
        assert_refused(server.get(path, params={"limit": limit}), "limit")


@pytest.mark.parametrize("position", ["-1", "x", "1.5", "1.0", str(2**62), str(2**63), "9" * 5000])
def test_a_position_to_wait_for_that_is_not_right_is_refused(server: ServerClient, position: str) -> None:
    for path in (*LISTS, PAIR, f"{PAIR}/tension", "/v1/actors/RUS", "/v1/agreements/idlib-dmz-2018"):
        assert_refused(server.get(path, params={"min_position": position}), "min_position")


@pytest.mark.parametrize("form", ["xml", "", "json,csv", "a\u0000b", "×" * 300])
def test_a_format_that_there_is_not_is_refused(server: ServerClient, form: str) -> None:
    for path in (*LISTS, PAIR, f"{PAIR}/tension", "/v1/events", "/v1/actors/RUS", IDLIB):
        assert_refused(server.get(path, params={"format": form}), "format")


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "AAAAAAAAAAAAAAAA", "ключ", "a\u0000b", "=" * 10, "x" * 501])
def test_a_cursor_that_no_list_gave_is_refused(server: ServerClient, cursor: str) -> None:
    for path in LISTS:
        if cursor:
            assert_refused(server.get(path, params={"cursor": cursor}), "cursor")


def test_a_cursor_that_was_changed_is_refused(server: ServerClient) -> None:
    cursor = server.get("/v1/actors", params={"limit": 1}).json()["next"]

    for place in range(len(cursor) - 1):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert_refused(server.get("/v1/actors", params={"limit": 1, "cursor": changed}), "cursor")


def test_a_cursor_of_another_list_is_refused(server: ServerClient) -> None:
    paths = [*LISTS[:4], "/v1/relations/SYR/TUR/incidents"]
    cursors = {path: server.get(path, params=_asked(path)).json()["next"] for path in paths}

    for given, cursor in cursors.items():
        assert cursor is not None, given
        for path in (*paths, "/v1/articles"):
            if path != given:
                assert_refused(server.get(path, params={**_asked(path), "cursor": cursor}), "cursor")


def _asked(path: str) -> dict[str, str]:
    timeless = path in ("/v1/actors", "/v1/articles")
    return {"limit": "1"} if timeless else {"limit": "1", "as_of": "2020-02-12"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/relations"),
        ("GET", "/v1/relations/RUS/TUR"),
        ("GET", "/v1/actors"),
        ("DELETE", "/v1/articles/x"),
    ],
)
def test_a_parameter_that_the_route_does_not_have_is_refused(server: ServerClient, method: str, path: str) -> None:
    assert_refused(server.request(method, path, params={"as_off": "2020-02-12"}), "as_off")


@pytest.mark.parametrize("day", ["2020-W07-3", "20200212", "2020-02-1 ", "٢٠٢٠-٠٢-١٢"])
def test_a_day_is_written_in_one_way(server: ServerClient, day: str) -> None:
    assert_refused(server.get("/v1/relations/RUS/TUR", params={"as_of": day}), "as_of")


@pytest.mark.parametrize("value", ["maybe", "2", ""])
def test_whether_it_is_a_dry_run_is_yes_or_no(server: ServerClient, value: str) -> None:
    sent = article(clash("RUS", "TUR"))

    assert_refused(server.post("/v1/articles", params={"dry_run": value}, json=sent), "dry_run")
