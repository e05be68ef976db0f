"""Which names are one place, and which are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.place_names import comparable_place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Reyhanlı", "Reyhanli"),
        ("REYHANLI", "reyhanlı"),
        ("İdlib", "Idlib"),
        ("Łódź", "Lodz"),
        ("Tromsø", "Tromso"),
        ("Đà Nẵng", "Da Nang"),
        ("Þórshöfn", "Thorshofn"),
        ("Næstved", "Naestved"),
        ("Weißenburg", "Weissenburg"),
        ("Bel'gorod,  Oblast", "BEL GOROD OBLAST"),
        (
            "\u0625\u062f\u0644\u0650\u0628",
            "\u0627\u062f\u0644\u0628",
        ),  # Idlib, with a vowel and without
        (
            "\u06a9\u0627\u0628\u0644",
            "\u0643\u0627\u0628\u0644",
        ),  # Kabul, from two keyboards
        ("\u200fحلب\u200f", "حلب"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u0937"),  # a joiner tells Indic shapes apart, and no words
    ],
)
def test_other_spellings_of_a_name_are_one_place(one: str, other: str) -> None:
    assert comparable_place(one) == comparable_place(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u092a\u0941\u0930\u0940", "\u092a\u0930"),  # Puri, in Hindi, and what is left without vowel signs
        ("\u0915\u093f\u0932\u093e", "\u0915\u0932"),
        ("\u0e01\u0e34\u0e19", "\u0e01\u0e38\u0e19"),  # Thai, with one vowel sign and with another
        ("\u304c", "\u304b"),  # Japanese ga and ka
        ("Idlib", "Aleppo"),
    ],
)
def test_other_words_are_other_places(one: str, other: str) -> None:
    assert comparable_place(one) != comparable_place(other)


def test_a_word_with_vowel_signs_stays_one_word() -> None:
    assert (
        comparable_place("\u0926\u093f\u0932\u094d\u0932\u0940") == "\u0926\u093f\u0932\u094d\u0932\u0940"
    )  # Delhi


@pytest.mark.parametrize("nothing", ["", "—", "...", "\u0301", "\u200d"])
def test_of_a_name_without_letters_nothing_is_left(nothing: str) -> None:
    assert comparable_place(nothing) is None


@given(st.text())
def test_comparing_changes_nothing_any_more_and_knows_no_normal_forms(text: str) -> None:
    compared = comparable_place(text)
    assert compared is None or comparable_place(compared) == compared
    assert comparable_place(unicodedata.normalize("NFD", text)) == compared
