"""The coding scheme, against the table it was taken from."""

import re
from pathlib import Path

import pytest

from domain.standards.plover import (
    CAMEO,
    INTENSITY,
    TYPES,
    HalfLife,
    Kind,
    cameo_to_plover,
    half_life_class,
    intensity,
    kinds_of,
)

_TABLE = Path(__file__).parents[5] / "shared" / "data" / "CAMEO2PLOVER-2021.txt"


def test_every_type_has_an_intensity_and_every_intensity_a_type() -> None:
    assert {name for types in TYPES.values() for name in types} == set(INTENSITY)
    assert {name for name in CAMEO.values() if name} == set(INTENSITY)


def test_words_are_verbal_and_deeds_material() -> None:
    for kind, types in TYPES.items():
        material = kind in (Kind.CLASH, Kind.COOPERATION)
        assert {half_life_class(name) for name in types} == {HalfLife.MATERIAL if material else HalfLife.VERBAL}
    assert half_life_class(None) is HalfLife.VERBAL


def test_clashes_are_hostile_and_cooperation_is_friendly() -> None:
    assert all(intensity(name) < 0 for name in TYPES[Kind.CLASH])
    assert all(intensity(name) > 0 for name in TYPES[Kind.COOPERATION])
    assert intensity(None) == intensity("REQUEST") == 0.0


def test_a_type_tells_the_kinds_it_may_be_reported_under() -> None:
    assert kinds_of("SUPPORT") == (Kind.STATEMENT, Kind.ALIGNMENT)
    assert kinds_of(None) == (Kind.STATEMENT,)
    assert kinds_of("WAR") == ()


@pytest.mark.parametrize(
    ("code", "plover"),
    [
        ("010", None),
        ("0231", None),
        ("036", "AGREE"),
        ("0811", "CONCEDE"),
        ("0814", "RETREAT"),
        ("0871", "RETREAT"),
        ("094", "ACCUSE"),
        ("112", "ACCUSE"),
        ("163", "COERCE"),
        ("1621", "SANCTION"),
        ("1712", "ASSAULT"),
        ("1711", "COERCE"),
        ("175", "ASSAULT"),
        ("192", "COERCE"),
        ("194", "ASSAULT"),
        ("201", "ASSAULT"),
        ("204", "ASSAULT"),
    ],
)
def test_a_cameo_code_takes_the_type_of_its_longest_prefix(code: str, plover: str | None) -> None:
    assert cameo_to_plover(code) == plover


@pytest.mark.parametrize("code", ["", "1", "00", "21", "99", "04210", "4x", "٠٤", "-04"])
def test_what_is_no_cameo_code_is_refused(code: str) -> None:
    with pytest.raises(KeyError):
        cameo_to_plover(code)


@pytest.mark.skipif(not _TABLE.exists(), reason="the published conversion table is not beside the checkout")
def test_the_map_agrees_with_every_line_of_the_published_table() -> None:
    lines = re.findall(r"^(\d+): (\w+)", _TABLE.read_text("utf-8"), re.MULTILINE)
    assert len(lines) > 250
    twice = {("08", "RETREAT")}  # the heading of the second half of root 08
    assert {(code, plover) for code, plover in lines if cameo_to_plover(code) != plover} == twice
