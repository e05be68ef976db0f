"""Which invisible marks of the writing direction belong to a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.direction_marks import misplaced_marks

PERSIAN = "تهران"


@pytest.mark.parametrize(
    "text",
    [
        f"\u200f{PERSIAN}",
        f"{PERSIAN} (USA)\u200e",
        f"{PERSIAN}\u061c 5",
        f"\u2067{PERSIAN}\u2069 says \u2066no\u2069",
        f"\u2068a \u2067{PERSIAN}\u2069\u2069",
        f"\u202b{PERSIAN}\u202c",
        "plain",
    ],
)
def test_marks_around_right_to_left_text_belong_there(text: str) -> None:
    assert misplaced_marks(text) == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a\u200eb", [1]),  # nothing is written from right to left
        ("\u2068name\u2069", [0, 5]),
        (f"\u202e{PERSIAN}\u202c", [0, 6]),  # an override, and what would close it
        (f"\u2067{PERSIAN}", [0]),
        (f"{PERSIAN}\u2069", [5]),
        (f"\u2067{PERSIAN}\n\u2069", [0, 7]),
        (f"\u202b\u2067{PERSIAN}\u202c\u2069", [0, 7]),  # an embedding is not closed from within an isolate
    ],
)
def test_others_do_not(text: str, places: list[int]) -> None:
    assert misplaced_marks(text) == places


@given(
    st.text(
        st.sampled_from(f"a{PERSIAN}\n\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    )
)
def test_without_the_misplaced_marks_none_is_misplaced(text: str) -> None:
    misplaced = set(misplaced_marks(text))
    assert misplaced_marks("".join(c for at, c in enumerate(text) if at not in misplaced)) == []
