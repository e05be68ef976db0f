"""Every page, in the light and in the dark, as axe-core judges it; and narrow, without scrolling sideways."""

from pathlib import Path

import pytest

from tests.e2e.pages.conftest import OpenPage

AXE = (Path(__file__).parent / "axe" / "axe.js").read_text()
AS_OF = "?as_of=2020-02-12"
PAGES = (
    f"/{AS_OF}",
    "/",
    f"/relations{AS_OF}",
    "/pair?a=Rusia&b=Turkiey",
    "/actors?q=tur",
    f"/actors/RUS{AS_OF}",
    f"/actors/RUS/network{AS_OF}",
    f"/map{AS_OF}",
    f"/matrix{AS_OF}",
    f"/agreements{AS_OF}",
    f"/agreements/idlib-dmz-2018{AS_OF}",
    "/articles",
    "/articles/idlib-2020-02-11",
    "/articles/nothing",
    "/log?before=20",
    "/incidents?to=2020-02-12",
    "/models",
    "/operations",
    f"/relations/RUS/TUR{AS_OF}",
    f"/relations/RUS/TUR/incidents{AS_OF}",
    "/relations/RUS/TUR/explanation?from=2020-02-02&to=2020-02-12",
    f"/relations/RUS/TUR/clash-risk{AS_OF}",
    "/post",
    "/articles/idlib-2020-02-11/events/1/correct",
    "/rulings/new?report=idlib-2020-02-11/1",
    "/sign-in",
)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_in_anybodys_way(open_page: OpenPage, path: str) -> None:
    page = open_page(path, bypass_csp=True, color_scheme="light")  # axe is put in by us
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert not [
            (each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found["violations"]
        ], scheme


@pytest.mark.parametrize("path", PAGES)
def test_a_narrow_page_does_not_scroll_sideways(open_page: OpenPage, path: str) -> None:
    page = open_page(path, viewport={"width": 320, "height": 640})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
