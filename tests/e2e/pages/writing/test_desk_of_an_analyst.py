"""Posting in a real browser: by keyboard from an empty form to the article's page, and what other sites can do."""

from http import HTTPStatus

from tests.e2e.pages.conftest import OpenPage
from tests.e2e.support import ActorFactory, unique
from tests.server import ServerClient


def test_an_article_is_posted_by_keyboard_alone(open_page: OpenPage, sqlite_server: ServerClient) -> None:
    one, other = ActorFactory(sqlite_server).pair()
    page = open_page("/post", viewport={"width": 320, "height": 700})
    page.get_by_label("Id").fill(unique("typed"))
    page.get_by_label("Publisher").fill("Reuters")
    page.get_by_label("Published").fill("2020-02-11")
    page.get_by_label("Type (PLOVER)").fill("ACCUSE")
    page.get_by_label("Source", exact=True).fill(one)
    page.get_by_label("Target", exact=True).fill("Ruritania")
    page.get_by_label("When").fill("2020-02-10")
    with page.expect_navigation():
        page.keyboard.press("Enter")  # which is the preview, and never the record
    assert "no actor has the code or name" in page.get_by_label("Target", exact=True).locator("..").inner_text()

    page.get_by_label("Target", exact=True).fill(other)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What it would change").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    record = page.get_by_role("button", name="Record")
    record.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/articles/typed-*")
    assert page.get_by_role("link", name="Correct event 1").count() == 1


def test_a_link_of_another_site_finds_who_follows_it_and_a_form_finds_nobody(open_page: OpenPage) -> None:
    page = open_page("/post")
    (mine,) = page.context.cookies()
    elsewhere = (
        f'<a href="{page.url}">link</a><form method="post" action="{page.url}"><button>form</button></form>'
    )
    page.route("http://elsewhere.example/", lambda route: route.fulfill(body=elsewhere, content_type="text/html"))

    page.goto("http://elsewhere.example/")
    with page.expect_navigation() as followed:
        page.get_by_role("link").click()
    assert followed.value is not None
    assert followed.value.request.all_headers()["cookie"] == f"{mine['name']}={mine['value']}"
    assert page.context.cookies() == [mine]  # so that the forms that are open go on

    page.goto("http://elsewhere.example/")
    with page.expect_navigation() as sent:
        page.get_by_role("button").click()
    assert sent.value is not None
    assert sent.value.status == HTTPStatus.FORBIDDEN
    assert "cookie" not in sent.value.request.all_headers()
