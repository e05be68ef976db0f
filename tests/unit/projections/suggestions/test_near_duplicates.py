"""Given incidents, then which of them may be one, and why."""

from collections.abc import Mapping
from itertools import count, permutations
from typing import Any

from projections.scoring.incidents import Incident
from projections.suggestions.near_duplicates import Resemblance, near_duplicates

_numbers = count()


def incident(day: int, last_day: int | None = None, killed: int | None = None, **more: Any) -> Incident:
    """Return an incident of a day, or of one that is only known to lie between two."""
    middle = day if last_day is None else (day + last_day) // 2
    span: dict[str, Any] = {} if last_day is None else {"first_day": day, "last_day": last_day}
    known: dict[str, Any] = {"id": f"A>B:{day}:{next(_numbers)}", "a": "A", "b": "B", "direction": 0}
    told: dict[str, Any] = {"type": "ASSAULT", "day": middle, "material": True, "publishers": 1, "reports": 1}
    tolls = {"killed": killed, "killed_low": killed, "killed_high": killed, "wounded": None, "weight": -4.5}
    return Incident(**{**known, **told, **tolls, **span, **more})


def offered(
    *incidents: Incident, agreements: Mapping[str, set[str]] | None = None
) -> list[tuple[set[int], set[str]]]:
    """Return the places of the incidents of each group, and why they may be one, however they are ordered."""
    groups = near_duplicates(incidents, agreements or {})
    for order in list(permutations(incidents))[:6]:
        assert near_duplicates(order, agreements or {}) == groups
    return [({incidents.index(i) for i in group.incidents}, set(group.reasons)) for group in groups]


def test_one_strike_of_two_days_and_a_month_is_offered_as_one() -> None:
    strike = [incident(57, killed=33), incident(58, killed=34), incident(31, 59, killed=33)]
    assert offered(*strike) == [({0, 1, 2}, {"close_days", "overlapping_dates", "same_toll"})]


def test_even_where_no_toll_and_no_place_is_known_if_nothing_else_was_near() -> None:
    strike = [incident(57), incident(58), incident(31, 59)]
    assert offered(*strike) == [({0, 1, 2}, {"close_days", "overlapping_dates", "nothing_else_near"})]
    assert offered(*strike[:2], incident(63)) == []


def test_days_further_apart_other_types_and_directions_are_not_alike() -> None:
    assert offered(incident(1, killed=9), incident(4, killed=9)) == []
    assert offered(incident(1, killed=9), incident(1, killed=9, type="COERCE")) == []
    assert offered(incident(1, killed=9), incident(1, killed=9, direction=1)) == []
    assert offered(incident(1, killed=9, type=None), incident(2, killed=9, type=None)) == []


def test_a_place_that_is_part_of_the_other_is_the_same_and_another_is_not() -> None:
    assert offered(incident(1, place="idlib"), incident(1, place="idlib syria")) == [
        ({0, 1}, {"close_days", "same_place"})
    ]
    assert offered(incident(1, place="idlib"), incident(2, place="hama")) == []
    assert offered(incident(1, place="idlib", killed=9), incident(2, place="hama", killed=9)) == [
        ({0, 1}, {"close_days", "same_toll"})
    ]


def test_tolls_are_alike_where_their_ranges_meet_nearly() -> None:
    disputed = incident(1, killed=9, killed_high=33)
    assert offered(disputed, incident(2, killed=40)) == [({0, 1}, {"close_days", "same_toll"})]
    assert offered(incident(1, killed=9), incident(2, killed=33)) == []
    assert offered(incident(1, killed=1), incident(2, killed=1), incident(9)) == []


def test_agreements_may_be_one_by_their_id() -> None:
    one, other = (incident(day, type="AGREE", direction=2) for day in (1, 2))
    same = {one.id: {"truce"}, other.id: {"truce"}}
    assert offered(one, other, agreements=same) == [({0, 1}, {"close_days", "same_agreement"})]
    assert offered(one, other, agreements={**same, other.id: {"border"}}) == []


def test_a_vague_date_goes_with_what_it_is_most_alike_to_and_otherwise_only_if_there_is_no_choice() -> None:
    raid, strike = incident(5, killed=3), incident(20, killed=33)
    assert offered(raid, strike, incident(1, 28, killed=30)) == [({1, 2}, {"overlapping_dates", "same_toll"})]
    assert offered(raid, strike, incident(1, 28)) == []
    assert offered(raid, incident(1, 28)) == [({0, 1}, {"overlapping_dates"})]
    assert offered(raid, incident(1, 28, killed=33)) == []
    assert offered(raid, incident(-400, 400)) == []


def test_a_war_is_not_one_incident() -> None:
    days = [incident(day, place="idlib") for day in range(30)]
    assert max(len(group.incidents) for group in near_duplicates(days, {})) == 3
    assert near_duplicates([incident(day) for day in range(30)], {}) == []


def test_what_was_ruled_apart_is_never_offered() -> None:
    assert offered(incident(1, killed=9), incident(2, killed=9, id="A>B:2#apart")) == []


def test_groups_come_by_pair_the_latest_first() -> None:
    old, new = ([incident(day, killed=9), incident(day + 1, killed=9)] for day in (1, 50))
    others = [each._replace(b="C", id=f"{each.id}C") for each in old]
    found = near_duplicates([*others, *old, *new], {})
    assert [(group.incidents[0].b, group.incidents[0].day) for group in found] == [("B", 50), ("B", 1), ("C", 1)]
    assert found[0].reasons == (Resemblance.CLOSE_DAYS, Resemblance.SAME_TOLL)
