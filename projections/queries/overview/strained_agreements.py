"""Agreements under strain: those that are violated, and those in force while tension between parties rises."""

from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import combinations
from math import comb
from operator import itemgetter
from typing import Final, NamedTuple

from projections.evidence.agreements import Status
from projections.pairs import Pair, pair_of
from projections.queries.agreements import AgreementHistory
from projections.queries.overview.movers import Changes

RISING: Final = 1.0  #: points within `WITHIN` days from which tension between parties counts as rising
WITHIN: Final = 30  #: days

_PartyCodes = tuple[str, ...]
_Rise = tuple[Pair | None, float]


class StrainedAgreement(NamedTuple):
    """An agreement; and which two of its parties grew tenser most, and by how much, if any did."""

    agreement: AgreementHistory
    pair: Pair | None
    change: float


def strained_agreements(agreements: Iterable[AgreementHistory], changes: Changes) -> list[StrainedAgreement]:
    """Return those of some agreements that are under strain: the violated ones first, then by how tension rose."""
    in_force = [each for each in agreements if each.entry.is_in_force]
    rises = _rises({each.entry.parties for each in in_force}, changes)
    found = (StrainedAgreement(each, *rises[each.entry.parties]) for each in in_force)
    strained = [each for each in found if each.pair is not None or _is_violated(each)]
    return sorted(
        strained, key=lambda each: (not _is_violated(each), -each.change, each.agreement.entry.agreement)
    )


def _rises(parties: Set[_PartyCodes], changes: Changes) -> dict[_PartyCodes, _Rise]:
    """Return for each of some sets of parties which two of them grew tenser most.

    Many agreements may be among the same, and 200 parties are 19,900 pairs, few of which changed.
    """
    rising = changes.rising(WITHIN, RISING)
    return {each: max(_within(each, rising), key=itemgetter(1, 0), default=(None, 0.0)) for each in parties}


def _within(parties: _PartyCodes, rising: Mapping[Pair, float]) -> Iterator[tuple[Pair, float]]:
    if comb(len(parties), 2) > len(rising):
        among = frozenset(parties)
        yield from (each for each in rising.items() if among.issuperset(each[0]))
        return
    for one, other in combinations(parties, 2):
        if (pair := pair_of(one, other)) in rising:
            yield pair, rising[pair]


def _is_violated(found: StrainedAgreement) -> bool:
    return found.agreement.entry.status is Status.VIOLATED
