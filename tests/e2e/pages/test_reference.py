"""The reference of the API, drawn in a browser without anything from elsewhere."""

from tests.e2e.pages.conftest import OpenPage


def test_is_drawn_and_opens_a_route(open_page: OpenPage) -> None:
    page = open_page("/docs")
    page.locator("#operations-models-listModels .opblock-summary-control").click()
    page.locator(".opblock-body", has_text="List the scoring models").wait_for()
