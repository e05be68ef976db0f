"""Given pairs of actors, then which of them can be of one incident with another."""

from hypothesis import given
from hypothesis import strategies as st

from domain.reports import PairPlaces

Direction = tuple[str, str, bool]

pairs = st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC"), st.booleans()).filter(lambda it: it[0] != it[1])


def can_be_one(one: Direction, other: Direction) -> bool:
    return one[:2] == other[:2] or ((one[2] or other[2]) and set(one[:2]) == set(other[:2]))


@given(st.lists(pairs, max_size=6), pairs)
def test_the_first_that_goes_the_same_way_or_is_reciprocal_is_found(
    among: list[Direction], pair: Direction
) -> None:
    alike = [place for place, other in enumerate(among) if can_be_one(pair, other)]
    assert PairPlaces(among).find(pair) == min(alike, default=None)
