"""The pages of actors, agreements, articles and the log, as the seeds fill them."""

import re
from html import unescape

import pytest

from tests.e2e.support import article, clash, read
from tests.server import ServerClient

AS_OF = "?as_of=2020-02-12"


def words(server: ServerClient, path: str) -> str:
    """Return what a page says, without its marks."""
    response = server.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", response.text)))


def test_an_actor_is_shown_with_its_relations_ties_and_agreements(sqlite_server: ServerClient) -> None:
    said = words(sqlite_server, f"/actors/Kremlin{AS_OF}")
    relation = read(sqlite_server, "/v1/relations/RUS/TUR", as_of="2020-02-12")
    assert f"Turkey strained cooperation {relation['tension']:.1f} {relation['cooperation']:.1f}" in said
    assert "Backs Syria since 15 September 2015" in said
    assert "Demilitarised zone in Idlib : in force since 2018" in said
    assert f"up to position {relation['position']}" in said


def test_actors_are_found_by_any_name_and_a_field_left_blank_asks_for_nothing(sqlite_server: ServerClient) -> None:
    assert "TUR Türkiye" in words(sqlite_server, "/actors?q=ankara&kind=").replace("Turkey", "Türkiye")
    assert "No actor has such a name" in words(sqlite_server, "/actors?q=nobody-of-this-name")


def test_the_agreements_of_a_day_are_listed_and_each_shows_its_life(sqlite_server: ServerClient) -> None:
    assert "Demilitarised zone in Idlib" in words(
        sqlite_server, f"/agreements{AS_OF}&actor=Turkey&status=in_force"
    )
    assert "No such agreement had begun" in words(sqlite_server, "/agreements?as_of=1990-01-01")
    said = words(sqlite_server, f"/agreements/idlib-dmz-2018{AS_OF}")
    assert "2018 Reached as told by Kremlin wants attacks in Idlib to end" in said


def test_an_article_says_what_it_moves(sqlite_server: ServerClient) -> None:
    said = words(sqlite_server, f"/articles/idlib-2020-02-11{AS_OF}")
    asked = {"as_of": "2020-02-12"}
    whole = read(sqlite_server, "/v1/relations/SYR/TUR", **asked)
    supposed = "without_article:idlib-2020-02-11"
    without = read(sqlite_server, "/v1/relations/SYR/TUR", **asked, what_if=supposed)
    moved = whole["tension"] - without["tension"]
    assert f"Syria – Turkey +{moved:.1f} {whole['tension']:.1f} {without['tension']:.1f}" in said
    assert "What it changes, as of 11 February 2020" in words(sqlite_server, "/articles/idlib-2020-02-11")
    assert "article-posted" in said


def test_what_an_article_contains_stays_text(sqlite_server: ServerClient) -> None:
    hostile = "<script>alert(1)</script>"
    sent = article(
        clash("AZE", "ARM", summary=hostile, place=hostile), headline=hostile, publisher=hostile, id="hostile-1"
    )
    assert sqlite_server.post("/v1/articles", json=sent).status_code == 201
    shown = sqlite_server.get("/articles/hostile-1", headers={"Accept": "text/html"}).text
    assert hostile not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4


def test_incidents_are_looked_for_by_what_reports_say(sqlite_server: ServerClient) -> None:
    said = words(
        sqlite_server, "/incidents?to=2020-02-12&actor=Syria&actor=Ankara&type=ASSAULT&place=idlib&publisher="
    )
    assert re.search(r"2020-02-03 ASSAULT Syria → Turkey Idlib \d+ ", said)  # others may post more reports of it
    assert "No incident was reported that is all of this." in words(sqlite_server, "/incidents?text=no-such-words")
    refused = sqlite_server.get("/v1/incidents?actor=SYR&actor=TUR&actor=RUS&type=ASSAULT")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "actor")
    for query in ("type=WAR", "from=2020-03-01&to=2020-02-01"):
        assert sqlite_server.get(f"/v1/incidents?{query}").status_code == 422


def test_the_log_is_read_from_its_end_page_by_page(sqlite_server: ServerClient) -> None:
    end = read(sqlite_server, "/v1/events")["position"]
    first = sqlite_server.get("/log", headers={"Accept": "text/html"}).text
    assert f'id="position-{end}"' in first
    before = int(re.findall(r"/log\?before=(\d+)", first)[-1])
    assert f'id="position-{before}"' in first
    assert f'id="position-{before - 1}"' in sqlite_server.get(f"/log?before={before}").text


@pytest.mark.parametrize(
    "path", ["/articles/none", "/agreements/none", "/actors/none-of-that-name", "/actors?kind=x"]
)
def test_what_there_is_not_is_said_on_a_page(sqlite_server: ServerClient, path: str) -> None:
    response = sqlite_server.get(path, headers={"Accept": "text/html"})
    assert response.status_code in (404, 422)
    assert response.headers["content-type"].startswith("text/html")


def test_operations_are_shown_as_health_tells_them(sqlite_server: ServerClient) -> None:
    assert read(sqlite_server, "/health")["projections"][0]["name"] in words(sqlite_server, "/operations")
