"""Very many pairs by their numbers are what sets and counts of pairs are."""

from collections import Counter
from itertools import chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from projections.pairs import Pair, SizedPairs, pair_of
from projections.scoring.spillover import pairs_spilled_to, sized_pairs_tied

ACTORS = ("RUS", "USA", "ÅLA", "Q7", "IRN")
WAYS = st.permutations(ACTORS).map(lambda codes: (codes[0], codes[1]))
COUNTED = st.lists(st.tuples(WAYS, st.integers(1, 9)), max_size=12)


def sized(counted: list[tuple[Pair, int]]) -> SizedPairs:
    codes = [*dict.fromkeys(chain(*(way for way, _ in counted)))]
    columns = ([codes.index(one), codes.index(other), size] for (one, other), size in counted)
    return SizedPairs.of(codes, *np.array([*columns], np.int64).reshape(-1, 3).T)


def sizes_of(pairs: SizedPairs) -> dict[Pair, int]:
    return dict(zip(pairs.at(slice(None)), pairs.sizes.tolist(), strict=True))


def counts_of(counted: list[tuple[Pair, int]]) -> Counter[Pair]:
    counts: Counter[Pair] = Counter()
    for way, size in counted:
        counts[pair_of(*way)] += size
    return counts


@given(COUNTED)
def test_pairs_are_in_order_with_the_sum_of_both_ways(counted: list[tuple[Pair, int]]) -> None:
    pairs = sized(counted)
    assert sizes_of(pairs) == counts_of(counted)
    assert pairs.at(slice(None)) == sorted(counts_of(counted))


@given(COUNTED, st.integers(1, 20), st.none() | st.integers(1, 3))
def test_stretches_are_all_pairs_and_no_more_than_may_be(
    counted: list[tuple[Pair, int]], most: int, number: int | None
) -> None:
    pairs = sized(counted)
    stretches = [*pairs.stretches(most, number)]
    assert [pair for places in stretches for pair in pairs.at(places)] == pairs.at(slice(None))
    for places in stretches:
        assert 0 < len(pairs.at(places)) <= (number or len(pairs))
        assert pairs.sizes[places].sum() <= most or len(pairs.at(places)) == 1


@given(COUNTED, st.data())
def test_ties_bear_on_pairs_spilled_to_and_on_those_of_the_two(
    counted: list[tuple[Pair, int]], data: st.DataObject
) -> None:
    counts = counts_of(counted)
    ties = {*data.draw(st.lists(st.sampled_from([way for way, _ in counted]), max_size=5))} if counted else set()
    tied = sized_pairs_tied(sized(counted), ties)
    assert {*tied.at(slice(None))} == pairs_spilled_to(counts, ties) | {pair_of(*tie) for tie in ties}
    for (one, other), size in sizes_of(tied).items():
        spilling = [
            counts[pair_of(client, against)]
            for patron, client in ties
            for backer, against in ((one, other), (other, one))
            if patron == backer and client != against
        ]
        assert size == counts[one, other] + sum(spilling)


@given(COUNTED, COUNTED)
def test_pairs_of_some_numbers_have_their_sizes_and_others_none(
    counted: list[tuple[Pair, int]], others: list[tuple[Pair, int]]
) -> None:
    every, counts = sized([*counted, *others]), counts_of(counted)
    wanted = [number for number, pair in zip(every.numbers, every.at(slice(None)), strict=True) if pair in counts]
    some = every.numbered(np.array(wanted, np.int64))
    assert sizes_of(some) == {pair: counts_of([*counted, *others])[pair] for pair in counts}
    assert some.common(every, slice(None)) == every.common(some, slice(None)) == counts.keys()
    assert sizes_of(some.numbered(every.numbers)) == {**dict.fromkeys(every.at(slice(None)), 0), **sizes_of(some)}
