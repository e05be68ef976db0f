"""WEIS's codes of deeds, and which files are coded in them."""

import pytest

from api.importing.codes.scheme_recognition import CodedRow, scheme_of
from api.importing.codes.schemes import CodeScheme
from api.importing.codes.weis import WEIS, weis_to_plover
from api.importing.rows import Reject
from domain.standards.plover import INTENSITY


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("223", "ASSAULT"),
        ("224", "PROTEST"),
        ("212", "COERCE"),
        ("182", "MOBILIZE"),
        ("181", "PROTEST"),
        ("173", "THREATEN"),
        ("032", "CONSULT"),
        ("023", None),
        ("08", "AGREE"),
    ],
)
def test_weis_codes_have_a_map_of_their_own(code: str, expected: str | None) -> None:
    assert weis_to_plover(code) == expected


@pytest.mark.parametrize("code", ["", "2", "23", "231", "999", "0223", "22x", "٢٢"])
def test_what_is_no_weis_code(code: str) -> None:
    with pytest.raises(KeyError):
        weis_to_plover(code)


def test_all_types_are_plover_s_and_all_categories_are_there() -> None:
    assert {plover_type for plover_type in WEIS.values() if plover_type} <= INTENSITY.keys()
    assert {code for code in WEIS if len(code) == 2} == {f"{category:02}" for category in range(1, 23)}


def row(source: str = "USA", target: str = "FRA", deed: str = "173") -> CodedRow:
    return CodedRow(source, target, deed)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row()], CodeScheme.CAMEO),
        ([row(deed="190"), row("MAC", "AUS")], CodeScheme.CAMEO),
        ([row("UNO")], CodeScheme.KEDS),
        ([row(deed="223"), row("MAC", "UNO", "032")], CodeScheme.WEIS),
        ([row(deed="21")], CodeScheme.WEIS),
        ([row(deed="999")], CodeScheme.CAMEO),
        ([row(deed="42"), row(deed="22"), row(deed="190")], CodeScheme.CAMEO),  # 042 and 022 without their zeros
        ([row(deed="42"), row(deed="22"), row(deed="223")], CodeScheme.WEIS),
    ],
)
def test_a_scheme_is_recognised_by_codes_that_only_it_has(rows: list[CodedRow], expected: CodeScheme) -> None:
    assert scheme_of(rows) is expected


@pytest.mark.parametrize(
    "rows",
    [
        [row(deed="223"), row(deed="0211")],
        [row(deed="42"), row(deed="211")],  # 211, or 0211 without its zero
        [row("ETHALB", "MAC")],
    ],
)
def test_a_doubt_that_matters_asks_for_the_scheme(rows: list[CodedRow]) -> None:
    with pytest.raises(Reject, match="give --codes"):
        scheme_of(rows)
