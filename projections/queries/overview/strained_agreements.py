"""Agreements under strain: those that are violated, and those in force while tension between parties rises."""

from collections.abc import Iterable
from itertools import combinations
from typing import Final, NamedTuple

from projections.evidence.agreements import Status
from projections.pairs import Pair, pair_of
from projections.queries.agreements import AgreementHistory
from projections.queries.overview.movers import Changes

RISING: Final = 1.0  #: points within `WITHIN` days from which tension between parties counts as rising
WITHIN: Final = 30  #: days


class StrainedAgreement(NamedTuple):
    """An agreement; and which two of its parties grew tenser most, and by how much, if any did."""

    agreement: AgreementHistory
    pair: Pair | None
    change: float


def strained_agreements(agreements: Iterable[AgreementHistory], changes: Changes) -> list[StrainedAgreement]:
    """Return those of some agreements that are under strain: the violated ones first, then by how tension rose."""
    strained = [
        found
        for found in (_strain(each, changes) for each in agreements if each.entry.is_in_force)
        if found.pair is not None or _is_violated(found)
    ]
    return sorted(
        strained, key=lambda each: (not _is_violated(each), -each.change, each.agreement.entry.agreement)
    )


def _strain(agreement: AgreementHistory, changes: Changes) -> StrainedAgreement:
    pairs = (pair_of(one, other) for one, other in combinations(sorted(agreement.entry.parties), 2))
    rises = [(changes.within(pair, WITHIN), pair) for pair in pairs]
    change, pair = max(rises, default=(0.0, None))
    return (
        StrainedAgreement(agreement, pair, change) if change >= RISING else StrainedAgreement(agreement, None, 0.0)
    )


def _is_violated(found: StrainedAgreement) -> bool:
    return found.agreement.entry.status is Status.VIOLATED
