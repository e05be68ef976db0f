"""The texts of the pages: each that a page asks for is there, and each that is there is asked for."""

import re
from pathlib import Path

import pytest

from api.pages import catalogue
from api.pages.catalogue import Catalogue, catalogue_of
from tests.house.source import ROOT

PAGES = Path(catalogue.__file__).parent
ENGLISH = catalogue_of()
#: Keys that a page puts together from a value: everything under them may be asked for.
MADE = re.compile(r'\btext(?:s_under)?\(\s*f?"([\w.]+\.)(?:"\s*[~)]|\{)')
NAMED = re.compile(r'\btext\(\s*"([\w.]+)"\s*[,)]')


def _sources() -> str:
    """Return all templates, and all modules that may ask for texts, as one text."""
    found = [each for room in ("templates", "views", "routes") for each in (PAGES / room).rglob("*.*")]
    found += (ROOT / "api" / "charts").rglob("*.py")
    return "\n".join(each.read_text("utf-8") for each in found if each.suffix in (".html", ".py"))


SOURCES = _sources()


def test_every_text_that_a_page_asks_for_is_there() -> None:
    named = set(NAMED.findall(SOURCES))
    assert len(named) > 5
    assert not [key for key in sorted(named) if not ENGLISH.has(key)]


def test_every_text_is_asked_for() -> None:
    named, made = set(NAMED.findall(SOURCES)), tuple(MADE.findall(SOURCES))
    unused = [
        key
        for key in sorted(ENGLISH.keys())
        if key.removesuffix(".one").removesuffix(".other") not in named and not key.startswith(made)
    ]
    assert not unused


def test_what_is_counted_has_a_form_for_one_and_one_for_more() -> None:
    texts = Catalogue("en", {"found": {"one": "one pair", "other": "{count} pairs"}, "plain": "{who} left"})
    assert [texts.text("found", count=count) for count in (0, 1, 2000)] == [
        "0 pairs",
        "one pair",
        "2,000 pairs",
    ]
    assert texts.text("plain", who="Nobody") == "Nobody left"
    assert texts.has("found")
    with pytest.raises(KeyError):
        texts.text("plain")
    with pytest.raises(KeyError):
        texts.text("absent")
