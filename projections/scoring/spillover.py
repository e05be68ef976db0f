"""Spill-over: a patron's pair has a share of the conflict that its client has with the other actor."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from projections.arrays import Floats
from projections.pairs import Pair


@dataclass(frozen=True, slots=True)
class Tie:
    """One patron's backing of one client: from which days on it stands, or stands no more."""

    patron: str
    client: str
    days: tuple[int, ...]
    stands: tuple[bool, ...]

    def stands_on(self, day: int) -> bool:
        """Return whether the patron backs the client on a day."""
        index = bisect_right(self.days, day)
        return index > 0 and self.stands[index - 1]

    def mask(self, first: int, last: int) -> Floats:
        """Return 1 for each day from `first` to `last` on which the tie stands, else 0."""
        mask = np.zeros(last - first + 1)
        for (start, stands), (end, _) in pairwise([*zip(self.days, self.stands, strict=True), (last + 1, False)]):
            if stands:
                mask[max(start - first, 0) : max(end - first, 0)] = 1.0
        return mask


def ties_of_pair(ties: Iterable[Tie], pair: Pair) -> list[tuple[Tie, str]]:
    """Return the ties by which conflict spills over to a pair, each with the actor its client is set against."""
    return [
        (tie, other)
        for tie in ties
        for patron, other in (pair, pair[::-1])
        if tie.patron == patron and tie.client not in pair
    ]
