"""Pairs of actors: two codes, in code order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from projections.arrays import Ints

Pair = tuple[str, str]


def pair_of(one: str, other: str) -> Pair:
    """Return two actors' codes in code order, as a pair is stored and shown."""
    return (one, other) if one < other else (other, one)


def other_of(pair: Pair, actor: str) -> str:
    """Return the actor of a pair that is not the given one, which is one of the two."""
    return pair[1] if pair[0] == actor else pair[0]


@dataclass(frozen=True, slots=True)
class SizedPairs:
    """Very many pairs, in order, each with the size of what there is of it: 16 bytes a pair.

    A pair's number is that of its first actor among the `codes`, which are in order, times how many these are, and
    that of its second.
    """

    codes: Sequence[str]
    numbers: Ints
    sizes: Ints

    @classmethod
    def of(cls, codes: Sequence[str], one: Ints, other: Ints, sizes: Ints) -> "SizedPairs":
        """Return pairs of two actors each, by their places among codes in any order; of equal ones the sum."""
        order = sorted(range(len(codes)), key=codes.__getitem__)
        rank = np.empty(len(codes), np.int64)
        rank[order] = np.arange(len(codes))
        numbers, place = np.unique(numbers_of(rank[one], rank[other], len(codes)), return_inverse=True)
        sums = np.zeros(len(numbers), np.int64)
        np.add.at(sums, place, sizes)
        return cls([codes[at] for at in order], numbers, sums)

    def __len__(self) -> int:
        return len(self.numbers)

    def numbered(self, numbers: Ints) -> "SizedPairs":
        """Return the pairs of some numbers, which are in order; those that are not here are of size 0."""
        place = np.searchsorted(self.numbers, numbers)
        is_here = np.isin(numbers, self.numbers)
        sizes = np.zeros(len(numbers), np.int64)
        sizes[is_here] = self.sizes[place[is_here]]
        return SizedPairs(self.codes, numbers, sizes)

    def at(self, places: slice) -> list[Pair]:
        """Return the pairs at some places."""
        return [*map(self._pair, self.numbers[places].tolist())]

    def common(self, other: "SizedPairs", places: slice) -> set[Pair]:
        """Return those at some places that are among others of the same codes, too."""
        numbers = self.numbers[places]
        return {*map(self._pair, numbers[np.isin(numbers, other.numbers)].tolist())}

    def stretches(self, most: int, pairs: int | None = None) -> Iterator[slice]:
        """Yield stretches of sizes that come to no more than `most`, or of one pair; of up to so many `pairs`."""
        first = held = 0
        for place, size in enumerate(map(int, self.sizes)):
            if place > first and (held + size > most or place - first == pairs):
                yield slice(first, place)
                first, held = place, 0
            held += size
        if first < len(self):
            yield slice(first, len(self))

    def _pair(self, number: int) -> Pair:
        first, second = divmod(int(number), len(self.codes))
        return self.codes[first], self.codes[second]


def numbers_of(one: Ints, other: Ints, codes: int) -> Ints:
    """Return the numbers of pairs of two actors each, by their places among so many codes in order."""
    return np.minimum(one, other) * codes + np.maximum(one, other)
