"""The pages of many pairs at once say what their data says, and count what is not on the map."""

import re
from html import unescape

import pytest

from tests.e2e.pages.conftest import OpenPage
from tests.e2e.pages.test_lists import words
from tests.e2e.support import ActorFactory, clash, posted, problem, read, wait_for_all
from tests.server import ServerClient

AS_OF = "?as_of=2020-02-12"
TOUCH = """
const view = document.getElementById("map-view");
view.setPointerCapture = () => {};  // there is no such pointer
view.focus();
const { left, top } = view.getBoundingClientRect();
const touch = (type, pointerId, x, y, to = view) =>
  to.dispatchEvent(new PointerEvent(type,
    { pointerId, pointerType: "touch", clientX: left + x, clientY: top + y, bubbles: true }));
const land = document.querySelector(".layer_0_marks > g");
const zoomed = () => land.transform.baseVal.consolidate().matrix.a;
"""
#: One finger moves the map, and two part to twice as far from each other.
GESTURES = f"""() => {{ {TOUCH}
touch("pointerdown", 1, 100, 150); touch("pointermove", 1, 130, 150); touch("pointerup", 1, 130, 150);
touch("pointerdown", 1, 100, 150); touch("pointerdown", 2, 140, 150);
touch("pointermove", 1, 80, 150); touch("pointermove", 2, 160, 150);
touch("pointerup", 1, 80, 150); touch("pointerup", 2, 160, 150); return zoomed(); }}"""
PLUS = f"""() => {{ {TOUCH}
view.dispatchEvent(new KeyboardEvent("keydown", {{ key: "+" }})); return zoomed(); }}"""
CLICK = f"""() => {{ {TOUCH}
const mark = document.querySelector(".layer_1_marks > path");
touch("pointerdown", 1, 0, 0, mark); touch("pointerup", 1, 0, 0, mark); }}"""


def test_the_map_lists_and_counts_its_incidents(sqlite_server: ServerClient) -> None:
    one, other = ActorFactory(sqlite_server).pair()
    happened = [
        clash(one, other, place="Saraqib, Syria", killed=3, wounded=4),
        clash(other, one, place="Saraqeb, Syria"),
        clash(one, other, occurred="2020-01-16", place="Nowhere at all"),
        clash(one, other, occurred="2020-01-17"),
        clash(one, other, occurred="2020-01-18", place="Tripoli"),
    ]
    posted(sqlite_server, *happened)
    wait_for_all(sqlite_server)
    asked = {"as_of": "2020-02-12", "actor": one}

    found = read(sqlite_server, "/v1/map", **asked)

    assert (found["located"], found["ambiguous"], found["unlocated"], found["without_place"]) == (3, 1, 1, 1)
    assert found["unlocated_places"] == [{"place": "nowhere at all", "incidents": 1}]
    at = [(item["located_as"], item["country"], item["certainty"]) for item in found["items"]]
    assert at == [
        ("Tripoli", "LBY", "ambiguous"),
        (None, None, None),
        (None, None, None),
        *[("Saraqib", "SYR", "certain")] * 2,
    ]
    said = words(sqlite_server, f"/map{AS_OF}&actor={one}&type=")
    assert "Saraqib assault 2 7" in said
    assert "nowhere at all (1)" in said
    assert "Tripoli, in doubt" in said
    of_place = read(sqlite_server, "/v1/map", **asked, place="Saraqib")
    assert len(of_place["items"]) == of_place["located"] == 2
    pages = [read(sqlite_server, "/v1/map", **asked, limit=3)]
    pages.append(read(sqlite_server, "/v1/map", **asked, limit=3, cursor=pages[0]["next"]))
    assert [item for page in pages for item in page["items"]] == found["items"]


def test_a_part_of_the_map_has_the_incidents_in_it_alone(sqlite_server: ServerClient) -> None:
    asked = {"as_of": "2020-02-12", "actor": "TUR"}
    whole = read(sqlite_server, "/v1/map", **asked)
    here = [item["id"] for item in whole["items"] if item["located_as"] == "Idlib"]
    assert 0 < len(here) < len(whole["items"])
    part = read(sqlite_server, "/v1/map", **asked, box="36.62,35.9,36.7,36")
    assert [item["id"] for item in part["items"]] == here
    assert (part["located"], part["without_place"]) == (len(here), 0)
    path = f"/map{AS_OF}&actor=TUR&box=36.62,35.9,36.7,36"
    said = words(sqlite_server, path)
    assert f"{len(here)} incidents are in the part that is shown" in said
    caption = " ".join(sqlite_server.get(path.replace("/map", "/map.vl.json")).json()["title"]["subtitle"])
    assert "Only from 36.62° E to 36.70° E, and from 35.90° N to 36.00° N." in caption
    nothing = words(sqlite_server, f"/map{AS_OF}&box=-70,-50,-60,-40")
    assert "go wider, or to all of the map" in nothing


@pytest.mark.parametrize(
    "box", ["32,32,42", "32,32,42,38,40", "42,32,32,38", "32,32,42,85", "nan,0,1,1", "a,b,c,d"]
)
def test_what_is_no_part_of_the_world_is_refused(sqlite_server: ServerClient, box: str) -> None:
    told = problem(sqlite_server.get(f"/v1/map?box={box}"), 422)
    assert told["errors"][0]["parameter"] == "box"
    assert "32,32,42,38" in told["errors"][0]["detail"]


def test_a_matrix_of_a_region_has_its_countries_of_which_something_is_known(sqlite_server: ServerClient) -> None:
    found = read(sqlite_server, "/v1/matrix", as_of="2020-02-12", region="western-asia", actor="Russia")
    assert found["actors"][0] == "RUS"
    assert {"SYR", "TUR"} <= set(found["actors"])
    tied = {code for item in found["items"] for code in item["pair"]}
    assert set(found["actors"]) - {"RUS"} <= tied
    assert "YEM" in found["without_ties"]
    assert not tied & set(found["without_ties"])
    path = f"/matrix{AS_OF}&region=western-asia&actor=Russia"
    said = words(sqlite_server, path)
    assert "No incident between these and the others:" in said
    (to_pair,) = re.findall(r'href="(/relations/RUS/SYR[^"]*)"', sqlite_server.get(path).text)
    assert sqlite_server.get(unescape(to_pair), headers={"Accept": "text/html"}).status_code == 200
    definition = sqlite_server.get(path.replace("/matrix", "/matrix.vl.json")).json()
    assert definition["title"]["text"] == ["Western Asia: How the pairs stand on 12 February 2020"]
    assert "more countries of the region have no incidents with the others" in " ".join(
        definition["title"]["subtitle"]
    )
    told = problem(sqlite_server.get("/v1/matrix?region=middle-earth"), 422)
    assert told["errors"][0]["parameter"] == "region"


def test_a_network_and_a_matrix_have_their_table(sqlite_server: ServerClient) -> None:
    relation = read(sqlite_server, "/v1/relations/SYR/TUR", as_of="2020-02-12")
    for path in (f"/actors/TUR/network{AS_OF}", f"/matrix{AS_OF}&actor=SYR&actor=Ankara&actor="):
        said = words(sqlite_server, path)
        assert f"Syria – Turkey open conflict 3 February 2020 {relation['tension']:.1f}" in said
    assert read(sqlite_server, "/v1/matrix", actor=["Ankara", "SYR"])["actors"] == ["TUR", "SYR"]


def test_a_page_shows_its_picture_in_the_scheme_of_its_reader(open_page: OpenPage) -> None:
    page = open_page(f"/matrix{AS_OF}", color_scheme="dark")
    picture = page.locator(".picture img")
    picture.evaluate("each => each.decode()")
    assert picture.evaluate("each => each.naturalWidth") == 900
    assert "theme=dark" in picture.evaluate("each => each.currentSrc")
    assert (picture.get_attribute("alt") or "").startswith("How the pairs stand on 12 February 2020.")


def test_the_map_is_moved_and_a_link_shows_the_same_part(open_page: OpenPage) -> None:
    page = open_page(f"/map{AS_OF}", reduced_motion="reduce")
    page.locator("#map-view svg .layer_0_marks > g").wait_for()
    assert page.evaluate(PLUS) == pytest.approx(1.5)
    page.wait_for_url("**box=**")
    page.locator("#map-part a").wait_for()
    there = open_page(page.url, java_script_enabled=False)
    assert there.inner_text("#map-part") == page.inner_text("#map-part")
    assert there.inner_text("#map-incidents") == page.inner_text("#map-incidents")
    with there.expect_navigation():
        there.get_by_role("link", name="Closer").click()
    assert "box=" in there.url


def test_the_map_is_dragged_and_pinched_and_its_marks_are_chosen(open_page: OpenPage) -> None:
    page = open_page(f"/map{AS_OF}&actor=TUR")
    page.locator("#map-view svg .layer_0_marks > g").wait_for()
    page.evaluate(CLICK)
    page.wait_for_url("**place=Idlib**")
    assert page.inner_text("#map-part").startswith("At Idlib alone.")
    assert page.locator("#map-places tbody tr").count() == 1
    assert page.evaluate(GESTURES) == pytest.approx(2)
    page.wait_for_url("**box=**")
    assert "place=Idlib" in page.url
