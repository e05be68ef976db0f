"""The pages of a pair, as the seeds fill them: the same figures as the API's, and the complete evidence."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.pages.conftest import OpenPage
from tests.e2e.support import read
from tests.server import ServerClient

AS_OF = "?as_of=2020-02-12"
PAIR = "/relations/RUS/TUR"


@pytest.fixture(scope="module")
def sqlite_server(seeds_alone: ServerClient) -> ServerClient:
    """Return a client of the server whose pages these tests know by heart."""
    return seeds_alone


def data(server: ServerClient, path: str) -> Any:
    """Return what an address with a query answers."""
    response = server.get(path, headers={"Accept": "application/json"})
    assert response.status_code == 200, response.text
    return response.json()


def html(server: ServerClient, path: str) -> str:
    response = server.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    return unescape(response.text)


def words(shown: str) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", shown))


def test_a_pair_is_shown_as_the_api_has_it(sqlite_server: ServerClient) -> None:
    shown = html(sqlite_server, f"{PAIR}{AS_OF}")
    said, relation = words(shown), read(sqlite_server, f"/v1{PAIR}", as_of="2020-02-12")
    assert relation["summary"] in said
    assert f"Tension {relation['tension']:.1f}" in said
    assert "Syria – Turkey" in said  # which spills over
    assert "Withdrawal of the YPG from the Turkish border" in said
    for way, pressures in relation["directed"].items():
        assert f"Conflict pressure {pressures['conflict_pressure']:.1f}" in said, way
    assert f"up to position {relation['position']}" in said
    chart = json.loads(shown.partition('id="chart">')[2].partition("</script>")[0])
    points = data(sqlite_server, chart["series"])["items"]
    assert points[-1]["tension"] == pytest.approx(relation["tension"])
    sure = data(sqlite_server, chart["intervals"])["items"]
    assert sure[-1]["tension_interval"] == relation["tension_interval"]
    assert {mark[1] for mark in chart["marks"]} == {"conflict_word", "cooperation_word"}
    assert len(chart["agreements"]) == 2


def test_a_permalink_fixes_day_knowledge_model_and_all_else_that_was_asked(sqlite_server: ServerClient) -> None:
    shown = html(sqlite_server, f"{PAIR}{AS_OF}&view=pressure&what_if=half_life_verbal:60")
    link = shown.partition('id="cite"')[2].partition('href="')[2].partition('"')[0]
    asked = urlsplit(link).query
    assert all(f"{name}=" in asked for name in ("as_of", "known_at", "model", "view", "what_if"))
    assert "&view=pressure" in link
    again = html(sqlite_server, f"{PAIR}?{asked}")
    assert words(again).count("supposing half_life_verbal:60") == 1
    assert "model 2026.2, log up to position" in words(again)


def test_the_picture_to_cite_is_shown_and_says_what_the_permalink_fixes(sqlite_server: ServerClient) -> None:
    cited = html(sqlite_server, f"{PAIR}{AS_OF}&known_at=2999-01-01").partition('id="cite"')[2]
    picture = cited.partition("<img")[2].partition(">")[0]
    address = picture.partition('src="')[2].partition('"')[0]
    alt = picture.partition('alt="')[2].partition('"')[0]
    assert alt.startswith("The curve of Russia and Turkey from ")
    assert "Model 2026.2, position " in alt
    caption = " ".join(sqlite_server.get(address.replace(".svg", ".vl.json")).json()["title"]["subtitle"])
    for part in ("As of 12 February 2020.", "As known at 20", "model 2026.2, position "):
        assert part in caption
    assert f"{address}&theme=dark" in cited


def test_what_is_cited_names_the_position_of_then_however_the_log_has_grown(sqlite_server: ServerClient) -> None:
    events = data(sqlite_server, "/v1/events?limit=100")["items"]
    then = events[len(events) // 2]["recorded"]
    position = max(event["position"] for event in events if event["recorded"] <= then)
    asked = f"{AS_OF}&known_at={then}"
    assert f"log up to position {position}, as known at" in html(sqlite_server, f"{PAIR}{asked}")
    picture = data(sqlite_server, f"{PAIR}/tension.vl.json{asked}")
    assert f"position {position}" in " ".join(picture["title"]["subtitle"])


@pytest.mark.parametrize(
    ("path", "reason", "said"),
    [
        ("/relations/NOR/FIN", "no_reports", "No article reports anything between the two."),
        ("/relations/SYR/TUR?as_of=2019-01-01", "none_by_then", "Nothing was reported of the two up to this day."),
        (f"{PAIR}?as_of=0901-01-01", "before_coverage", "The log does not reach back to this day."),
        (f"{PAIR}{AS_OF}&published_by=1999-01-01", "filtered_out", "is left out by what is asked."),
    ],
)
def test_an_empty_page_says_why(sqlite_server: ServerClient, path: str, reason: str, said: str) -> None:
    path_, _, query = path.partition("?")
    assert said in words(html(sqlite_server, path))
    last, _, rest = query.removeprefix("as_of=").partition("&")
    explained = f"{path_}/explanation?from=0900-12-31&to={last or '2020-02-12'}&{rest}"
    for shown in (f"{path_}/incidents?{query}", f"{path_}/clash-risk?{query}", explained):
        assert said in words(html(sqlite_server, shown))
    for kind in ("", "/incidents", "/tension"):
        assert data(sqlite_server, f"/v1{path_}{kind}?{query}")["empty_because"] == reason


def test_an_actor_that_nobody_knows_is_a_page_with_those_that_may_be_meant(sqlite_server: ServerClient) -> None:
    shown = sqlite_server.get(f"/relations/Rusia/TUR{AS_OF}", headers={"Accept": "text/html"})
    assert shown.status_code == 422
    assert f'<a href="/relations/RUS/TUR{AS_OF}">RUS</a>' in shown.text


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/actors/Rusia/network", "/actors/RUS/network"),
        ("/map?type=ASSAULT&actor=Rusia", "?type=ASSAULT&amp;actor=RUS"),
        ("/matrix?actor=TUR&actor=Rusia", None),  # which of the two is not known
    ],
)
def test_whoever_may_be_meant_is_a_link(sqlite_server: ServerClient, path: str, meant: str | None) -> None:
    shown = sqlite_server.get(path, headers={"Accept": "text/html"})
    assert shown.status_code == 422
    assert "did you mean RUS (Russia)?" in unescape(shown.text)
    assert shown.text.count('">RUS</a>') == (meant is not None)
    assert meant is None or f'<a href="{meant}">RUS</a>' in shown.text


@pytest.mark.parametrize("page", ["/relations", "/map", "/matrix", "/actors/TUR", "/actors/TUR/network"])
def test_a_page_of_a_day_before_all_of_the_log_says_so(sqlite_server: ServerClient, page: str) -> None:
    shown = html(sqlite_server, f"{page}?as_of=1901-01-01")
    assert "The log does not reach back to this day. Its first incident is of 2 July 2018." in words(shown)
    assert "as_of=2018-07-02" in shown


def test_the_evidence_of_a_day_is_complete_page_by_page_and_adds_up(sqlite_server: ServerClient) -> None:
    relation = read(sqlite_server, f"/v1{PAIR}", as_of="2020-02-12")
    items = read(sqlite_server, f"/v1{PAIR}/incidents", as_of="2020-02-12")["items"]
    address, seen = f"{PAIR}/incidents{AS_OF}&limit=7", 0
    while address:
        shown = html(sqlite_server, address)
        said = words(shown)
        for item in items[seen : seen + 7]:
            assert f'id="{item["id"]}' in shown
            for reporting in item["reported_by"]:
                assert (reporting["event"].get("quote") or "") in said
        total = f"Together {relation['tension']:.1f} {relation['cooperation']:.1f}"
        assert total in said
        seen += 7
        following = re.search(r'href="(\?[^"]*)" rel="next"', shown)
        address = f"{PAIR}/incidents{following[1]}" if following else ""
    assert seen - 7 < len(items) <= seen
    whole = re.search(r'href="([^"]*incidents\.json[^"]*)"', html(sqlite_server, f"{PAIR}/incidents{AS_OF}"))
    assert whole is not None
    assert data(sqlite_server, whole[1])["items"] == items


def test_a_change_and_a_risk_are_explained_as_the_api_does(sqlite_server: ServerClient) -> None:
    between: dict[str, Any] = {"from": "2020-02-02", "to": "2020-02-12"}
    explained = read(sqlite_server, f"/v1{PAIR}/explanation", **between)
    said = words(html(sqlite_server, f"{PAIR}/explanation?from=2020-02-02&to=2020-02-12"))
    assert explained["sentence"] in said
    assert f"Change +{explained['change']:.1f}" in said
    risk = read(sqlite_server, f"/v1{PAIR}/clash-risk", as_of="2020-02-12")
    said = words(html(sqlite_server, f"{PAIR}/clash-risk{AS_OF}"))
    assert f"The hazard of {risk['hazard']:.3f}" in said
    assert f"{risk['items'][0]['share']:.4f}" in said
    assert "may be one" in words(html(sqlite_server, f"{PAIR}/incidents/suggestions"))


def test_the_curve_is_drawn_and_goes_by_keys_to_the_evidence(open_page: OpenPage) -> None:
    page = open_page(f"{PAIR}{AS_OF}&from=2020-02-01", color_scheme="dark")
    page.wait_for_selector("#curve[data-drawn=intervals]")
    assert page.locator("#curve canvas").count() == 1
    assert page.locator("#curve-point").inner_text().startswith("2020-02-12: tension 42.3")
    page.focus("#curve")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.get_attribute("#curve", "aria-valuetext").startswith("2020-02-10: tension")  # type: ignore[union-attr]
    page.emulate_media(color_scheme="light")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PAIR}/incidents?as_of=2020-02-10")


def test_a_stretch_is_chosen_by_dragging_and_a_page_works_without_scripts(open_page: OpenPage) -> None:
    page = open_page(f"{PAIR}{AS_OF}")
    page.wait_for_selector("#curve[data-drawn]")
    page.locator("#overview svg").scroll_into_view_if_needed()
    box = page.locator("#overview svg").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, y)
    page.mouse.up()
    page.wait_for_url("**from=2019-**")
    plain = open_page(f"{PAIR}{AS_OF}&view=pressure", java_script_enabled=False)
    assert plain.locator("#curve").is_hidden()
    assert plain.locator("#overview path").count() == 1
    assert plain.locator("tbody a[href*='incidents?as_of=2020-02-12']").count() >= 1
