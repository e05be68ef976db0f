"""What text may hold, and how names are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.text import check_text, comparable


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
