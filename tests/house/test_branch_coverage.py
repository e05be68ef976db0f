"""The bound on branches holds for branches alone, however many lines are covered."""

import pytest

from tests.house.branch_coverage import describe, is_enough


@pytest.mark.parametrize(("covered", "enough"), [(189, False), (190, True), (200, True)])
def test_branches_have_to_reach_the_bound_by_themselves(covered: int, enough: bool) -> None:
    totals = {"covered_branches": covered, "num_branches": 200, "covered_lines": 999, "num_statements": 1000}

    assert is_enough(totals, 95) is enough


def test_the_share_is_said_with_both_numbers() -> None:
    assert describe({"covered_branches": 2154, "num_branches": 2294}) == (
        "2,154 of 2,294 branches are covered, 93.90 %"
    )
