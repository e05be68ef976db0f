"""The page of the models, in a browser."""

import pytest

from tests.e2e.pages.conftest import OpenPage
from tests.server import ServerClient


@pytest.fixture(scope="module")
def sqlite_server(seeds_alone: ServerClient) -> ServerClient:
    """Return a client of the server whose pages these tests know by heart."""
    return seeds_alone


def test_shows_each_model_with_its_constants(open_page: OpenPage) -> None:
    page = open_page("/models")
    assert page.title() == "Scoring models – Détente"
    assert page.locator("h2", has_text="2026.2").count() == 1
    assert page.locator("tr", has_text="half_life_verbal").first.inner_text().split() == ["half_life_verbal", "30"]
    assert page.locator("nav [aria-current=page]").inner_text() == "Models"


def test_what_a_tension_meant_is_not_said_of_a_log_that_is_too_short(sqlite_server: ServerClient) -> None:
    page = sqlite_server.get("/models/tension-bands", headers={"Accept": "text/html"})
    assert "Too few pairs in this log have incidents enough" in page.text
    found = sqlite_server.get("/v1/models/tension-bands").json()
    assert (found["items"], found["cases"], found["base_rate"]) == ([], 0, None)
    assert sqlite_server.get("/models/tension-bands?model=goldstein-mean").status_code == 422
