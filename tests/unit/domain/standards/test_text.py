"""What text may hold, and how names are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.text import check_text, check_word, comparable


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x07",
        "\x1b",
        "\x7f",
        "\x85",
        "\u200e",
        "\u200f",
        "\u202e",
        "\u2066",
        "\u061c",
        "\ud800",
        "\u2028",
        "\u200b",
        "\ufeff",
        "\U000e0041",
    ],
)
def test_controls_and_writing_direction_marks_are_refused_by_name_and_place(character: str) -> None:
    with pytest.raises(ValueError, match=f"U\\+{ord(character):04X} .* at character 4"):
        check_text(f"abc{character}def")


@pytest.mark.parametrize(
    "text", ["Two\nlines,\tand a tab", "Réunion à Genève", "روسيا وتركيا", "俄罗斯", "नई दिल्ली", "👍🏽"]
)
def test_what_people_write_is_accepted_in_any_script(text: str) -> None:
    assert check_text(text) == text


@pytest.mark.parametrize("text", ["\u200fتهران", "تهران (USA)\u200e", "\u2067تهران\u2069 – \u2066BBC\u2069"])
def test_direction_marks_stay_around_right_to_left_text_but_in_no_word(text: str) -> None:
    assert check_text(text) == text
    assert comparable(text) == comparable("".join(c for c in text if not "\u200e" <= c <= "\u2069" or c == "–"))
    with pytest.raises(ValueError, match=r"direction marks are not accepted here"):
        check_word(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [("تهران \u202eabc", "U\\+202E .* at character 7"), ("\u2067تهران", "U\\+2067 .* at character 1")],
)
def test_overrides_and_what_is_not_closed_are_refused(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        check_text(text)


def test_what_is_no_character_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+FFFE \(no character\) at character 2"):
        check_text("a\ufffe")


def test_text_is_composed_and_stripped() -> None:
    assert check_text("  Ele\u0301 ") == "El\u00e9"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert comparable(comparable(text)) == comparable(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Élysée", "elysee"),
        ("Côte d'Ivoire", "COTE D IVOIRE"),
        ("Guinea-Bissau", "guinea bissau"),
        ("Straße", "STRASSE"),
    ],
)
def test_case_accents_and_punctuation_do_not_matter_in_names(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)
