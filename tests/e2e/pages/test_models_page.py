"""The page of the models, in a browser."""

from tests.e2e.pages.conftest import OpenPage


def test_shows_each_model_with_its_constants(open_page: OpenPage) -> None:
    page = open_page("/models")
    assert page.title() == "Scoring models – Détente"
    assert page.locator("h2", has_text="2026.2").count() == 1
    assert page.locator("tr", has_text="half_life_verbal").first.inner_text().split() == ["half_life_verbal", "30"]
    assert page.locator("nav [aria-current=page]").inner_text() == "Models"
