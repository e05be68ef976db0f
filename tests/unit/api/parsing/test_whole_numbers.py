import pytest
from pydantic import TypeAdapter, ValidationError

from api.parsing.whole_numbers import WholeNumber

ADAPTER = TypeAdapter(WholeNumber)


@pytest.mark.parametrize("text", ["0", "7", "-12", "1000"])
def test_digits_are_a_whole_number(text: str) -> None:
    assert ADAPTER.validate_python(text) == int(text)


@pytest.mark.parametrize("text", ["1.0", "+1", "01", " 1", "1_000", "1e3", "-0", "", "١"])
def test_other_spellings_are_none(text: str) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(text)
