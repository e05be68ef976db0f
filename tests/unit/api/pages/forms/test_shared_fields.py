"""The reason that a form gives."""

import pytest

from api.pages.forms.form_data import FormData
from api.pages.forms.shared_fields import reason_of
from domain.errors import InvalidFacts


@pytest.mark.parametrize(("given", "expected"), [("", None), ("  a typing error ", "a typing error")])
def test_a_reason_is_a_text_or_none(given: str, expected: str | None) -> None:
    assert reason_of(FormData([("reason", given)])) == expected


@pytest.mark.parametrize("given", ["x" * 501, "not \0 a text"])
def test_what_is_no_reason_is_refused(given: str) -> None:
    with pytest.raises(InvalidFacts) as refused:
        reason_of(FormData([("reason", given)]))
    assert [fault.code for fault in refused.value.faults] == ["bad-text"]


def test_what_has_to_have_a_reason_is_refused_without_one() -> None:
    with pytest.raises(InvalidFacts):
        reason_of(FormData([("reason", " ")]), required=True)
