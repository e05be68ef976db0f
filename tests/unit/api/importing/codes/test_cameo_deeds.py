"""Codes of deeds without their leading zeros, and the columns that repeat them."""

import pytest

from api.importing.codes.cameo_deeds import RepeatedCode, contradicts_weight, repair_code, restore_zero
from api.importing.rows import Reject


@pytest.mark.parametrize(
    ("code", "repeated", "expected"),
    [
        ("20", RepeatedCode(root="2", base="20"), "020"),
        ("14", RepeatedCode(root="1", base="14"), "014"),
        ("10", RepeatedCode("1", "10", "1", "0.0"), "010"),
        ("42", RepeatedCode("04", "042"), "042"),
        ("211", RepeatedCode("2", "21"), "0211"),
        ("20", RepeatedCode(quad_class="1"), "020"),
        ("18", RepeatedCode(weight="3.4"), "018"),
        ("190", RepeatedCode("19", "190", "4", "-10.0"), "190"),
        ("090", RepeatedCode("09", "090", "2", "-2.0"), "090"),
        ("0211", RepeatedCode("02", "021", "1", "3.4"), "0211"),
        ("190", RepeatedCode(), "190"),
        ("20", RepeatedCode(), "20"),
        ("---", RepeatedCode("19"), "---"),
    ],
)
def test_a_lost_zero_is_put_back_where_columns_show_it(code: str, repeated: RepeatedCode, expected: str) -> None:
    assert repair_code(code, repeated) == expected


@pytest.mark.parametrize(
    ("code", "repeated"),
    [
        ("190", RepeatedCode("04", "190")),
        ("190", RepeatedCode("19", "180")),
        ("190", RepeatedCode("19", "190", "1")),
        ("190", RepeatedCode("19", "190", "4", "7.4")),
        ("070", RepeatedCode("07", "070", "2", "-7.4")),
        ("20", RepeatedCode(weight="-2.0")),
        ("190", RepeatedCode(quad_class="1")),
    ],
)
def test_columns_that_contradict_the_code_reject_it(code: str, repeated: RepeatedCode) -> None:
    with pytest.raises(Reject) as rejected:
        repair_code(code, repeated)
    assert rejected.value.reason == "contradictory-codes"


@pytest.mark.parametrize(
    ("code", "expected"), [("42", "042"), ("190", "190"), ("1a", "1a"), ("0211", "0211"), ("99", "99"), ("", "")]
)
def test_a_lost_zero_is_put_back_where_nothing_repeats_the_code(code: str, expected: str) -> None:
    assert restore_zero(code) == expected


def test_a_code_that_may_be_two_is_rejected_where_nothing_repeats_it() -> None:
    with pytest.raises(Reject, match="19 may be 19 or 019: nothing repeats it"):
        restore_zero("19")


@pytest.mark.parametrize(
    ("code", "weight", "contradicts"),
    [
        ("071", "-2.0", True),
        ("071", "7.0", False),
        ("190", "1.0", True),
        ("190", "-10", False),
        ("190", "", False),
        ("00", "5.0", False),
    ],
)
def test_a_weight_is_hostile_or_friendly_as_its_code_is(code: str, weight: str, contradicts: bool) -> None:
    assert contradicts_weight(code, weight) is contradicts
