"""The pages of many pairs at once say what their data says, and count what is not on the map."""

from tests.e2e.pages.conftest import OpenPage
from tests.e2e.pages.test_ledgers import words
from tests.e2e.support import ActorFactory, clash, posted, read, wait_for_all
from tests.server import ServerClient

AS_OF = "?as_of=2020-02-12"


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
