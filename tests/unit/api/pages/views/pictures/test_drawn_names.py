"""An actor whose name pictures have no letters of is by its code, and the caption says so."""

from api.pages.catalogue import catalogue_of
from api.pages.views.pictures.drawn_names import drawn_name, without_names

NAMES = {"CHN": "中国", "SYR": "سوريا"}


def test_a_name_is_drawn_or_else_the_code() -> None:
    assert [drawn_name(code, NAMES) for code in ("CHN", "SYR", "X1")] == ["CHN", "سوريا", "X1"]


def test_a_caption_says_who_is_by_code() -> None:
    text = catalogue_of().text
    assert without_names(("SYR", "X1"), NAMES, text) == []
    assert without_names(("CHN", "SYR"), NAMES, text) == [text("charts.by_codes", codes="CHN")]
