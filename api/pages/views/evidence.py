"""What the evidence behind a point adds up to."""

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from projections.scoring.pair_history import Contribution


class DataPart(NamedTuple):
    """A part of some incidents that can be had as data: from the first to the last, and under which query."""

    first: int
    last: int
    query: str


class Points(NamedTuple):
    """Points of tension and of cooperation."""

    tension: float
    cooperation: float


class EvidenceSums(NamedTuple):
    """The points that incidents make, before a page, on it, behind it and together; and how many they are."""

    before: Points
    here: Points
    behind: Points
    together: Points
    incidents: int


def evidence_sums(contributions: Sequence[Contribution], after: int, limit: int) -> EvidenceSums:
    """Return what contributions make before, on and behind a page of them."""
    end = after + limit
    return EvidenceSums(
        _points(contributions[:after]),
        _points(contributions[after:end]),
        _points(contributions[end:]),
        _points(contributions),
        len(contributions),
    )


def _points(found: Sequence[Contribution]) -> Points:
    tension = fsum(each.contribution for each in found if each.weight < 0)
    return Points(tension, fsum(each.contribution for each in found if each.weight > 0))
