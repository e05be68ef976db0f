"""Texts in which no formula can begin are not looked through, and are what they would be."""

from hypothesis import given
from hypothesis import strategies as st

from api.parsing import formula_guard

_TEXTS = st.text(st.sampled_from("a2;\t\r\n'\"=+-@＝ \u00a0\u200b\x00é２"), max_size=8)


@given(_TEXTS)
def test_a_guarded_text_is_what_the_pattern_makes_of_it(text: str) -> None:
    assert formula_guard.guard_formulas(text) == formula_guard._FORMULA.sub(r"\1'", text)
    assert formula_guard.unguard_formulas(formula_guard.guard_formulas(text)) == text
