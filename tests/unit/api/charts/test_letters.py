"""Letters that pictures have are those of the font that is shipped, as another reader of fonts finds them."""

from pathlib import Path

import pytest
from matplotlib.ft2font import FT2Font

import api.charts
from api.charts.letters import as_shown, is_shown

FONT = Path(api.charts.__file__).parent / "fonts" / "DejaVuSans.ttf"


def test_knows_exactly_the_letters_of_the_font() -> None:
    letters = set(FT2Font(str(FONT)).get_charmap())
    known = {code for code in range(0x20000) if not 0xD800 <= code < 0xE000 and is_shown(chr(code))}
    assert known == letters


@pytest.mark.parametrize("name", ["Łódź", "Россия", "سوريا", "ישראל", "საქართველო", "Հայաստան", "Đà Nẵng"])
def test_names_in_many_scripts_are_shown(name: str) -> None:
    assert as_shown(name) == name


@pytest.mark.parametrize("name", ["中国", "日本", "한국", "भारत", "ไทย", "አማርኛ"])
def test_a_letter_that_no_picture_has_becomes_its_number(name: str) -> None:
    assert not is_shown(name)
    assert as_shown(f"x{name[0]}") == f"x\\u{ord(name[0]):04x}"
