"""The incidents that make up scores in the order in which they are listed: those with the most points first.

Of equals the later comes first, then the first by id, then by patron.
"""

from collections.abc import Sequence

import numpy as np

from projections.arrays import Floats, Ints
from projections.scoring.pair_history import Contribution, WeighedGroup


def heaviest_first(found: Contribution) -> tuple[float, int, str, str]:
    """Return the key to sort contributions by."""
    return -abs(found.contribution), -found.incident.day, found.incident.id, found.patron or ""


def some_of(found: Sequence[WeighedGroup], first: int, last: int) -> list[Contribution]:
    """Return the contributions from the place `first` on until before `last`, in this order.

    Of all others no incident is looked at, but of those with the points and the day of the first, or the last.
    """
    size, day = (
        np.abs(np.concatenate([each.points for each in found])),
        np.concatenate([each.day for each in found]),
    )
    order = np.lexsort((-day, -size))
    begin, end = _whole_ties(size[order], day[order], first, last)
    chosen, ends = np.sort(order[begin:end]), np.cumsum([len(each.places) for each in found])
    contributions = [
        contribution
        for each, upto in zip(found, ends.tolist(), strict=True)
        for contribution in each.contributions(_within(chosen, upto - len(each.places), upto))
    ]
    return sorted(contributions, key=heaviest_first)[first - begin : last - begin]


def _within(chosen: Ints, begin: int, end: int) -> Ints:
    return chosen[(chosen >= begin) & (chosen < end)] - begin


def _whole_ties(size: Floats, day: Ints, first: int, last: int) -> tuple[int, int]:
    """Return where to begin and end so that what comes by its id alone is there as a whole."""
    if first >= len(size):
        return first, first
    differs = (size[1:] != size[:-1]) | (day[1:] != day[:-1])
    begins = np.concatenate(([0], np.flatnonzero(differs) + 1, [len(size)]))
    begin = begins[np.searchsorted(begins, first, side="right") - 1]
    return int(begin), int(begins[np.searchsorted(begins, min(last, len(size)))])
