"""Pictures: at the address of what they show, the same each time, in three formats and three themes."""

import json
import re
from html import unescape

import pytest

from tests.e2e.support import problem, read, wait_for_all
from tests.server import ServerClient

AS_OF = "?as_of=2020-02-12"
PICTURES = (
    "/relations/TUR/SYR/tension",
    "/actors/Kremlin/network",
    "/matrix",
    "/map",
)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def _nothing_is_behind(sqlite_server: ServerClient) -> None:
    """What other tests have posted is in all answers, or in none."""
    wait_for_all(sqlite_server)


@pytest.mark.parametrize("path", PICTURES)
def test_a_picture_is_at_the_address_of_its_data(sqlite_server: ServerClient, path: str) -> None:
    svg = sqlite_server.get(f"{path}.svg{AS_OF}")
    assert (svg.status_code, svg.headers["content-type"]) == (200, "image/svg+xml")
    assert svg.headers["content-security-policy"].startswith("default-src 'none'")
    assert sqlite_server.get(f"{path}{AS_OF}", headers={"Accept": "image/svg+xml"}).content == svg.content
    assert sqlite_server.get(f"/v1/pictures{path}{AS_OF}&format=svg").content == svg.content
    position = read(sqlite_server, f"/v1{path}", as_of="2020-02-12")["position"]
    source = f"Source: Détente, model 2026.2, position {position:,} of the log."
    assert source in svg.text
    assert "As of 12 February 2020" in svg.text
    definition = sqlite_server.get(f"{path}.vl.json{AS_OF}")
    assert definition.headers["content-type"] == "application/vnd.vegalite.v6+json"
    assert source in json.dumps(definition.json(), ensure_ascii=False)


def test_a_picture_is_the_same_each_time_and_is_asked_for_again_only_if_it_changed(
    sqlite_server: ServerClient,
) -> None:
    path = f"/relations/SYR/TUR/tension.png{AS_OF}&theme=dark&width=600&height=300"
    first = sqlite_server.get(path)
    assert first.content.startswith(PNG)
    assert int.from_bytes(first.content[16:20], "big") == 1200  # twice the width
    assert first.headers["content-disposition"] == 'inline; filename="SYR-TUR-tension.png"'
    again = sqlite_server.get(f"{path}&min_position=1")  # which is never answered from the cache
    assert again.content == first.content
    assert sqlite_server.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert sqlite_server.get(path.replace("dark", "print")).content != first.content


def test_what_a_picture_says_is_what_was_asked(sqlite_server: ServerClient) -> None:
    asked = f"{AS_OF}&known_at=2999-01-01&published_by=2020-02-11&what_if=half_life_verbal:60"
    said = " ".join(sqlite_server.get(f"/relations/SYR/TUR/tension.vl.json{asked}").json()["title"]["subtitle"])
    for part in ("As known at 2999-01-01 23:59:59 UTC", "published by 11 February 2020", "half_life_verbal:60"):
        assert part in said
    weekly = sqlite_server.get(f"/relations/SYR/TUR/tension.vl.json{AS_OF}&from=2019-02-12&interval=week").json()
    series = read(sqlite_server, "/v1/relations/SYR/TUR/tension", **{"as_of": "2020-02-12", "from": "2019-02-12"})
    assert len(weekly["datasets"]["points"]) == 2 * 53
    assert weekly["datasets"]["points"][52]["points"] == round(series["items"][-1]["tension"], 2)
    relation = read(sqlite_server, "/v1/relations/SYR/TUR", as_of="2020-02-12")
    last = weekly["datasets"]["intervals"][-1]
    assert [last["low"], last["high"]] == [round(each, 2) for each in relation["tension_interval"]]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/map.svg?theme=loud", 422, "theme"),
        ("/map.svg?width=20000", 422, "width"),
        ("/map.svg?from=2020-03-01&as_of=2020-01-01", 422, "from"),
        ("/map.svg?type=MURDER", 422, "type"),
        ("/matrix.svg?actor=nobody-at-all", 422, "actor"),
        ("/matrix.svg?" + "&".join(["actor=SYR"] * 41), 422, "too-many-actors"),
        ("/relations/SYR/TUR.svg", 404, "Not Found"),
        ("/v1/pictures/map?format=gif", 422, "svg, png, vl.json"),
        ("/v1/map?format=svg", 422, "json, ndjson, csv"),
        ("/v1/relations/SYR/TUR/tension.svg", 404, "Not Found"),
        ("/relations/SYR/TUR/tension.svg?from=1000-01-01&interval=day", 422, "too-many-points"),
    ],
)
def test_what_is_no_picture_is_refused(sqlite_server: ServerClient, path: str, status: int, said: str) -> None:
    assert said in json.dumps(problem(sqlite_server.get(path), status))


def test_a_picture_is_no_table(sqlite_server: ServerClient) -> None:
    refused = sqlite_server.get("/v1/pictures/map", headers={"Accept": "text/csv"})
    assert problem(refused, 406)["type"].endswith(":not-acceptable")


def test_the_page_of_a_pair_leads_to_its_picture_as_it_is_known_now(sqlite_server: ServerClient) -> None:
    page = sqlite_server.get(f"/relations/SYR/TUR{AS_OF}&from=2020-01-01", headers={"Accept": "text/html"}).text
    found = re.search(r'href="(/relations/SYR/TUR/tension\.vl\.json[^"]*)"', page)
    assert found is not None
    definition = sqlite_server.get(unescape(found[1])).json()
    said = " ".join(definition["title"]["subtitle"])
    assert "As of 12 February 2020. As known at" in said
    assert "from 1 January 2020 to 12 February 2020" in " ".join(definition["title"]["text"])
