"""The overview, the list of all relations and the way to a pair, as the seeds fill them."""

import re
from html import unescape
from pathlib import Path
from typing import Final

import pytest

from api.app import create_app
from api.running.settings import Settings
from tests.e2e.app_client import client_of
from tests.e2e.pages.conftest import OpenPage
from tests.e2e.support import Json, read
from tests.server import ServerClient

AS_OF: Final = "?as_of=2020-02-12"
HTML: Final = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def sqlite_server(seeds_alone: ServerClient) -> ServerClient:
    """Return a client of the server whose pages these tests know by heart."""
    return seeds_alone


def markup(server: ServerClient, path: str) -> str:
    """Return a page as it is sent."""
    response = server.get(path, headers=HTML)
    assert response.status_code == 200, response.text
    return response.text


def data_of(server: ServerClient, address: str) -> Json:
    """Return the data at an address with its query."""
    response = server.get(address)
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found


def said(page: str) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def pairs_of(page: str) -> list[str]:
    """Return the pairs that a table lists, by their codes."""
    return re.findall(r'<tr><th scope="row"><a [^>]*title="([^"]*)"', page)


def test_the_overview_of_today_leads_to_the_day_of_the_newest_report(sqlite_server: ServerClient) -> None:
    page = markup(sqlite_server, "/")
    assert "The newest report up to" in said(page)
    (newest,) = re.findall(r'href="/\?as_of=(\d{4}-\d\d-\d\d)"', page)
    assert "The newest report" not in said(markup(sqlite_server, f"/?as_of={newest}"))


def test_the_overview_of_an_empty_log_says_how_to_begin(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/empty.db", projector="none"))
    with client_of(app) as client:
        page = said(client.get("/", headers=HTML).text)
        assert "Nothing has been reported yet" in page
        assert "detente seed" in page
        assert "No pair is as asked for" in said(client.get("/relations", headers=HTML).text)


def test_the_overview_shows_what_is_tense_what_moved_and_why(sqlite_server: ServerClient) -> None:
    page = markup(sqlite_server, f"/{AS_OF}")
    everything = read(sqlite_server, "/v1/relations", as_of="2020-02-12", limit=15)["items"]
    assert pairs_of(page) == [" / ".join(each["pair"]) for each in everything]
    assert f'href="/relations/SYR/TUR{AS_OF}"' in page
    month = page.split('<ol class="changes">')[3]
    (pair,) = re.findall(r'<li><span class="change">[^<]*</span> <a href="(/relations/[^"?]*)', month)[:1]
    why = read(sqlite_server, f"/v1{pair}/explanation", **{"to": "2020-02-12", "from": "2020-01-13"})
    assert why["sentence"] in said(month)
    assert "Demilitarised zone in Idlib" in said(page)
    assert "points of tension in 30 days" in said(page)
    assert "Kremlin wants attacks in Idlib to end" in said(page)
    assert f'href="/relations.json{AS_OF}"' in page


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "&sort=-cooperation",
        "&state=strained&state=open_conflict",
        "&q=SYRIA%20turk",
        "&q=rebels&sort=pair",
        "&actor=Kremlin&min_tension=40",
        "&region=western-asia&limit=2",
        "&region=eastern-europe&regions=true&model=goldstein-mean",
    ],
)
def test_the_list_shows_the_pairs_of_its_data_in_their_order(sqlite_server: ServerClient, asked: str) -> None:
    address = f"/relations{AS_OF}{asked}"
    page = markup(sqlite_server, address)
    data = data_of(sqlite_server, f"/relations.json{AS_OF}{asked}")
    assert pairs_of(page) == [" / ".join(each["pair"]) for each in data["items"]]
    for each in data["items"]:
        assert f'<td class="number">{each["tension"]:.1f}</td>' in page
    assert ('rel="next"' in page) == (data["next"] is not None)
    if data["next"]:
        cursor = re.findall(r'rel="next" href="([^"]*)"', page)[0]
        following = data_of(sqlite_server, f"/relations.json{AS_OF}{asked}&cursor={data['next']}")
        assert pairs_of(markup(sqlite_server, unescape(cursor))) == [
            " / ".join(each["pair"]) for each in following["items"]
        ]


def test_words_that_nobody_has_and_signs_that_are_no_words_find_nothing(sqlite_server: ServerClient) -> None:
    for words in ("nobody-of-this-name", "russia%20nobody", "%21%3F"):
        assert data_of(sqlite_server, f"/v1/relations{AS_OF}&q={words}")["items"] == []
    assert "No pair is as asked for" in said(markup(sqlite_server, f"/relations{AS_OF}&q=nobody"))
    refused = sqlite_server.get("/relations?region=atlantis", headers=HTML)
    assert (refused.status_code, "western-asia" in refused.text) == (422, True)


def test_a_pair_is_opened_by_two_names_in_any_order(sqlite_server: ServerClient) -> None:
    opened = sqlite_server.get("/pair?a=T%C3%BCrkiye&b=Damascus&as_of=2020-02-12", headers=HTML)
    assert (opened.status_code, opened.headers["location"]) == (303, f"/relations/SYR/TUR{AS_OF}")


def test_names_that_mean_nobody_are_answered_with_whom_they_may_mean(sqlite_server: ServerClient) -> None:
    page = sqlite_server.get("/pair?a=Rusia&b=Turkiey", headers=HTML)
    assert page.status_code == 404
    assert 'href="/pair?b=Turkiey&amp;a=RUS"' in page.text
    assert 'href="/pair?a=Rusia&amp;b=TUR"' in page.text
    one = sqlite_server.get("/pair?a=RUS&b=Russia", headers=HTML)
    assert (one.status_code, "no relation with itself" in one.text) == (404, True)
    assert sqlite_server.get("/pair", headers=HTML).status_code == 404


def test_each_line_says_what_it_shows(open_page: OpenPage) -> None:
    page = open_page(f"/relations{AS_OF}&q=syria+turk")
    line = page.get_by_role("img").first
    assert re.fullmatch(r"0 to 63, from 0 up to \d+", line.get_attribute("aria-label") or "")
    assert page.locator("th[aria-sort=descending]").inner_text() == "Tension"
    page.get_by_label("Words").fill("nobody")
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    assert page.get_by_text("No pair is as asked for").is_visible()
