"""Text in UTF-8 that was misread, and good text, which stays as it is."""

from collections.abc import Callable

import pycountry
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from api.importing.seeds import read_actors
from domain.standards.mojibake import undo_mojibake
from tests.unit.api.importing.support import PROVENANCE

NAMES = [place.name for place in pycountry.subdivisions] + [
    name for actor in read_actors(PROVENANCE) for name in (actor.name, *actor.aliases)
]


def as_latin1(text: str) -> str:
    return text.encode().decode("latin-1")


def as_windows1252(text: str) -> str:
    """Return a text in UTF-8 as a browser reads it that takes it for Windows-1252."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())


PLACES = [
    "Düsseldorf",
    "SÃO PAULO",
    "Москва",
    "إيران",
    "ירושלים",
    "北京",
    "한국",
    "Ελλάδα",
    "Głogów",
    "Łódź",
    "Třebíč",
    "İstanbul, Şırnak",
    "Đà Nẵng",
    "Côte d’Ivoire",
    "20°C",
    "“quoted”",
    "Ústí nad Labem",
    "👍 in Åland",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("misread", [as_latin1, as_windows1252])
def test_text_that_was_misread_once_or_twice_is_read_again(place: str, misread: object) -> None:
    assert callable(misread)
    assert undo_mojibake(misread(place)) == place
    assert undo_mojibake(misread(misread(place))) == place


@pytest.mark.parametrize(
    "text",
    [
        "CAFÉ…",
        "CAFÉ’S",
        "CAFÉ\u00a0!",
        "groß”",
        "NESTLÉ®",
        "RENÉE™",
        "«ROMÂ»",
        "KNÍŽKA",
        "É…É…Étienne",
        "blé»…",
        "¡olé¡”",
        "3×½",
        "Ã",
        "IRMû",
        "N° 5",
        "Zürich – ÖBB",
    ],
)
def test_good_text_stays(text: str) -> None:
    assert undo_mojibake(text) == text


def test_no_name_of_a_place_or_an_actor_is_mojibake_however_it_is_set() -> None:
    settings = ("{}", "«{}»", "“{}”", "„{}“", "{}…", "{}™", "{}\u00a0!", "{}’s", "{}–{}", "»{}«")
    for name in NAMES:
        for case in (name, name.upper(), name.title()):
            for setting in settings:
                text = setting.format(case, name)
                assert undo_mojibake(text) == text


def test_where_only_a_part_was_misread_that_part_is_read_again() -> None:
    assert undo_mojibake(f"Москва – {as_windows1252('Köln')}") == "Москва – Köln"


@given(st.text())
def test_nothing_is_added(text: str) -> None:
    assert len(undo_mojibake(text)) <= len(text)


#: Latin ones, without the sign for micro, and without ƒ, which Ewe alone has, and much that was misread.
_LETTERS = st.characters(max_codepoint=0x24F, categories=["Lu", "Ll"], exclude_characters="µƒƑ")


@given(st.text(_LETTERS), st.sampled_from([str.lower, str.upper, str.title]))
@example("äž", str.title)
@example("mãžas", str.upper)
@example("wäÿrÿ", str.upper)
@example("åžž", str.title)
def test_words_of_letters_alone_are_good_text(letters: str, in_case: Callable[[str], str]) -> None:
    word = in_case(letters)
    assume(not word.startswith(("Ãž", "ÃŽ", "Åž")))  # Þ, Î and Ş: no word begins so
    assert undo_mojibake(word) == word


@pytest.mark.parametrize(
    ("misread", "meant"),
    [
        ("Ãžingvellir", "Þingvellir"),
        ("ÃŽLE D’YEU", "ÎLE D’YEU"),
        ("ÃŽle d’Yeu", "Île d’Yeu"),
        ("Åžemdinli", "Şemdinli"),
        ("ERDOÄžAN", "ERDOĞAN"),
        ("OÄŸuz", "Oğuz"),
    ],
)
def test_letters_that_no_word_has_are_read_again(misread: str, meant: str) -> None:
    assert undo_mojibake(misread) == meant
